#include "crypten_core/kernels/bit_slice.h"

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/error.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Bit by bit, straight from the layout's definition.
bool bit_of(const at::Tensor& planes, int64_t p, int64_t i) {
  const auto word = static_cast<uint64_t>(planes[i / 512][p][i % 512 / 64].item<int64_t>());
  return word >> (i % 64) & 1;
}

const std::vector<int64_t> kLengths{0, 1, 7, 8, 63, 64, 65, 511, 512, 513, 1024, 1300};

}  // namespace

TEST_CASE("slices follow the layout and come back") {
  for (const int64_t n : kLengths) {
    for (const auto& [first, count] : {std::pair{0, 64}, {0, 1}, {63, 1}, {16, 31}, {5, 0}}) {
      const auto words = random_words({n});
      const auto planes = slice_bits(words, first, count);
      REQUIRE(planes.sizes() == at::IntArrayRef({tile_count(n), count, 8}));
      bool right = true;
      for (int64_t i = 0; i<n; i += n> 600 ? 37 : 1) {
        for (int p = 0; p < count; p += 5) {
          right &= bit_of(planes, p, i) == ((static_cast<uint64_t>(words[i].item<int64_t>()) >> (first + p) & 1) == 1);
        }
      }
      for (int64_t i = n; i < tile_count(n) * 512; ++i) {
        for (int p = 0; p < count; p += 16) right &= !bit_of(planes, p, i);
      }
      INFO("n " << n << " first " << first << " count " << count);
      CHECK(right);
      const auto mask = static_cast<int64_t>(count == 64 ? ~uint64_t{0} : ((uint64_t{1} << count) - 1) << first);
      CHECK(at::equal(unslice_bits(planes, n, first), words.bitwise_and(mask)));
    }
  }
}

TEST_CASE("one plane as words, also a strided one") {
  for (const int64_t n : kLengths) {
    const auto words = random_words({n});
    const auto planes = slice_bits(words, 0, 64);
    const auto expected = words.bitwise_right_shift(41).bitwise_and(1);
    CHECK(at::equal(bit_to_words(planes.narrow(1, 41, 1), n), expected));
    CHECK(at::equal(bit_to_words(planes.select(1, 41), n), expected));
    CHECK(at::equal(unslice_bits(planes.narrow(1, 41, 1), n, 0), expected));
    CHECK(at::equal(unslice_bits(planes.transpose(0, 1).contiguous().transpose(0, 1), n, 0), words));
  }
}

TEST_CASE("the wire form has the declared size and clears unused lanes") {
  for (const int64_t n : kLengths) {
    for (const int count : {0, 1, 4, 31}) {
      const auto planes = slice_bits(random_words({n}), 3, count);
      int64_t bytes = 0;
      for (int64_t left = n; left > 0; left -= 512) bytes += count * ((std::min<int64_t>(left, 512) + 7) / 8);
      REQUIRE(packed_size(n, count) == bytes);
      std::vector<std::byte> wire(static_cast<size_t>(bytes), std::byte{0xee});
      const auto dirty = planes.bitwise_or(at::full({}, int64_t{0}));  // a copy
      if (n % 512 != 0 && count > 0) {
        const int64_t lane = n % 512;
        auto word = dirty[n / 512].slice(1, lane / 64, lane / 64 + 1);
        word.bitwise_or_(static_cast<int64_t>(uint64_t{1} << (lane % 64)));  // first unused lane of every plane
      }
      pack(dirty, n, wire);
      CHECK(at::equal(unpack(wire, n, count), planes));
      const auto moved = pack_in_place(dirty, n);
      CHECK(std::equal(moved.begin(), moved.end(), wire.begin(), wire.end()));
      if (n % 8 != 0 && count > 0) {
        CHECK((wire.back() >> (n % 8)) == std::byte{0});
        wire.back() |= std::byte{0x80};
        CHECK(at::equal(unpack(wire, n, count), planes));
        moved.back() |= std::byte{0x80};
      }
      unpack_in_place(dirty, n);
      CHECK(at::equal(dirty, planes));
    }
  }
  const auto full = slice_bits(random_words({1024}), 0, 5);
  std::vector<std::byte> wire(static_cast<size_t>(packed_size(1024, 5)));
  pack(full, 1024, wire);
  CHECK(std::memcmp(wire.data(), full.const_data_ptr(), wire.size()) == 0);
}

TEST_CASE("strided planes pack like their copies") {
  for (const int64_t n : {512, 1300}) {
    const auto planes = slice_bits(random_words({n}), 0, 9).narrow(1, 2, 4);
    std::vector<std::byte> strided(static_cast<size_t>(packed_size(n, 4))), dense(strided.size());
    pack(planes, n, strided);
    pack(planes.contiguous(), n, dense);
    CHECK(std::equal(strided.begin(), strided.end(), dense.begin()));
    CHECK(at::equal(unpack(strided, n, 4), planes));
  }
}

TEST_CASE("planes of another form are refused") {
  const auto words = random_words({100});
  CHECK_THROWS_AS(slice_bits(words, 1, 64), InvalidArgument);
  CHECK_THROWS_AS(slice_bits(words, -1, 2), InvalidArgument);
  CHECK_THROWS_AS(slice_bits(words.to(at::kInt), 0, 1), InvalidArgument);
  CHECK_THROWS_AS(slice_bits(words.slice(0, 0, 100, 2), 0, 1), InvalidArgument);
  const auto planes = slice_bits(words, 0, 2);
  CHECK_THROWS_AS(unslice_bits(planes, 513, 0), InvalidArgument);
  CHECK_THROWS_AS(unslice_bits(planes, 100, 63), InvalidArgument);
  CHECK_THROWS_AS(bit_to_words(planes, 100), InvalidArgument);
  std::vector<std::byte> wire(3);
  CHECK_THROWS_AS(pack(planes, 100, wire), InvalidArgument);
  CHECK_THROWS_AS(unpack(wire, 100, 2), InvalidArgument);
  CHECK_THROWS_AS(pack_in_place(planes, 513), InvalidArgument);
  CHECK_THROWS_AS(unpack_in_place(planes.narrow(1, 0, 1).expand({1, 2, 8}), 100), InvalidArgument);
}
