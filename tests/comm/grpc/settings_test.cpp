#include "comm/grpc/settings.h"

#include <absl/synchronization/mutex.h>

#include <catch2/catch.hpp>

#include "comm/grpc/health.h"
#include "comm/grpc/service.h"
#include "tests/comm/grpc/connect_all.h"
#include "tests/support/channel_contract.h"

namespace crypten {
namespace {

using namespace test;
using namespace std::chrono_literals;

// A long road to a port: takes one connection, and passes on what comes from either side after a delay.
class LongRoad {
 public:
  LongRoad(int to_port, Clock::duration one_way) : one_way_(one_way), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener_, 8) != 0) throw std::runtime_error("cannot listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, to_port] {
      near_ = accept(listener_, nullptr, nullptr);
      const sockaddr_in to = loopback(to_port);
      if (near_ < 0 || connect(far_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
      std::thread back([this] { pass_on(far_, near_); });
      pass_on(near_, far_);
      back.join();
    });
  }
  ~LongRoad() {
    for (const int s : {listener_, near_.load(), far_})
      if (s >= 0) shutdown(s, SHUT_RDWR);
    thread_.join();
    for (const int s : {listener_, near_.load(), far_})
      if (s >= 0) close(s);
  }

  int port = 0;

 private:
  void pass_on(int from, int to) const {
    std::vector<char> bytes(1 << 16);
    for (ssize_t count; (count = recv(from, bytes.data(), bytes.size(), 0)) > 0;) {
      std::this_thread::sleep_for(one_way_);
      if (send(to, bytes.data(), static_cast<size_t>(count), MSG_NOSIGNAL) != count) break;
    }
    shutdown(to, SHUT_RDWR);
  }

  const Clock::duration one_way_;
  const int listener_, far_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::atomic<int> near_{-1};
  std::thread thread_;
};

// TCP, TLS and HTTP/2 together take two journeys there and back before the call, here 1.2 s. A single connection, and no second attempt.
TEST_CASE("Settings: a long road or a busy machine does not keep a connection from being made", "[comm][grpc]") {
  const TestRun run(1);
  Service service({"127.0.0.1:0", run.dealer}, [](ByteStream&) {});
  const std::string address = service.address();
  const LongRoad road(std::stoi(address.substr(address.rfind(':') + 1)), 300ms);
  const ServiceAddress member{"127.0.0.1:" + std::to_string(road.port), dealer_name(run.run_id), fingerprint(run.dealer.certificate), run.parties[0], false};
  CHECK((check_health(member, in_seconds(20)) == Health::serving));
}

// With detection on, absl ends a process that ever takes two locks in both orders, whoever holds them; that it does not is how one sees from outside that it keeps no graph of them.
TEST_CASE("Settings: locks cost no search for deadlocks", "[comm][grpc]") {
  prepare_grpc();
  absl::Mutex first, second;
  const auto both = [](absl::Mutex& outer, absl::Mutex& inner) {
    absl::MutexLock holding(&outer);
    absl::MutexLock also(&inner);
    return true;
  };
  CHECK(both(first, second));
  CHECK(both(second, first));
}

}  // namespace
}  // namespace crypten
