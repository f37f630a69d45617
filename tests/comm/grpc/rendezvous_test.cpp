#include "comm/grpc/rendezvous.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Exactly these variables of ours for the time of a test.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables) {
    for (const char* name : kNames) unsetenv(name);
    for (const auto& [name, value] : variables) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const char* name : kNames) unsetenv(name);
  }

 private:
  static constexpr const char* kNames[] = {
      "RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "CRYPTEN_ADDRESSES", "CRYPTEN_RUN_FOLDER", "CRYPTEN_DEALER"};
};

std::string refusal(const std::map<std::string, std::string>& variables) {
  const Environment environment(variables);
  return told_by([] { rendezvous_from_environment(); });
}

}  // namespace

TEST_CASE("torchrun's variables give ranks and addresses") {
  const Environment environment(
      {{"RANK", "1"}, {"WORLD_SIZE", "3"}, {"MASTER_ADDR", "10.0.0.7"}, {"MASTER_PORT", "29500"}, {"CRYPTEN_DEALER", "d:1,e:2"}});
  const Rendezvous found = rendezvous_from_environment();
  CHECK(found.rank == 1);
  CHECK(found.world_size == 3);
  CHECK(found.addresses == std::vector<std::string>{"10.0.0.7:29500", "10.0.0.7:29501", "10.0.0.7:29502"});
  CHECK(found.run_folder.empty());
  CHECK(found.dealer_addresses == std::vector<std::string>{"d:1", "e:2"});
}

TEST_CASE("an IPv6 master address is put in brackets") {
  const Environment environment({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "::1"}, {"MASTER_PORT", "29500"}});
  CHECK(rendezvous_from_environment().addresses[1] == "[::1]:29501");
}

TEST_CASE("explicit addresses win") {
  const Environment environment(
      {{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"CRYPTEN_ADDRESSES", "a:1,b:2"}, {"MASTER_ADDR", "x"}, {"MASTER_PORT", "5"}});
  CHECK(rendezvous_from_environment().addresses == std::vector<std::string>{"a:1", "b:2"});
}

TEST_CASE("without variables there is one party, which needs no certificates") {
  const Environment environment({});
  const ConnectedSession session = connect_session_from_environment(Config());
  CHECK(session.options.world_size == 1);
  CHECK(session.mesh.channels.size() == 1);
  CHECK(session.dealers.empty());
}

TEST_CASE("what is missing or unreadable is named") {
  CHECK(has(refusal({{"RANK", "0"}}), "WORLD_SIZE"));
  CHECK(has(refusal({{"WORLD_SIZE", "2"}}), "RANK"));
  CHECK(has(refusal({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "RANK"));
  CHECK(has(refusal({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}), "RANK"));
  CHECK(has(refusal({{"RANK", "one"}, {"WORLD_SIZE", "2"}}), "\"one\" is not a number from 0 to 1"));
  CHECK(has(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), "MASTER_ADDR"));
  CHECK(has(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "x"}}), "MASTER_PORT"));
  CHECK(has(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "x"}, {"MASTER_PORT", "65535"}}), "MASTER_PORT"));
  CHECK(has(refusal({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"CRYPTEN_ADDRESSES", "a:1"}}), "CRYPTEN_ADDRESSES"));
}

TEST_CASE("without certificates the command that makes them is named") {
  const Environment environment({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "127.0.0.1"}, {"MASTER_PORT", "29500"}});
  const auto text = told_by([] { connect_session_from_environment(Config()); });
  INFO(text);
  CHECK(starts_with(text, "SessionError: no certificates"));
  CHECK(has(text, "crypten-cert init run -n 2"));
  CHECK(has(text, "crypten-launch"));
}

TEST_CASE("two parties meet by run folder, or in plaintext if both say so") {
  const TestRun run(2);
  const TemporaryFolder folder;
  write_run_folder(run, folder);
  for (const bool plaintext : {false, true}) {
    Config config;
    config.insecure_plaintext = plaintext;
    config.rendezvous_timeout_s = 10;
    std::vector<ConnectedSession> sessions(2);
    const auto addresses = free_addresses(2);
    const auto failures = in_parallel(2, [&](int rank) {
      sessions[rank] = connect_session({rank, 2, addresses, plaintext ? "" : folder.path(), {"127.0.0.1:1"}}, config);
    });
    CHECK(told(failures[0]) == "");
    REQUIRE(told(failures[1]) == "");
    const auto& options = sessions[1].options;
    CHECK(options.rank == 1);
    CHECK(options.world_size == 2);
    CHECK(options.run_id == (plaintext ? "plaintext" : run.run_id));
    CHECK(options.roster == (plaintext ? std::vector<std::string>{} : run.roster));
    CHECK(sessions[1].dealers.at(0).address == "127.0.0.1:1");
    CHECK(sessions[1].dealers.at(0).fingerprint == (plaintext ? "" : fingerprint(run.dealer.certificate)));
    CHECK(sessions[1].mesh.channels[0]->peer_identity() == (plaintext ? "plaintext" : run.roster[0]));
  }
}

TEST_CASE("the rendezvous ends at its time-out") {
  const TestRun run(2);
  const TemporaryFolder folder;
  write_run_folder(run, folder);
  Config config;
  config.rendezvous_timeout_s = 1;
  const auto start = Clock::now();
  const auto text = told_by([&] { connect_session({1, 2, free_addresses(2), folder.path(), {}}, config); });
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  CHECK(starts_with(text, "RendezvousTimeout: not all parties came: missing rank 0"));
  CHECK(seconds > 0.9);
  CHECK(seconds < 2);
}
