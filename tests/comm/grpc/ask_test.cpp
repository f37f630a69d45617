// Asking itself is tested with what is asked: health_test, version_test.
#include "comm/grpc/ask.h"

#include <catch2/catch.hpp>

#include "tests/comm/grpc/error_text.h"
#include "tests/comm/grpc/test_certificates.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("a member of the run is expected under its own name and certificate, by anybody's bundle") {
  const TestRun run(2);
  for (const int own : {0, 1, -1}) {
    const TemporaryFolder bundle;
    bundle.write("ca.crt", run.authority.pem());
    bundle.write("roster.json", roster_json(run));
    const Credentials& mine = own < 0 ? run.dealer : run.parties[static_cast<size_t>(own)];
    const std::string name = own < 0 ? "dealer" : "party-" + std::to_string(own);
    bundle.write(name + ".crt", mine.certificate);
    bundle.write(name + ".key", mine.key);
    for (const int rank : {0, 1}) {
      const ServiceAddress member = member_at("host:1", bundle.path(), rank);
      CHECK(member.address == "host:1");
      CHECK(member.name == party_name(rank, run.run_id));
      CHECK(member.fingerprint == run.roster[static_cast<size_t>(rank)]);
      CHECK(member.credentials.certificate == mine.certificate);
      CHECK_FALSE(member.insecure_plaintext);
    }
    const ServiceAddress dealer = member_at("host:2", bundle.path(), std::nullopt);
    CHECK(dealer.name == dealer_name(run.run_id));
    CHECK(dealer.fingerprint == fingerprint(run.dealer.certificate));
    for (const int rank : {-1, 2}) CHECK(starts_with(told_by([&] { member_at("host:1", bundle.path(), rank); }), "InvalidArgument"));
  }
  const TemporaryFolder empty;
  CHECK(starts_with(told_by([&] { member_at("host:1", empty.path(), 0); }), "SessionError"));
  empty.write("roster.json", roster_json(run));
  CHECK(starts_with(told_by([&] { member_at("host:1", empty.path(), 0); }), "SessionError"));
}
