#include "crypten_core/kernels/carry_chunks.h"

#include <catch2/catch.hpp>

#include "crypten_core/kernels/bit_slice.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

namespace {

at::Tensor and_of(const at::Tensor& a, const at::Tensor& b) { return at::bitwise_and(a, b); }
at::Tensor xor_of(const at::Tensor& a, const at::Tensor& b) { return at::bitwise_xor(a, b); }

// One chunk at bit 2 of two words, and what the dealer knows, in the clear.
struct ClearChunk {
  CarryChunk chunk;
  CarryOperands clear;  // masks and products as they are, not as shares
  at::Tensor a, b;      // the words' bits
};

ClearChunk chunk_of(int width, bool lift) {
  const int64_t bits = width + 3, tiles = 2;
  const auto planes = [&](int64_t count) { return random_words({tiles, count, kTileWords}); };
  const auto alpha = lift ? at::zeros({tiles, bits, kTileWords}, at::kLong) : planes(bits), beta = planes(bits), a = planes(bits),
             b = lift ? beta : planes(bits);
  const auto bit = [](const at::Tensor& words, int64_t i) { return words.narrow(1, i, 1); };
  ClearChunk all{{.low_bit = 2, .width = width}, {}, a, b};
  std::vector<at::Tensor> products;
  const auto deal = [&products](const at::Tensor& product) {
    products.push_back(product);
    return static_cast<int>(products.size()) - 1;
  };
  for (int i = 0; i < width; ++i) {
    for (unsigned above = 0; above < 1U << (width - 1 - i); ++above) {
      auto set = at::full({tiles, 1, kTileWords}, int64_t{-1});
      for (int l = 0; above >> l != 0; ++l)
        if (above >> l & 1) set = and_of(set, xor_of(bit(alpha, 3 + i + l), bit(beta, 3 + i + l)));
      const auto with_a = and_of(set, bit(alpha, 2 + i)), with_b = and_of(set, bit(beta, 2 + i));
      all.chunk.both.push_back(lift ? -1 : deal(and_of(with_a, bit(beta, 2 + i))));
      all.chunk.a.push_back(lift || above == 0 ? -1 : deal(with_a));
      all.chunk.b.push_back(!lift && above == 0 ? -1 : deal(with_b));
    }
    all.chunk.open_generated.push_back(2 * i), all.chunk.open_passed.push_back(2 * i + 1);
  }
  all.clear = {lift ? a : at::cat({xor_of(a, alpha), xor_of(b, beta)}, 1), at::cat({alpha, beta}, 1), at::cat(products, 1), bits, lift};
  return all;
}

}  // namespace

TEST_CASE("carries within a chunk: two parties' shares add up to those of the words") {
  for (const bool lift : {false, true}) {
    for (int width = 1; width <= 7; ++width) {
      INFO("width " << width << (lift ? ", lift" : ""));
      const auto [chunk, clear, a, b] = chunk_of(width, lift);
      const auto mask_share = random_words(clear.masks.sizes()), product_share = random_words(clear.products.sizes());
      const CarryOperands first{clear.words, mask_share, product_share, clear.word_bits, lift},
          second{clear.words, xor_of(clear.masks, mask_share), xor_of(clear.products, product_share), clear.word_bits, lift};
      const auto chunks = carry_chunks_of(numbers_of(std::vector{chunk}));
      const auto [generated, opened] = carry_chunks(first, chunks, 2 * width, true);
      const auto [generated2, opened2] = carry_chunks(second, chunks, 2 * width, false);
      const auto g = xor_of(generated, generated2), o = xor_of(opened, opened2);
      auto carry = at::zeros({2, 1, kTileWords}, at::kLong), passed = at::full({2, 1, kTileWords}, int64_t{-1});
      for (int j = 0; j < width; ++j) {
        const auto x = a.narrow(1, 2 + j, 1), y = b.narrow(1, 2 + j, 1);
        carry = xor_of(and_of(x, y), and_of(xor_of(x, y), carry)), passed = and_of(passed, xor_of(x, y));
        CHECK(at::equal(g.narrow(1, 2 + j, 1), carry));
        CHECK(at::equal(o.narrow(1, 2 * j, 1), carry));
        CHECK(at::equal(o.narrow(1, 2 * j + 1, 1), passed));
      }
    }
  }
}

TEST_CASE("carries within a chunk: what does not fit is refused") {
  const auto all = chunk_of(3, false);
  const auto with = [&](auto change) {
    auto chunk = all.chunk;
    change(chunk);
    return code_of([&] { carry_chunks(all.clear, std::vector{chunk}, 6, true); });
  };
  CHECK(with([](CarryChunk&) {}) == 0);
  CHECK(with([](CarryChunk& c) { c.low_bit = 4; }) == 160);
  CHECK(with([](CarryChunk& c) { c.both.pop_back(); }) == 160);
  CHECK(with([](CarryChunk& c) { c.both[1] = -1; }) == 160);
  CHECK(with([](CarryChunk& c) { c.a[1] = 1000; }) == 160);
  CHECK(with([](CarryChunk& c) { c.open_passed[0] = 6; }) == 160);
  CHECK(code_of([] { carry_chunks_of({0, 3, 1}); }) == 160);
}
