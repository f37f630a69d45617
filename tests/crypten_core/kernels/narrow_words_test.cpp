#include "crypten_core/kernels/narrow_words.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "crypten_core/error.h"

using namespace crypten;

namespace {

uint64_t low(uint64_t word, int bits) { return bits == 64 ? word : word & ((uint64_t{1} << bits) - 1); }

std::vector<uint64_t> random_numbers(size_t count, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<uint64_t> words(count);
  std::ranges::generate(words, engine);
  return words;
}

// Bit by bit, straight from the layout's definition.
bool bit_of(const std::vector<std::byte>& packed, uint64_t i) { return (std::to_integer<unsigned>(packed[i / 8]) >> (i % 8) & 1) != 0; }

const std::vector<size_t> kCounts{0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 200, 2048, 2051};

}  // namespace

TEST_CASE("narrow words follow the layout, for every width and length, and the rest of the last byte is zero") {
  for (int bits = 1; bits <= 64; ++bits) {
    bool right = true, sized = true;
    for (const size_t count : kCounts) {
      const auto words = random_numbers(count, static_cast<uint64_t>(bits));  // with bits above the width, which must not reach a neighbour
      std::vector<std::byte> packed(narrow_size(count, bits), std::byte{0xff});
      sized &= packed.size() == (count * static_cast<size_t>(bits) + 7) / 8;
      pack_narrow(words, bits, packed);
      for (uint64_t i = 0; i < 8 * packed.size(); ++i) {
        const uint64_t element = i / static_cast<uint64_t>(bits), place = i % static_cast<uint64_t>(bits);
        right &= bit_of(packed, i) == (element < count && (words[element] >> place & 1) != 0);
      }
    }
    CAPTURE(bits);
    CHECK(sized);
    CHECK(right);
  }
}

TEST_CASE("narrow words come back, wherever one begins to read, and nothing else is looked at or written") {
  for (int bits = 1; bits <= 64; ++bits) {
    bool right = true;
    for (const size_t count : kCounts) {
      const auto words = random_numbers(count, 100 + static_cast<uint64_t>(bits));
      std::vector<std::byte> packed(narrow_size(count, bits));
      pack_narrow(words, bits, packed);
      // What is behind the last element does not matter.
      if (const size_t used = count * static_cast<size_t>(bits) % 8; used != 0) packed.back() |= static_cast<std::byte>(0xff << used);
      packed.shrink_to_fit();  // a sanitizer sees a read beyond the end
      for (const size_t first : {size_t{0}, size_t{1}, size_t{5}, size_t{8}, size_t{11}, count / 2, count}) {
        if (first > count) continue;
        for (const size_t wanted : {size_t{0}, size_t{1}, size_t{3}, size_t{8}, size_t{13}, count - first}) {
          if (first + wanted > count) continue;
          std::vector<uint64_t> out(wanted + 2, 77);
          unpack_narrow(packed, bits, first, std::span(out).first(wanted));
          for (size_t i = 0; i < wanted; ++i) right &= out[i] == low(words[first + i], bits);
          right &= out[wanted] == 77 && out[wanted + 1] == 77;
        }
      }
    }
    CAPTURE(bits);
    CHECK(right);
  }
}

TEST_CASE("narrow words at the edges of their width") {
  for (int bits = 1; bits <= 64; ++bits) {
    const uint64_t most = low(~uint64_t{0}, bits), top = uint64_t{1} << (bits - 1);
    for (const auto& words : {std::vector<uint64_t>(9, most), {0, most, 0, most, top, 1, top, 1, 0, 0, top}, std::vector<uint64_t>(17, 0)}) {
      std::vector<std::byte> packed(narrow_size(words.size(), bits));
      pack_narrow(words, bits, packed);
      std::vector<uint64_t> out(words.size());
      unpack_narrow(packed, bits, 0, out);
      bool right = true;
      for (size_t i = 0; i < words.size(); ++i) right &= out[i] == low(words[i], bits);
      CAPTURE(bits, words.size());
      CHECK(right);
    }
  }
}

TEST_CASE("narrow words of a form that cannot be are refused") {
  std::vector<uint64_t> words(9);
  std::vector<std::byte> packed(narrow_size(9, 6));
  REQUIRE(packed.size() == 7);
  CHECK_NOTHROW(pack_narrow(words, 6, packed));
  CHECK_THROWS_AS(pack_narrow(words, 0, packed), InvalidArgument);
  CHECK_THROWS_AS(pack_narrow(words, 65, packed), InvalidArgument);
  CHECK_THROWS_AS(pack_narrow(words, 5, packed), InvalidArgument);  // 6 bytes
  CHECK_THROWS_AS(pack_narrow(words, 7, packed), InvalidArgument);
  CHECK_THROWS_AS(unpack_narrow(packed, 0, 0, words), InvalidArgument);
  CHECK_THROWS_AS(unpack_narrow(packed, 65, 0, words), InvalidArgument);
  CHECK_THROWS_AS(unpack_narrow(packed, 6, 1, words), InvalidArgument);  // ten elements
  CHECK_THROWS_AS(unpack_narrow(packed, 7, 0, words), InvalidArgument);
}
