#include "comm/collective/barrier.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/collective_cases.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("nobody passes a barrier before all have come; it is one round without payload") {
  for (int size : {1, 2, 3, 5}) {
    std::atomic<int> came = 0;
    const auto results = measured(size, [&](Communicator& c) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10 * c.rank()));
      ++came;
      barrier(c);
      return came.load();
    });
    for (const auto& [seen, traffic] : results) {
      CHECK(seen == size);
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == 0);
      CHECK(traffic.messages_sent == static_cast<uint64_t>(size - 1));
    }
  }
}
