#include "crypten_core/tensor_memory.h"

#include <catch2/catch.hpp>

#include "crypten_core/arena.h"
#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"

using namespace crypten;

TEST_CASE("tensors are in the arena exactly where it keeps memory") {
  CHECK(tensors_in_arena() == Arena::keeps());
  const auto before = Arena::process().use().in_use;
  const auto tensor = at::empty({1 << 17}, at::kLong);
  const ByteVector message(1 << 20);
  CHECK(Arena::process().use().in_use >= before + (Arena::keeps() ? 2 << 20 : 0));
  CHECK(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 64 == 0);
  CHECK(at::empty({0}, at::kLong).numel() == 0);
}

TEST_CASE("a tensor for which there is no memory is torch's error") {
  if (!tensors_in_arena()) {
    WARN("AddressSanitizer ends the process instead");
    return;
  }
  CHECK_THROWS_AS(at::empty({int64_t{1} << 57}, at::kLong), c10::OutOfMemoryError);
}

TEST_CASE("operations in a row ask the system for nothing") {
  if (!tensors_in_arena()) {
    WARN("this build or environment keeps no memory");
    return;
  }
  const auto step = [] {
    const auto x = at::ones({300'000}, at::kLong), y = x + x;
    CHECK((x * y).sum().item<int64_t>() == 600'000);
  };
  step();
  const uint64_t before = Arena::process().use().from_system;
  for (int i = 0; i < 10; ++i) step();
  CHECK(Arena::process().use().from_system == before);
}
