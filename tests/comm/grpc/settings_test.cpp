#include "comm/grpc/settings.h"

#include <absl/synchronization/mutex.h>

#include <catch2/catch.hpp>

using namespace crypten;

TEST_CASE("the order of Abseil's locks is not checked: builds with assertions would abort here") {
  prepare_grpc();
  absl::Mutex one, other;
  for (const auto& [first, second] : {std::pair{&one, &other}, std::pair{&other, &one}}) {
    absl::MutexLock outer(first), inner(second);
  }
  CHECK(true);
}
