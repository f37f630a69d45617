#include "mpc/provider/share_layout.h"

#include <catch2/catch.hpp>

#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

std::shared_ptr<const WordSource> stream(uint8_t seed) { return reference::streams(1, seed)[0]->outputs({}); }

// Element i of `bits` bits of a string of words.
uint64_t element(const std::vector<uint64_t>& words, int bits, int64_t i) {
  const uint64_t at = static_cast<uint64_t>(i) * static_cast<uint64_t>(bits), shift = at % 64;
  uint64_t value = words[at / 64] >> shift;
  if (shift != 0) value |= words[at / 64 + 1] << (64 - shift);
  return bits == 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

int64_t low(int width) { return width == 64 ? -1 : (int64_t{1} << width) - 1; }

}  // namespace

TEST_CASE("shares of k bits lie back to back in their stream, for every k") {
  const auto source = stream(1);
  for (int width = 1; width <= 64; ++width) {
    const DealtShape shape{.width = width, .sizes = {5001}};
    const auto words = static_cast<size_t>(shape.stream_words());
    bool right = words == (5001 * static_cast<size_t>(width) + 63) / 64;
    std::vector<uint64_t> string(words + 1);
    source->fill(string, 3);
    const auto share = expand_share(source, 3, shape).words();
    const int64_t* values = share.const_data_ptr<int64_t>();
    for (int64_t i = 0; i < 5001; ++i) right = right && static_cast<uint64_t>(values[i]) == element(string, width, i);
    CAPTURE(width);
    CHECK(right);
  }
}

TEST_CASE("a correction is the value without the other ranks' shares, for every width, and its last bits are zero") {
  const std::vector others{stream(1), stream(2)};
  for (int width = 1; width <= 64; ++width) {
    for (const int64_t size : {int64_t{0}, int64_t{1}, int64_t{9}, width == 6 || width == 46 ? int64_t{70'001} : int64_t{2'053}}) {
      const DealtShape shape{.width = width, .sizes = {size}};
      auto clear = at::empty({size}, at::kLong);  // of all 64 bits: those above the width reach no neighbour
      stream(9)->fill({reinterpret_cast<uint64_t*>(clear.mutable_data_ptr<int64_t>()), static_cast<size_t>(size)}, 0);
      auto correction = std::make_shared<ByteVector>(shape.correction_bytes(), std::byte{});
      CAPTURE(width, size);
      CHECK(correction->size() == (static_cast<size_t>(size * width) + 7) / 8);
      write_correction(clear, others, 11, shape, *correction);
      if (const auto used = size * width % 8; used != 0) CHECK(std::to_integer<unsigned>(correction->back()) >> used == 0);
      const auto own = read_correction(*correction, shape, correction).words();
      const auto sum = own + expand_share(others[0], 11, shape).words() + expand_share(others[1], 11, shape).words();
      CHECK(at::equal(at::bitwise_and(own, low(width)), own));
      CHECK(at::equal(at::bitwise_and(sum, low(width)), at::bitwise_and(clear, low(width))));
    }
  }
}

TEST_CASE("shares of 64 bits are read where they lie if they are aligned, and outlive the buffer's handle") {
  auto correction = std::make_shared<ByteVector>(17, std::byte{1});
  const DealtShape shape{.width = 64, .sizes = {2}};
  const auto* data = correction->data();
  const auto aligned = read_correction(std::span(*correction).first(16), shape, correction).words();
  const auto unaligned = read_correction(std::span(*correction).subspan(1), shape, correction).words();
  correction.reset();
  REQUIRE(aligned.const_data_ptr() == static_cast<const void*>(data));
  REQUIRE(at::equal(aligned, unaligned));
  REQUIRE(aligned[1].item<int64_t>() == 0x0101010101010101);
}

TEST_CASE("planes in whole tiles are read where they lie if they are aligned") {
  for (const int64_t count : {512, 1024, 1025}) {
    const DealtShape shape{.width = 0, .planes = 2, .count = count};
    const auto correction = std::make_shared<ByteVector>(shape.correction_bytes() + 8, std::byte{0x5a});
    const std::span<const std::byte> bytes(*correction);
    const auto aligned = read_correction(bytes.first(shape.correction_bytes()), shape, correction).words();
    const auto unaligned = read_correction(bytes.subspan(8), shape, correction).words();
    CHECK((aligned.const_data_ptr() == static_cast<const void*>(correction->data())) == (count % kTileElements == 0));
    CHECK(unaligned.const_data_ptr() != static_cast<const void*>(correction->data() + 8));
    CHECK(at::equal(aligned, unaligned));
  }
}

TEST_CASE("bit planes: shares XOR to the value, unused lanes are zero") {
  const int64_t count = GENERATE(1, 512, 517, 40'000);
  const DealtShape shape{.width = 0, .planes = 3, .count = count};
  auto clear = at::empty({tile_count(count), 3, kTileWords}, at::kLong);
  stream(9)->fill({reinterpret_cast<uint64_t*>(clear.mutable_data_ptr<int64_t>()), static_cast<size_t>(clear.numel())}, 0);
  const std::vector others{stream(1), stream(2)};
  ByteVector correction(shape.correction_bytes(), std::byte{});
  write_correction(clear, others, 5, shape, correction);
  const auto own = read_correction(correction, shape, nullptr).words();
  const auto first = expand_share(others[0], 5, shape).words(), second = expand_share(others[1], 5, shape).words();
  const auto sum = at::bitwise_xor(at::bitwise_xor(own, first), second);
  for (int plane = 0; plane < 3; ++plane) {
    REQUIRE(at::equal(bit_to_words(sum.narrow(1, plane, 1), count), bit_to_words(clear.narrow(1, plane, 1), count)));
    for (const auto& share : {own, first, second}) {
      const auto lanes = bit_to_words(share.narrow(1, plane, 1), tile_count(count) * 512);
      REQUIRE(lanes.slice(0, count).sum().item<int64_t>() == 0);
    }
  }
}

TEST_CASE("parts of a share are what lies there in the whole one, wherever they begin") {
  for (const int width : {1, 6, 8, 13, 40, 46, 57, 63, 64}) {
    const DealtShape shape{.width = width, .sizes = {3, 1501}};
    const auto source = stream(9);
    const auto whole = expand_share(source, 7, shape).words();
    ByteVector correction(shape.correction_bytes(), std::byte{});
    write_correction(whole, {}, 0, shape, correction);
    for (const auto& [first, count] : {std::pair{0, 4503}, std::pair{1, 1}, std::pair{1501, 700}, std::pair{3003, 1500}, std::pair{17, 2100}, std::pair{4502, 1}}) {
      std::vector<uint64_t> expanded(static_cast<size_t>(count)), read(static_cast<size_t>(count));
      expand_part(*source, 7, shape, first, expanded);
      read_part(correction, shape, first, read);
      const auto* expected = reinterpret_cast<const uint64_t*>(whole.const_data_ptr<int64_t>()) + first;
      CAPTURE(width, first, count);
      CHECK(std::equal(expanded.begin(), expanded.end(), expected));
      CHECK(std::equal(read.begin(), read.end(), expected));
    }
  }
}

TEST_CASE("words of a large share are made where they are read, but for those that lie in a correction as they are") {
  for (const int width : {16, 64}) {
    const DealtShape shape{.width = width, .sizes = {2, LazyWords::kFewest}};
    const auto source = stream(4);
    const auto share = expand_share(source, 9, shape);
    const auto correction = std::make_shared<ByteVector>(shape.correction_bytes(), std::byte{7});
    CHECK(!share.there());
    CHECK(read_correction(*correction, shape, correction).there() == (width == 64));
    std::vector<uint64_t> words(3000);
    expand_part(*source, 9, shape, 12345, words);
    CHECK(at::equal(share.words().flatten().narrow(0, 12345, 3000), at::from_blob(words.data(), {3000}, at::kLong)));
    CHECK(at::equal(share.words(), expand_share(source, 9, shape).words()));
  }
}
