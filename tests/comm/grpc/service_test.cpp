#include "comm/grpc/service.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>

#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

void echo(ByteStream& client) {
  ByteVector message;
  while (client.receive(message, in_seconds(30)) == Wire::ok) {
    const Bytes whole(message);
    if (client.send({&whole, 1}) != Wire::ok || client.flush(in_seconds(30)) != Wire::ok) return;
  }
}

struct Served {
  explicit Served(StreamHandler handler = echo, int max_connections = 256, std::function<void(const std::string&)> on_error = {}, int max_each = 0)
      : run(2), service({"127.0.0.1:0", run.dealer, false, max_connections, max_each}, std::move(handler), std::move(on_error)) {}
  ServiceAddress from(int rank) const {
    return {service.address(), dealer_name(run.run_id), fingerprint(run.dealer.certificate), run.parties[rank], false};
  }
  TestRun run;
  Service service;
};

std::string echoed(Channel& channel, size_t size, unsigned seed) {
  const auto sent = pattern(size, seed);
  const Bytes whole(sent);
  ByteVector got;
  if (channel.send({&whole, 1}) != Wire::ok) return "send";
  if (channel.receive(got, in_seconds(20)) != Wire::ok) return "receive: " + channel.detail();
  return got == sent ? "" : "other bytes";
}

}  // namespace

TEST_CASE("clients are served side by side and are known by their certificates") {
  std::mutex mutex;
  std::vector<std::string> seen;
  Served served([&](ByteStream& client) {
    {
      std::lock_guard holding(mutex);
      seen.push_back(client.peer_identity());
    }
    echo(client);
  });
  CHECK(served.service.address().substr(0, 10) == "127.0.0.1:");
  CHECK(served.service.address() != "127.0.0.1:0");
  auto first = connect_service(served.from(0), in_seconds(10));
  auto second = connect_service(served.from(1), in_seconds(10));
  CHECK(first->peer_identity() == fingerprint(served.run.dealer.certificate));
  CHECK(echoed(*second, 100, 1) == "");
  CHECK(echoed(*first, 1 << 20, 2) == "");
  CHECK(echoed(*second, 5000, 3) == "");
  CHECK(served.service.connections() == 2);
  std::lock_guard holding(mutex);
  std::sort(seen.begin(), seen.end());
  auto expected = served.run.roster;
  std::sort(expected.begin(), expected.end());
  CHECK(seen == expected);
}

TEST_CASE("a mesh's completion queue carries the service's stream too") {
  Served served;
  const auto addresses = free_addresses(2);
  std::vector<PartyMesh> meshes(2);
  in_parallel(2, [&](int rank) { meshes[rank] = connect_mesh(mesh_options(served.run, rank, addresses)); });
  REQUIRE(meshes[1].endpoint);
  for (int rank : {0, 1}) {
    auto dealer = connect_service(meshes[rank].endpoint, served.from(rank), in_seconds(10));
    const auto sent = pattern(3 << 20, 3);
    ByteVector got(sent.size(), std::byte{});
    send_all(*dealer, sent);
    // Waiting for the peer, who says nothing, moves the answer along.
    ByteVector nothing;
    CHECK(meshes[rank].channels[1 - rank]->receive(nothing, in_seconds(1)) == Wire::deadline);
    const auto start = Clock::now();
    receive_all(*dealer, got);
    CHECK(Clock::now() - start < std::chrono::milliseconds(100));
    CHECK(got == sent);
  }
}

TEST_CASE("a handler's end closes the stream after what it sent, an exception is reported") {
  std::mutex mutex;
  std::string error;
  Served served(
      [](ByteStream& client) {
        const auto sent = pattern(300000, 1);
        const Bytes whole(sent);
        client.send({&whole, 1});
        client.flush(in_seconds(10));
        throw std::runtime_error("the request makes no sense");
      },
      256,
      [&](const std::string& text) {
        std::lock_guard holding(mutex);
        error = text;
      });
  auto client = connect_service(served.from(1), in_seconds(10));
  ByteVector got;
  CHECK(client->receive(got, in_seconds(10)) == Wire::ok);
  CHECK(got == pattern(300000, 1));
  CHECK(client->receive(got, in_seconds(10)) == Wire::closed);
  client.reset();
  served.service.shutdown(in_seconds(1));
  std::lock_guard holding(mutex);
  CHECK(error == "client " + served.run.roster[1].substr(0, 16) + ": the request makes no sense");
}

TEST_CASE("more clients than allowed are refused with the reason; a place becomes free again") {
  Served served(echo, 2);
  auto first = connect_service(served.from(0), in_seconds(10));
  auto second = connect_service(served.from(1), in_seconds(10));
  CHECK(echoed(*first, 10, 1) == "");
  CHECK(echoed(*second, 10, 1) == "");
  const auto text = told_by([&] { connect_service(served.from(1), in_seconds(10)); });
  INFO(text);
  CHECK(starts_with(text, "SessionError"));
  CHECK(has(text, "2 clients are being served"));
  second.reset();
  for (const auto end = in_seconds(5); served.service.connections() > 1 && Clock::now() < end;)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto third = connect_service(served.from(1), in_seconds(10));
  CHECK(echoed(*third, 10, 1) == "");
}

TEST_CASE("what a service sends ahead arrives while nobody waits for it, up to the bound that the client has set") {
  std::atomic<int> flushed = 0;
  Served served([&](ByteStream& client) {
    const auto head = pattern(9, 4), part = pattern(1 << 20, 5);
    const Bytes small(head), whole(part);
    client.send({&small, 1});  // behind which a stream does not read on at once
    for (int i = 0; i < 96; ++i) {
      if (client.send({&whole, 1}) != Wire::ok || client.flush(in_seconds(60)) != Wire::ok) return;
      ++flushed;
    }
  });
  auto address = served.from(0);
  auto usual = connect_service(address, in_seconds(10));
  std::this_thread::sleep_for(std::chrono::seconds(2));
  CHECK(flushed < 96);  // 16 MiB, and what is on its way
  usual.reset();
  for (const auto end = in_seconds(20); served.service.connections() > 0 && Clock::now() < end;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  flushed = 0;
  address.read_ahead = size_t{128} << 20;
  auto wide = connect_service(address, in_seconds(10));
  for (const auto end = in_seconds(60); flushed < 96 && Clock::now() < end;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(flushed == 96);
  ByteVector got;
  REQUIRE(wide->receive(got, in_seconds(20)) == Wire::ok);
  CHECK(got == pattern(9, 4));
  for (int i = 0; i < 96; ++i) REQUIRE(wide->receive(got, in_seconds(20)) == Wire::ok);
  CHECK(got == pattern(1 << 20, 5));
}

TEST_CASE("one certificate cannot take all places") {
  Served served(echo, 3, {}, 2);
  auto first = connect_service(served.from(0), in_seconds(10));
  auto second = connect_service(served.from(0), in_seconds(10));
  const auto text = told_by([&] { connect_service(served.from(0), in_seconds(10)); });
  INFO(text);
  CHECK(starts_with(text, "SessionError"));
  CHECK(has(text, "2 clients with this certificate are being served"));
  auto other = connect_service(served.from(1), in_seconds(10));
  CHECK(echoed(*other, 10, 1) == "");
  CHECK(has(told_by([&] { connect_service(served.from(1), in_seconds(10)); }), "3 clients are being served"));
  const auto full = served.service.counters();
  CHECK(full.accepted == 3);
  CHECK(full.refused == 2);
  CHECK(full.connected == 3);
  first.reset();
  for (const auto end = in_seconds(5); served.service.connections() > 2 && Clock::now() < end;)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto again = connect_service(served.from(0), in_seconds(10));
  CHECK(echoed(*again, 10, 1) == "");
}

TEST_CASE("shutdown lets clients finish, then cuts them, and ends wait()") {
  Served served;
  auto client = connect_service(served.from(0), in_seconds(10));
  CHECK(echoed(*client, 10, 1) == "");
  std::atomic<bool> waited{false};
  std::thread waiting([&] {
    served.service.wait();
    waited = true;
  });
  const auto start = Clock::now();
  std::thread stopping([&] { served.service.shutdown(in_seconds(0.5)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(echoed(*client, 10, 2) == "");  // still served
  const auto late = told_by([&] { connect_service(served.from(1), in_seconds(0.2)); });
  CHECK(starts_with(late, "RendezvousTimeout"));
  ByteVector got;
  CHECK(client->receive(got, in_seconds(10)) == Wire::closed);
  stopping.join();
  waiting.join();
  CHECK(waited);
  CHECK(Clock::now() - start < std::chrono::seconds(4));
}

TEST_CASE("the service's identity is checked") {
  Served served;
  ServiceAddress wrong = served.from(0);
  wrong.fingerprint = served.run.roster[1];
  CHECK(starts_with(told_by([&] { connect_service(wrong, in_seconds(5)); }), "PeerIdentityMismatch"));
  wrong = served.from(0);
  wrong.fingerprint.clear();
  CHECK(starts_with(told_by([&] { connect_service(wrong, in_seconds(5)); }), "CertificateUntrusted"));
  wrong = served.from(0);
  wrong.name = dealer_name("another-run");
  CHECK(starts_with(told_by([&] { connect_service(wrong, in_seconds(5)); }), "PeerIdentityMismatch"));
  wrong = served.from(0);
  wrong.address = free_addresses(1)[0];
  const auto nobody = told_by([&] { connect_service(wrong, in_seconds(0.5)); });
  CHECK(starts_with(nobody, "RendezvousTimeout: dealer.test-run.crypten does not answer"));
  CHECK(has(nobody, "refused"));
  const TestRun foreign(2, served.run.run_id, "foreign");
  wrong = served.from(0);
  wrong.credentials = foreign.parties[0];
  CHECK(starts_with(told_by([&] { connect_service(wrong, in_seconds(5)); }), "CertificateUntrusted"));
}

TEST_CASE("a party is not a service and a service is not a party") {
  Served served;
  const auto addresses = free_addresses(2);
  std::vector<PartyMesh> meshes(2);
  in_parallel(2, [&](int rank) { meshes[rank] = connect_mesh(mesh_options(served.run, rank, addresses)); });
  ServiceAddress party{addresses[0], party_name(0, served.run.run_id), served.run.roster[0], served.run.parties[1], false};
  CHECK(has(told_by([&] { connect_service(party, in_seconds(5)); }), "offers no service"));
}

TEST_CASE("a taken port is an error of its own") {
  Served served;
  const auto text = told_by([&] { Service second({served.service.address(), served.run.dealer}, echo); });
  INFO(text);
  CHECK(starts_with(text, "SessionError: cannot listen on " + served.service.address()));
}

TEST_CASE("sixty-four clients at once") {
  Served served;
  std::vector<std::string> wrong(64);
  in_parallel(64, [&](int i) {
    auto client = connect_service(served.from(i % 2), in_seconds(30));
    for (unsigned round = 0; round < 5 && wrong[i].empty(); ++round) wrong[i] = echoed(*client, 1000 * round, round);
  });
  CHECK(wrong == std::vector<std::string>(64));
}
