#include "crypten_core/byte_vector.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using crypten::ByteVector;

namespace {

std::vector<std::byte> counted(size_t count, int first) {
  std::vector<std::byte> bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = std::byte(first + static_cast<int>(i));
  return bytes;
}

}  // namespace

TEST_CASE("appended bytes follow those that were there, whatever room there was") {
  for (const size_t before : {0, 1, 63, 5000}) {
    for (const size_t more : {0, 1, 64, 9000}) {
      for (const size_t reserved : {size_t{0}, before + more}) {
        CAPTURE(before, more, reserved);
        ByteVector vector;
        vector.reserve(reserved);
        const auto first = counted(before, 1), second = counted(more, 100);
        append(vector, first);
        append(vector, second);
        REQUIRE(vector.size() == before + more);
        CHECK(std::equal(first.begin(), first.end(), vector.begin()));
        CHECK(std::equal(second.begin(), second.end(), vector.begin() + static_cast<ptrdiff_t>(before)));
      }
    }
  }
}

TEST_CASE("room for more bytes lies at the end, and a vector that grows by little at a time moves seldom") {
  ByteVector vector;
  size_t moves = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::byte* const before = vector.data();
    const auto room = extend(vector, 3);
    REQUIRE(room.size() == 3);
    REQUIRE(room.data() + 3 == vector.data() + vector.size());
    moves += vector.data() != before;
  }
  CHECK(moves <= 16);  // 3 · 2^16 bytes is more than were asked for
}
