#include "tests/comm/simulation/run.h"

#include <cstring>
#include <exception>
#include <utility>

#include "comm/communicator.h"
#include "comm/frame.h"
#include "comm/last_words.h"
#include "comm/local/simulated_network.h"
#include "comm/local/virtual_time.h"
#include "crypten_core/error.h"

namespace crypten::simulation {

namespace {

using namespace std::chrono_literals;
using Kind = Fault::Kind;
using Message = SimulatedNetwork::Message;

struct WrongResult {
  std::string where;
};
struct Interrupted {};  // as Python's Ctrl-C: not a failure of the library

constexpr uint64_t kMostTurns = 500'000;

// One bit of what the frame layer can check. What it leaves to the transport, a payload, cannot change unnoticed: the record would not authenticate.
bool flip(Message& message, uint64_t which) {
  constexpr uint32_t kFrame = 0x31465243, kPart = 0x2b465243;
  constexpr size_t kHandshakePrefix = 13;
  uint32_t magic = 0;
  std::memcpy(&magic, message.data(), std::min(message.size(), sizeof magic));
  const bool frame = magic == kFrame, handshake = std::memcmp(message.data(), "crypten1", std::min<size_t>(message.size(), 8)) == 0;
  const size_t checked = frame ? FrameHeader::kBytes : magic == kPart ? kPartHeaderBytes : handshake ? message.size() : 0;
  if (checked == 0 || (handshake && checked < kHandshakePrefix)) return false;
  const uint64_t bit = which % (8 * checked);
  message[bit / 8] ^= std::byte{1} << (bit % 8);
  return true;
}

class Run {
 public:
  Run(const Scenario& scenario, const Wrap& wrap, bool keep_events)
      : scenario_(scenario), wrap_(wrap), size_(scenario.program.parties), old_(time_, size_, model(scenario, 1)), fresh_(time_, size_, model(scenario, 2)),
        interrupted_(size_) {
    report_.first.resize(size_);
    report_.taken_over.resize(size_);
    report_.second.resize(size_);
    report_.struck.assign(scenario.faults.size(), -1);
    old_.on_message = [this](int from, int to, uint64_t index, Message& message) { return treat(from, to, index, message); };
    old_.on_call = [this](int rank, uint64_t call) { strike(rank, call); };
    if (keep_events) {
      old_.on_event = [this](const std::string& event) { report_.events.push_back(event); };
      fresh_.on_event = [this](const std::string& event) { report_.events.push_back("second session, " + event); };
    }
  }

  Report run() {
    struct Restore {
      ~Restore() { set_interrupt_check({}); }
    } restore;
    set_interrupt_check([this] {
      if (time_.running() >= 0 && interrupted_[time_.running()]) throw Interrupted{};  // NOLINT(bugprone-std-exception-baseclass): as it must be
    });
    std::vector<std::function<void()>> parties;
    for (int rank = 0; rank < size_; ++rank) parties.emplace_back([this, rank] { party(rank); });
    report_.hung = time_.run(parties, kLimit, kMostTurns) != VirtualTime::End::all_returned;
    report_.ended = seconds(time_.now());
    report_.turns = time_.turns();
    report_.history = old_.history() ^ (fresh_.history() * 3);
    return std::move(report_);
  }

 private:
  static constexpr auto kLimit = 3600s;

  static double seconds(VirtualTime::Duration duration) { return std::chrono::duration<double>(duration).count(); }

  static WireModel model(const Scenario& scenario, uint64_t session) {
    WireModel model;
    model.seed = scenario.seed * 2 + session;
    model.max_message = scenario.max_message;
    return model;
  }

  void party(int rank) {
    session(old_, rank, report_.first[rank], kRendezvous);
    if (const Fault* takeover = struck(Kind::takeover, rank); takeover && report_.first[rank].kind == Outcome::Kind::crashed) {
      time_.spend(takeover->amount);
      old_.come_back(rank);
      session(old_, rank, report_.taken_over[rank], kRendezvous);
    }
    if (const Fault* restart = struck(Kind::restart, -1)) {
      time_.spend(restart->amount * (1 + rank) / size_);
      interrupted_[rank] = false;
      session(fresh_, rank, report_.second[rank], 600s);
    }
  }

  // As a process does it, from its start to its end.
  void session(SimulatedNetwork& network, int rank, Outcome& outcome, std::chrono::seconds rendezvous) {
    try {
      work(network, rank, outcome, rendezvous);
    } catch (const WrongResult& wrong) {
      outcome.kind = Outcome::Kind::wrong;
      outcome.text = wrong.where;
      outcome.at = seconds(time_.now());
      return;
    } catch (const SimulatedNetwork::Crashed&) {
      outcome.kind = Outcome::Kind::crashed;
    } catch (const VirtualTime::TimeIsOver&) {
      outcome.kind = Outcome::Kind::unfinished;
    } catch (const Interrupted&) {
      outcome.kind = Outcome::Kind::interrupted;
    } catch (const Error& error) {
      outcome.kind = Outcome::Kind::named_error;
      outcome.error_class = error_class(error);
      outcome.problem = error.problem();
      outcome.text = error.what();
      if (error.code() < 200 || error.code() >= 300 || error.where().find("rank " + std::to_string(rank)) != 0) outcome.kind = Outcome::Kind::unnamed_error;
    } catch (const std::exception& error) {
      outcome.kind = Outcome::Kind::unnamed_error;
      outcome.text = error.what();
    }
    if (network.is_dead(rank)) outcome.kind = Outcome::Kind::crashed;
    if (time_.over()) outcome.kind = Outcome::Kind::unfinished;
    outcome.at = seconds(time_.now());
  }

  void work(SimulatedNetwork& network, int rank, Outcome& outcome, std::chrono::seconds rendezvous) {
    SessionOptions options;
    options.rank = rank;
    options.world_size = size_;
    options.run_id = "simulation";
    options.config.round_timeout_s = kRoundTimeout;
    std::vector<std::unique_ptr<Channel>> channels = network.channels(rank);
    for (auto& channel : channels) {
      if (channel && wrap_) channel = wrap_(std::move(channel));
    }
    Session session = handshake(options, channels, Clock::now() + rendezvous);
    Communicator communicator(std::move(session), std::move(channels));
    ProgramTranscript transcript(scenario_.program);
    if (scenario_.program.named) communicator.set_transcript(&transcript);
    try {
      for (size_t step = 0; step < scenario_.program.steps.size(); ++step) {
        if (&network == &old_) compute(rank, step);
        transcript.enter(step);
        if (!run_step(scenario_.program, step, communicator)) throw WrongResult{"step " + std::to_string(step) + ", " + text(scenario_.program.steps[step])};
      }
      communicator.close();
    } catch (const std::exception& error) {
      communicator.abort(error_class(error));
      throw;
    }
    outcome.kind = Outcome::Kind::right;
  }

  const Fault* struck(Kind kind, int rank) const {
    for (const Fault& fault : scenario_.faults) {
      if (fault.kind == kind && (rank < 0 || fault.a == rank)) return &fault;
    }
    return nullptr;
  }

  template <class Apply>
  void each(const Apply& apply) {
    for (size_t i = 0; i < scenario_.faults.size(); ++i) {
      if (apply(scenario_.faults[i]) && report_.struck[i] < 0) report_.struck[i] = seconds(time_.now());
    }
  }

  void compute(int rank, size_t step) {
    each([&](const Fault& fault) {
      if (fault.kind != Kind::compute || fault.a != rank || fault.index != step) return false;
      time_.spend(fault.amount);
      return true;
    });
  }

  void strike(int rank, uint64_t call) {
    each([&](const Fault& fault) {
      if (fault.a != rank || fault.index != call) return false;
      switch (fault.kind) {
        case Kind::suspend: old_.suspend(rank, fault.amount); return true;
        case Kind::jump: time_.set_ahead(rank, fault.amount); return true;
        case Kind::cut: old_.cut(fault.a, fault.b, "connection reset"); return true;
        case Kind::silence: old_.fall_silent(fault.a, fault.b); return true;
        case Kind::interrupt: interrupted_[rank] = true; return true;
        case Kind::crash: old_.crash(rank); return true;
        case Kind::takeover: old_.crash_unseen(rank); return true;
        default: return false;
      }
    });
  }

  SimulatedNetwork::Treatment treat(int from, int to, uint64_t index, Message& message) {
    SimulatedNetwork::Treatment treatment;
    each([&](const Fault& fault) {
      if (fault.a != from || fault.b != to || fault.index != index) return false;
      switch (fault.kind) {
        case Kind::delay: treatment.late += fault.amount; return true;
        case Kind::drop: treatment.drop = true; return true;
        case Kind::duplicate: treatment.copy_after = static_cast<int>(fault.detail % 3); return true;
        case Kind::reorder: treatment.behind_next = true; return true;
        case Kind::truncate: message.resize(message.empty() ? 0 : fault.detail % message.size()); return true;
        case Kind::flip:
          if (!flip(message, fault.detail)) treatment.cut = "a record does not authenticate";
          return true;
        default: return false;
      }
    });
    return treatment;
  }

  const Scenario& scenario_;
  const Wrap& wrap_;
  const int size_;
  VirtualTime time_;
  SimulatedNetwork old_, fresh_;
  std::vector<char> interrupted_;
  Report report_;
};

}  // namespace

Report run(const Scenario& scenario, const Wrap& wrap, bool keep_events) { return Run(scenario, wrap, keep_events).run(); }

}  // namespace crypten::simulation
