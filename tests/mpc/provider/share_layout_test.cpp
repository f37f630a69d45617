#include "mpc/provider/share_layout.h"

#include <catch2/catch.hpp>

#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

std::shared_ptr<const WordSource> stream(uint8_t seed) { return reference::streams(1, seed)[0]->outputs({}); }

// Element i of b bytes of a stream, byte by byte.
uint64_t element(const WordSource& source, uint64_t position, int bytes, int64_t i) {
  uint64_t value = 0;
  for (int b = 0; b < bytes; ++b) {
    const auto at = static_cast<uint64_t>(i * bytes + b);
    value |= (reference::word(source, position + at / 8) >> (8 * (at % 8)) & 0xff) << (8 * b);
  }
  return value;
}

}  // namespace

TEST_CASE("shares of b bytes lie back to back as little-endian integers") {
  const int bytes = GENERATE(range(1, 9));
  const DealtShape shape{.bytes = bytes, .sizes = {5001}};
  REQUIRE(shape.stream_words() == (5001 * static_cast<uint64_t>(bytes) + 7) / 8);
  const auto source = stream(1);
  const auto share = expand_share(*source, 3, shape);
  bool right = true;
  for (int64_t i = 0; i < 5001; ++i) right = right && static_cast<uint64_t>(share[i].item<int64_t>()) == element(*source, 3, bytes, i);
  REQUIRE(right);
}

TEST_CASE("a correction is the value without the other ranks' shares, for every width") {
  const int bytes = GENERATE(range(1, 9));
  const int64_t size = GENERATE(0, 1, 9, 70'001);
  const DealtShape shape{.bytes = bytes, .sizes = {size}};
  auto clear = at::empty({size}, at::kLong);
  stream(9)->fill({reinterpret_cast<uint64_t*>(clear.mutable_data_ptr<int64_t>()), static_cast<size_t>(size)}, 0);
  const std::vector others{stream(1), stream(2)};
  auto correction = std::make_shared<std::vector<std::byte>>(shape.correction_bytes());
  write_correction(clear, others, 11, shape, *correction);
  auto sum = read_correction(*correction, shape, correction) + expand_share(*others[0], 11, shape) + expand_share(*others[1], 11, shape);
  if (bytes < 8) {
    const int64_t low = (int64_t{1} << (8 * bytes)) - 1;
    sum = at::bitwise_and(sum, low);
    clear = at::bitwise_and(clear, low);
  }
  REQUIRE(at::equal(sum, clear));
}

TEST_CASE("shares of 8 bytes are read where they lie if they are aligned, and outlive the buffer's handle") {
  auto correction = std::make_shared<std::vector<std::byte>>(17, std::byte{1});
  const DealtShape shape{.bytes = 8, .sizes = {2}};
  const auto* data = correction->data();
  const auto aligned = read_correction(std::span(*correction).first(16), shape, correction);
  const auto unaligned = read_correction(std::span(*correction).subspan(1), shape, correction);
  correction.reset();
  REQUIRE(aligned.const_data_ptr() == static_cast<const void*>(data));
  REQUIRE(at::equal(aligned, unaligned));
  REQUIRE(aligned[1].item<int64_t>() == 0x0101010101010101);
}

TEST_CASE("bit planes: shares XOR to the value, unused lanes are zero") {
  const int64_t count = GENERATE(1, 512, 517, 40'000);
  const DealtShape shape{.bytes = 0, .planes = 3, .count = count};
  auto clear = at::empty({tile_count(count), 3, kTileWords}, at::kLong);
  stream(9)->fill({reinterpret_cast<uint64_t*>(clear.mutable_data_ptr<int64_t>()), static_cast<size_t>(clear.numel())}, 0);
  const std::vector others{stream(1), stream(2)};
  std::vector<std::byte> correction(shape.correction_bytes());
  write_correction(clear, others, 5, shape, correction);
  const auto own = read_correction(correction, shape, nullptr);
  const auto first = expand_share(*others[0], 5, shape), second = expand_share(*others[1], 5, shape);
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
  for (const int bytes : {1, 3, 5, 6, 8}) {
    const DealtShape shape{.bytes = bytes, .sizes = {3, 1501}};
    const auto source = stream(9);
    const auto whole = expand_share(*source, 7, shape);
    std::vector<std::byte> correction(shape.correction_bytes());
    write_correction(whole, {}, 0, shape, correction);
    for (const auto& [first, count] : {std::pair{0, 4503}, std::pair{1, 1}, std::pair{1501, 700}, std::pair{3003, 1500}, std::pair{4502, 1}}) {
      std::vector<uint64_t> expanded(static_cast<size_t>(count)), read(static_cast<size_t>(count));
      expand_part(*source, 7, shape, first, expanded);
      read_part(correction, shape, first, read);
      const auto* expected = reinterpret_cast<const uint64_t*>(whole.const_data_ptr<int64_t>()) + first;
      CAPTURE(bytes, first, count);
      CHECK(std::equal(expanded.begin(), expanded.end(), expected));
      CHECK(std::equal(read.begin(), read.end(), expected));
    }
  }
}
