#include "comm/grpc/settings.h"

#include <absl/synchronization/mutex.h>

#include <catch2/catch.hpp>

namespace crypten {
namespace {

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
