#include "mpc/provider/clear_value.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/aten.h"

using namespace crypten;

TEST_CASE("a clear value reads the words of a tensor in row-major order, also of a view, and keeps them alive") {
  at::Tensor words = at::arange(2048, at::kLong).view({2, 1024});
  const ClearValue transposed(words.t());
  words = at::Tensor();
  std::vector<uint64_t> out(4);
  transposed.read(512, out);
  REQUIRE((out == std::vector<uint64_t>{256, 1280, 257, 1281}));
}

TEST_CASE("a clear value is what its function gives for the place") {
  const ClearValue places([](int64_t first, std::span<uint64_t> out) {
    for (uint64_t& word : out) word = static_cast<uint64_t>(first++);
  });
  std::vector<uint64_t> out(3);
  places.read(1024, out);
  REQUIRE((out == std::vector<uint64_t>{1024, 1025, 1026}));
}
