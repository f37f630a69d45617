// What survivors see when a peer's process dies, stops or talks nonsense.
#include <catch2/catch.hpp>
#include <fstream>

#include "comm/grpc/rendezvous.h"
#include "crypten_core/error.h"
#include "tests/comm/grpc/child.h"
#include "tests/comm/grpc/connect_all.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// This process is one rank, a child the other.
struct TwoProcesses {
  explicit TwoProcesses(int own_rank) : run(2), addresses(free_addresses(2)) {
    write_run_folder(run, folder);
    child = std::make_unique<Child>("child: waits for its peer",
                                    std::map<std::string, std::string>{{"RANK", std::to_string(1 - own_rank)},
                                                                       {"WORLD_SIZE", "2"},
                                                                       {"CRYPTEN_ADDRESSES", addresses[0] + "," + addresses[1]},
                                                                       {"CRYPTEN_RUN_FOLDER", folder.path()}});
    mesh = connect_mesh(mesh_options(run, own_rank, addresses, 30));
    peer = mesh.channels[1 - own_rank].get();
    ByteVector hello;
    if (peer->receive(hello, in_seconds(10)) != Wire::ok) throw std::runtime_error("the child did not say hello");
  }

  TestRun run;
  TemporaryFolder folder;
  std::vector<std::string> addresses;
  std::unique_ptr<Child> child;
  PartyMesh mesh;
  Channel* peer = nullptr;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

int dial_raw(const std::string& address) {
  const int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = loopback(std::stoi(address.substr(address.rfind(':') + 1)));
  if (connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    close(s);
    return -1;
  }
  return s;
}

}  // namespace

// Not run by itself: the other process of the tests below. Ends in good order behind an empty message.
TEST_CASE("child: waits for its peer", "[.]") {
  Config config;
  const ConnectedSession session = connect_session_from_environment(config);
  Channel& peer = *session.mesh.channels[1 - session.options.rank];
  const Bytes nothing;
  peer.send({&nothing, 1});
  ByteVector got;
  REQUIRE(peer.receive(got, in_seconds(60)) == Wire::ok);  // fails when the connection is lost
  if (!got.empty()) std::this_thread::sleep_for(std::chrono::seconds(60));  // and reads no more
}

TEST_CASE("a killed peer is noticed at once, from either end, while waiting and while sending") {
  for (int own_rank : {0, 1}) {
    TwoProcesses both(own_rank);
    const auto start = Clock::now();
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      both.child->signal(SIGKILL);
    });
    ByteVector got;
    const Wire wire = both.peer->receive(got, in_seconds(10));
    killer.join();
    CHECK(wire == Wire::closed);
    CHECK(seconds_since(start) < 2);
    CHECK(!both.peer->detail().empty());
    const Bytes nothing;
    CHECK(both.peer->send({&nothing, 1}) == Wire::closed);
  }
  TwoProcesses both(1);
  ByteVector data(size_t{64} << 20, std::byte{});
  send_all(*both.peer, data);  // the child reads no more than its read-ahead
  CHECK(both.peer->flush(Clock::now()) == Wire::deadline);
  both.child->signal(SIGKILL);
  const auto start = Clock::now();
  CHECK(both.peer->flush(in_seconds(10)) == Wire::closed);
  CHECK(seconds_since(start) < 2);
}

TEST_CASE("a stopped peer is noticed within 5 s, and learns it when it wakes") {
  for (int own_rank : {0, 1}) {
    TwoProcesses both(own_rank);
    both.child->signal(SIGSTOP);
    const auto start = Clock::now();
    ByteVector got;
    CHECK(both.peer->receive(got, in_seconds(10)) == Wire::closed);
    CHECK(seconds_since(start) < 5);
    INFO(both.peer->detail());
    both.child->signal(SIGCONT);
    CHECK(both.child->wait(5) > 0);
  }
}

TEST_CASE("a peer that stops for one second is not lost") {
  TwoProcesses both(0);
  both.child->signal(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  both.child->signal(SIGCONT);
  const Bytes nothing;
  CHECK(both.peer->send({&nothing, 1}) == Wire::ok);
  CHECK(both.peer->flush(in_seconds(10)) == Wire::ok);
  CHECK(both.child->wait(10) == 0);
}

TEST_CASE("closing while the peer is stopped does not hang and gives the buffers back") {
  TwoProcesses both(0);
  both.child->signal(SIGSTOP);
  {
    ByteVector data(size_t{64} << 20, std::byte{});
    send_all(*both.peer, data);
    const auto start = Clock::now();
    both.peer->close();
    CHECK(seconds_since(start) < 5.5);  // what is inside a blocked socket comes back when keepalive gives up
    CHECK(both.peer->flush(in_seconds(1)) == Wire::closed);
  }
  const auto start = Clock::now();
  both.mesh.channels.clear();
  CHECK(seconds_since(start) < 3);
}

TEST_CASE("noise on the port does not disturb") {
  const TestRun run(2);
  const auto addresses = free_addresses(2);
  std::vector<PartyMesh> meshes(2);
  std::atomic<bool> done{false};
  std::vector<int> held;
  std::thread noise([&] {
    unsigned seed = 0;
    while (!done) {
      const int s = dial_raw(addresses[0]);
      if (s < 0) continue;
      const char* texts[] = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x00\x05hello"};
      const auto bytes = pattern(300, ++seed);
      if (seed % 4 < 3) (void)!write(s, texts[seed % 4], strlen(texts[seed % 4]));
      else (void)!write(s, bytes.data(), bytes.size());
      if (seed % 8 == 0 && held.size() < 100) held.push_back(s);  // a half-open handshake
      else close(s);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  const auto start = Clock::now();
  const auto failures = in_parallel(2, [&](int rank) {
    if (rank == 1) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    meshes[rank] = connect_mesh(mesh_options(run, rank, addresses));
  });
  const double connected_after = seconds_since(start);
  std::string wrong;
  for (const auto& failure : failures) wrong += failure ? "x" : "";
  if (wrong.empty()) {
    const auto sent = pattern(size_t{4} << 20, 3);
    ByteVector got(sent.size(), std::byte{});
    try {
      together(
          [&] {
            send_all(*meshes[0].channels[1], sent);
            expect(meshes[0].channels[1]->flush(in_seconds(10)) == Wire::ok, "flush");
          },
          [&] { receive_all(*meshes[1].channels[0], got); });
      if (got != sent) wrong = "bytes differ";
    } catch (const std::exception& error) {
      wrong = error.what();
    }
  }
  done = true;
  noise.join();
  for (int s : held) close(s);
  CHECK(wrong == "");
  CHECK(connected_after < 3.5);
}
