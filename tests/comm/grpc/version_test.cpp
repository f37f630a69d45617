#include "comm/grpc/version.h"

#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "comm/grpc/ask.h"
#include "comm/grpc/service.h"
#include "comm/session.h"
#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

ServiceAddress member(const TestRun& run, const std::string& address, const Credentials& own, int rank) {
  return {.address = address, .name = party_name(rank, run.run_id), .fingerprint = run.roster[static_cast<size_t>(rank)], .credentials = own};
}

// Refused until the party listens.
std::optional<Version> version_of(const ServiceAddress& party) {
  for (const auto end = in_seconds(60);;) {
    try {
      return version_at(party, in_seconds(30));
    } catch (const RendezvousTimeout&) {
      if (Clock::now() > end) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

}  // namespace

TEST_CASE("a version is read as it was written, and nothing else is one") {
  const Version own = own_version();
  CHECK(own.library == kLibraryVersion);
  CHECK(own.revision == kProtocolRevision);
  CHECK((parse_version(text_of(own)) == own));
  CHECK((parse_version("12.3.4rc1 revision 250") == Version{"12.3.4rc1", 250}));
  for (const char* other : {"", "0.1.0", " revision 4", "0.1.0 revision ", "0.1.0 revision x", "0.1.0 revision 0", "0.1.0 revision -1", "0.1.0 revision 99999999999", "a b revision 4", "\x1b[2J revision 4"})
    CHECK_FALSE(parse_version(other).has_value());
  CHECK_FALSE(parse_version(std::string(100, '1') + " revision 4").has_value());
}

TEST_CASE("a party that waits for the others says its version, to whoever has a certificate of the run, and waits on") {
  const TestRun run(2);
  const auto addresses = free_addresses(2);
  auto waiting = std::async(std::launch::async, [&] { return connect_mesh(mesh_options(run, 0, addresses, 60)); });
  CHECK((version_of(member(run, addresses[0], run.parties[1], 0)) == own_version()));
  CHECK((version_of(member(run, addresses[0], run.dealer, 0)) == own_version()));
  auto other = connect_mesh(mesh_options(run, 1, addresses, 60));
  CHECK(waiting.get().channels.size() == 2);
}

TEST_CASE("a service says its version too; who is somebody else, or nobody, is named") {
  const TestRun run(2);
  Service service({.address = "127.0.0.1:0", .credentials = run.dealer}, [](ByteStream&) {});
  ServiceAddress dealer{.address = service.address(), .name = dealer_name(run.run_id), .fingerprint = fingerprint(run.dealer.certificate), .credentials = run.parties[0]};
  CHECK((version_at(dealer, in_seconds(30)) == own_version()));
  dealer.fingerprint = run.roster[0];
  CHECK(starts_with(told_by([&] { version_at(dealer, in_seconds(30)); }), "PeerIdentityMismatch"));
  dealer.address = "127.0.0.1:" + std::to_string(free_port());
  CHECK(starts_with(told_by([&] { version_at(dealer, in_seconds(2)); }), "RendezvousTimeout"));
}
