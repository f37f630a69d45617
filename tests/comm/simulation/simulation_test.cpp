// Deterministic simulation: handshake, communicator and collectives under lists of faults, in virtual time.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

#include "comm/frame.h"
#include "tests/comm/simulation/run.h"

using namespace crypten;
using namespace crypten::simulation;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kLists = 100;  // a turn takes ten times as long there
#else
constexpr uint64_t kLists = 1000;
#endif

void examine_all(uint64_t first, uint64_t count) {
  if (const char* only = std::getenv("CRYPTEN_SIMULATION_SEED")) {
    first = std::stoull(only);
    count = 1;
  }
  int failed = 0;
  for (uint64_t seed = first; seed < first + count && failed < 5; ++seed) {
    const std::string wrong = examine(seed);
    if (wrong.empty()) continue;
    ++failed;
    UNSCOPED_INFO(wrong);
  }
  CHECK(failed == 0);
}

// A channel with a defect; all else goes through.
class Defective : public Channel {
 public:
  explicit Defective(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {}
  Wire send(std::span<const Bytes> pieces) override { return inner_->send(pieces); }
  Wire receive(ByteVector& message, Clock::time_point deadline) override { return inner_->receive(message, deadline); }
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override { return inner_->receive_into(pieces, deadline); }
  Wire flush(Clock::time_point deadline) override { return inner_->flush(deadline); }
  size_t max_message() const override { return inner_->max_message(); }
  std::string peer_identity() const override { return inner_->peer_identity(); }
  std::string detail() const override { return inner_->detail(); }
  void close() override { inner_->close(); }

 protected:
  std::unique_ptr<Channel> inner_;
};

// Numbers what comes as if all were there and in order: the check of the sequence never finds anything.
class ForgetsSequence final : public Defective {
 public:
  using Defective::Defective;
  Wire receive(ByteVector& message, Clock::time_point deadline) override {
    const Wire wire = Defective::receive(message, deadline);
    if (wire != Wire::ok) return wire;
    if (absl::StatusOr<FrameHeader> header = decode_frame_header(message); header.ok()) {
      header->sequence = frames_++;
      const auto renumbered = encode(*header);
      std::copy(renumbered.begin(), renumbered.end(), message.begin());
    }
    return wire;
  }

 private:
  uint64_t frames_ = 0;
};

// Does not say that the connection has ended.
class HidesTheEnd final : public Defective {
 public:
  using Defective::Defective;
  Wire receive(ByteVector& message, Clock::time_point deadline) override {
    const Wire wire = Defective::receive(message, deadline);
    return wire == Wire::closed ? Wire::deadline : wire;
  }
};

// Waits as long as it takes.
class IgnoresDeadlines final : public Defective {
 public:
  using Defective::Defective;
  Wire receive(ByteVector& message, Clock::time_point) override { return Defective::receive(message, Clock::time_point::max()); }
};

template <class Channel>
std::string found(const std::string& as) {
  const Wrap wrap = [](std::unique_ptr<crypten::Channel> inner) { return std::make_unique<Channel>(std::move(inner)); };
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    const Scenario list = scenario(seed);
    const std::string wrong = verdict(list, run(list, wrap));
    if (wrong.find(as) != std::string::npos) return wrong;
  }
  return "not found";
}

}  // namespace

TEST_CASE("1,000 lists of faults: no hang, no wrong result, every error by its name", "[simulation]") { examine_all(0, kLists); }

TEST_CASE("100,000 lists of faults", "[.][long][simulation-long]") { examine_all(1000, 100'000); }

TEST_CASE("the same seed is the same run, event by event", "[simulation]") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const Scenario list = scenario(seed);
    const Report first = run(list, {}, true), second = run(list, {}, true);
    INFO(text(list));
    CHECK(first.events == second.events);
    CHECK(first.history == second.history);
    for (int rank = 0; rank < list.program.parties; ++rank) {
      CHECK(first.first[rank].text == second.first[rank].text);
      CHECK(first.first[rank].at == second.first[rank].at);
    }
  }
  CHECK(run(scenario(1)).history != run(scenario(2)).history);
}

TEST_CASE("a seed is the same list on every machine", "[simulation]") {
  CHECK(text(scenario(17)) ==
        "seed 17: 3 parties, messages up to 2048 bytes\n"
        "  program: broadcast (5) root 0; all_reduce (5) root 0; exchange (666) root 2; scatter (3) root 2; scatter (3) root 2; all_reduce (1048) root 2; "
        "all_reduce (1048) root 2;\n"
        "  compute rank 1 step 6 for 887500 us\n"
        "  suspend rank 2 call 50 for 35870 us");
}

TEST_CASE("the lists strike: every kind of fault, and every kind of end", "[simulation]") {
  std::vector<int> struck(15), ends(7);
  int second = 0;
  uint64_t turns = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const Scenario list = scenario(seed);
    const Report report = run(list);
    turns = std::max(turns, report.turns);
    for (size_t i = 0; i < list.faults.size(); ++i) {
      if (report.struck[i] >= 0) ++struck[static_cast<size_t>(list.faults[i].kind)];
    }
    for (const simulation::Outcome& outcome : report.first) ++ends[static_cast<size_t>(outcome.kind)];
    second += report.second[0].kind == simulation::Outcome::Kind::right ? 1 : 0;
  }
  const auto restart = static_cast<size_t>(Fault::Kind::restart);
  for (size_t kind = 0; kind < restart; ++kind) {
    INFO("fault " << kind);
    CHECK(struck[kind] >= 4);
  }
  CHECK(second >= 20);
  CHECK(turns < 100'000);  // far from the bound that tells a busy loop
  for (const auto kind : {simulation::Outcome::Kind::right, simulation::Outcome::Kind::named_error, simulation::Outcome::Kind::interrupted, simulation::Outcome::Kind::crashed}) {
    INFO("end " << static_cast<int>(kind));
    CHECK(ends[static_cast<size_t>(kind)] >= 2);
  }
}

TEST_CASE("planted defects are found", "[simulation]") {
  CHECK_THAT(found<ForgetsSequence>("wrong result"), Catch::Contains("has a wrong result"));
  CHECK_THAT(found<HidesTheEnd>("no end"), Catch::Contains("no end after"));
  CHECK_THAT(found<IgnoresDeadlines>("no end"), Catch::Contains("no end after"));
}
