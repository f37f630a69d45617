#include "mpc/provider/dealer.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "crypten_core/error.h"
#include "crypten_core/power_of_two.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/permutation.h"
#include "mpc/provider/share_layout.h"
#include "mpc/provider/word_plan.h"
#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;
using reference::mask;
using reference::mask_term;

namespace {

// All ranks' shares, added (or XORed) up, tensor by tensor: what the request defines, if the dealer is right.
std::vector<at::Tensor> defined_by(const DealerStreams& streams, const Ring& ring, int corrected, Request request) {
  request.corrected = corrected;
  const auto shapes = dealt_shapes(request, ring);
  const std::string bytes = canonical(request);
  const auto correction = std::make_shared<const ByteVector>(deal(streams, ring, request));
  std::span<const std::byte> rest(*correction);
  uint64_t position = 0;
  std::vector<at::Tensor> sums;
  for (const auto& shape : shapes) {
    at::Tensor sum = read_correction(rest.first(shape.correction_bytes()), shape, correction).words().clone();
    for (int rank = 0; rank < static_cast<int>(streams.size()); ++rank) {
      if (rank == corrected) continue;
      const auto share = expand_share(streams[static_cast<size_t>(rank)]->outputs(sha256(std::as_bytes(std::span(bytes)))), position, shape).words();
      sum = shape.planes > 0 ? at::bitwise_xor(sum, share) : at::add(sum, share);
    }
    if (shape.width != 0 && shape.width < 64) sum = at::bitwise_and(sum, (int64_t{1} << shape.width) - 1);
    sums.push_back(sum);
    position += shape.stream_words();
    rest = rest.subspan(shape.correction_bytes());
  }
  REQUIRE(rest.empty());
  return sums;
}

at::Tensor low_bits(const at::Tensor& value, int width) { return width == 64 ? value : at::bitwise_and(value, (int64_t{1} << width) - 1); }

std::vector<TermRef> terms_of(std::vector<int64_t> sizes) {
  const auto count = reference::numel(sizes);
  const MaskExpression one{mask(sizes, 5)}, two{mask(sizes, 1000), mask(sizes, 3, 7)};
  const BitMaskRef bit{.call = 2, .offset = 11, .count = count, .planes = 3, .plane = 1};
  MaskExpression scaled{mask(sizes, 40)};
  scaled[0].factor = -3;
  return {
      {.kind = TermRef::Kind::mask, .masks = one, .sizes = sizes},
      {.kind = TermRef::Kind::mask, .masks = two, .sizes = sizes},
      {.kind = TermRef::Kind::mask, .masks = scaled, .sizes = sizes},
      {.kind = TermRef::Kind::shifted, .shift = 3, .masks = one, .sizes = sizes},
      {.kind = TermRef::Kind::shifted, .shift = 0, .masks = two, .sizes = sizes},
      {.kind = TermRef::Kind::top_bit, .masks = two, .sizes = sizes},
      {.kind = TermRef::Kind::shifted, .shift = 3, .ring_bits = 7, .masks = one, .sizes = sizes},
      {.kind = TermRef::Kind::top_bit, .ring_bits = 5, .masks = two, .sizes = sizes},
      {.kind = TermRef::Kind::bit, .bit = bit, .sizes = sizes},
      {.kind = TermRef::Kind::bit, .masks = one, .bit = bit, .sizes = sizes},
  };
}

}  // namespace

TEST_CASE("shares of every kind of term sum to the term, for every number of parties, corrected rank and width", "[slow]") {
  const int parties = GENERATE(1, 2, 3, 5);
  const int ring_bits = GENERATE(64, 8);
  const Ring ring{.bits = ring_bits};
  const auto streams = reference::streams(parties);
  for (int corrected = 0; corrected < parties; ++corrected) {
    for (const int width : {64, 1, 6, 8, 9, 16, 31, 40, 46, 48, 56, 63}) {
      ShareRequest body;
      for (const auto& sizes : {std::vector<int64_t>{7, 3}, {}, {0, 4}, {513}}) {
        for (auto& term : terms_of(sizes)) body.items.push_back({std::move(term), width});
      }
      const auto sums = defined_by(streams, ring, corrected, {.call = 1, .index = 9, .body = body});
      REQUIRE(sums.size() == body.items.size());
      for (size_t i = 0; i < sums.size(); ++i) {
        CAPTURE(parties, corrected, width, i);
        REQUIRE(at::equal(sums[i], low_bits(reference::term(streams, ring, body.items[i].term), width)));
      }
    }
  }
}

TEST_CASE("large shares, over several blocks and threads, sum to the term", "[slow]") {
  const auto streams = reference::streams(3);
  const int width = GENERATE(64, 16, 6, 46);
  const auto ref = mask({100003}, 1);
  const ShareRequest body{{{mask_term(ref), width}, {{.kind = TermRef::Kind::top_bit, .masks = {ref}, .sizes = ref.sizes}, width}}};
  const auto sums = defined_by(streams, {}, 2, {.body = body});
  for (size_t i = 0; i < 2; ++i) REQUIRE(at::equal(sums[i], low_bits(reference::term(streams, {}, body.items[i].term), width)));
}

TEST_CASE("shares of products sum to the product, for every bilinear operation", "[slow]") {
  const int parties = GENERATE(1, 2, 3, 5);
  const auto streams = reference::streams(parties);
  const Ring ring;
  struct Case {
    Bilinear op;
    std::vector<int64_t> a, b;
  };
  const Conv2dOptions grouped{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2};
  const std::vector<Case> cases{{Bilinear::elementwise(), {4, 1, 3}, {2, 1}}, {Bilinear::elementwise(), {}, {5}},
                                {Bilinear::matmul(), {3, 4}, {4, 2}},          {Bilinear::matmul(), {2, 3, 4}, {4, 2}},
                                {Bilinear::matmul(), {4}, {4}},                {Bilinear::conv2d({}), {2, 3, 5, 5}, {4, 3, 3, 2}},
                                {Bilinear::conv2d(grouped), {1, 4, 6, 7}, {6, 2, 3, 2}}};
  for (const auto& [op, a, b] : cases) {
    ProductRequest body{.op = op, .pairs = {}};
    for (const auto& x : terms_of(a)) {
      for (const auto& y : terms_of(b)) body.pairs.push_back({x, y, body.pairs.size() % 2 == 0 ? 64 : 13});
    }
    const auto sums = defined_by(streams, ring, parties - 1, {.body = body});
    for (size_t i = 0; i < sums.size(); ++i) {
      const auto x = reference::term(streams, ring, body.pairs[i].a), y = reference::term(streams, ring, body.pairs[i].b);
      CAPTURE(parties, op.name(), i);
      REQUIRE(at::equal(sums[i], low_bits(op(RingTensor(x), RingTensor(y)).words(), body.pairs[i].width)));
    }
  }
}

TEST_CASE("shares of sines and cosines of multiples of a mask sum to them, for every width of the angle") {
  const int parties = GENERATE(1, 2, 3, 5);
  const int angle_bits = GENERATE(28, 32, 4);
  const int scale_bits = GENERATE(18, 30);
  const auto streams = reference::streams(parties);
  const HarmonicRequest body{.masks = {mask({3, 5}, 7), mask({3, 5}, 99)}, .angle_bits = angle_bits, .harmonics = {1, 2, 5, 11}, .scale_bits = scale_bits, .width = 40};
  const auto sum = defined_by(streams, {}, parties - 1, {.body = body}).at(0);
  REQUIRE(sum.sizes() == at::IntArrayRef({8, 15}));
  double worst = 0;
  for (int64_t h = 0; h < 4; ++h) {
    for (int64_t i = 0; i < 15; ++i) {
      const double turns = std::ldexp(static_cast<double>(reference::low(reference::lambda_element(streams, body.masks, i), angle_bits)), -angle_bits);
      const double angle = 2 * M_PI * std::fmod(turns * body.harmonics[static_cast<size_t>(h)], 1.0);
      const auto value = [&](int64_t row) { return std::ldexp(static_cast<double>(sum[row][i].item<int64_t>() << 24 >> 24), -scale_bits); };
      worst = std::max({worst, std::abs(value(2 * h) - std::cos(angle)), std::abs(value(2 * h + 1) - std::sin(angle))});
    }
  }
  REQUIRE(worst < std::ldexp(0.5, -scale_bits) + 11 * 0x1p-28);
}

TEST_CASE("products of mask bits: every subset of two or more", "[slow]") {
  const int parties = GENERATE(1, 2, 5);
  const int factors = GENERATE(2, 3, 8);
  const int64_t count = GENERATE(1, 64, 700);
  const auto streams = reference::streams(parties);
  BitProductRequest body;
  for (int i = 0; i < factors; ++i) body.factors.push_back({.offset = static_cast<uint64_t>(100 * i), .count = count, .planes = 2, .plane = i % 2});
  const auto planes = defined_by(streams, {}, parties - 1, {.body = body}).at(0);
  REQUIRE(planes.size(1) == (1 << factors) - factors - 1);
  int plane = 0;
  for (int subset = 1; subset < 1 << factors; ++subset) {
    if (__builtin_popcount(static_cast<unsigned>(subset)) < 2) continue;
    const auto bits = bit_to_words(planes.narrow(1, plane++, 1), count);
    bool equal = true;
    for (int64_t i = 0; i < count; ++i) {
      uint64_t product = 1;
      for (int f = 0; f < factors; ++f) {
        if (subset >> f & 1) product &= reference::bit_element(streams, body.factors[static_cast<size_t>(f)], i);
      }
      equal = equal && bits[i].item<int64_t>() == static_cast<int64_t>(product);
    }
    REQUIRE(equal);
  }
}

TEST_CASE("shares of powers sum to the power of the low digit at the place of the high one, with its sign") {
  const int parties = GENERATE(1, 2, 3);
  const auto streams = reference::streams(parties);
  const BitMaskRef bit{.call = 2, .offset = 11, .count = 15, .planes = 3, .plane = 1};
  const MaskExpression masks{mask({3, 5}, 7), mask({3, 5}, 99)};
  PowerRequest body{.masks = masks, .low_bits = 5, .high_bits = 2, .base = whole_exponent(30), .slope = -exponent_of_e(1, 3), .width = 40, .sign = {}};
  if (parties != 2) body.sign = {{.kind = TermRef::Kind::bit, .shift = 9, .masks = masks, .bit = bit, .sizes = {3, 5}}};
  const auto sums = defined_by(streams, {}, parties - 1, {.body = body});
  REQUIRE(sums.size() == 4);
  for (int64_t i = 0; i < 15; ++i) {
    const uint64_t r = -reference::lambda_element(streams, masks, i), low = r & 31, high = r >> 5 & 3;
    const auto power = static_cast<int64_t>(std::llround(std::exp(-static_cast<double>(low) / 8) * 0x1p30));
    const bool negative = !body.sign.empty() && reference::term_element(streams, {}, body.sign[0], i) != 0;
    for (uint64_t u = 0; u < 4; ++u) {
      const int64_t expected = u == high ? (negative ? -power : power) : 0;
      REQUIRE(sums[u].flatten()[i].item<int64_t>() == (expected & ((int64_t{1} << 40) - 1)));
    }
  }
}

TEST_CASE("a size class is dealt one-hot tables of chunks and the products of its plan") {
  const auto streams = reference::streams(3);
  const int64_t count = 700;
  const auto& plan = class_plan(4, true, Ring{});
  const MaskExpression masks{mask({count}, 70)};
  const ClassRequest body{.masks = masks, .low_bit = 6, .chunks = 4, .both_signs = true, .bits = {.call = 1, .offset = 5, .count = count, .planes = plan.opened_bits}};
  const auto sums = defined_by(streams, {}, 2, {.call = 1, .body = body});
  REQUIRE(sums[0].size(1) == plan.table_planes);
  REQUIRE(sums[1].size(1) == plan.product_planes);
  bool right = true;
  const auto bit_of = [](const at::Tensor& planes, int64_t plane, int64_t i) { return planes[i / 512][plane][i % 512 / 64].item<int64_t>() >> (i % 64) & 1; };
  for (int64_t i = 0; i < count; i += 13) {
    const uint64_t r = -reference::lambda_element(streams, masks, i) >> 6;
    for (int chunk = 0; chunk < 4; ++chunk)
      for (uint64_t u = 0; u < 15; ++u) right = right && bit_of(sums[0], 15 * chunk + static_cast<int64_t>(u), i) == ((r >> 4 * chunk & 15) == u ? 1 : 0);
    for (size_t p = 0; p < plan.products.size(); p += 7) {
      int64_t product = 1;
      for (const int factor : plan.products[p]) {
        auto one = body.bits;
        one.plane = factor;
        product &= static_cast<int64_t>(reference::bit_element(streams, one, i));
      }
      right = right && bit_of(sums[1], static_cast<int64_t>(p), i) == product;
    }
  }
  REQUIRE(right);
}

TEST_CASE("sums of words are dealt the products of dealer-known bits that their plan names") {
  const auto kind = GENERATE(WordRequest::Kind::sum, WordRequest::Kind::carry, WordRequest::Kind::lift);
  const auto streams = reference::streams(3);
  const int64_t count = 700;
  const auto& plan = word_plan(kind, 64, Ring{});
  const bool lift = kind == WordRequest::Kind::lift;
  const MaskExpression masks = lift ? MaskExpression{mask({count}, 70)} : MaskExpression();
  const WordRequest body{.kind = kind, .masks = masks, .word_bits = 64, .bits = {.call = 1, .offset = 5, .count = count, .planes = plan.opened_bits}};
  const auto planes = defined_by(streams, {}, 2, {.call = 1, .body = body}).at(0);
  REQUIRE(planes.size(1) == static_cast<int64_t>(plan.products.size()));
  bool right = true;
  for (int64_t i = 0; i < count; i += 29) {
    const auto bit = [&](int plane) {
      auto one = body.bits;
      one.plane = plane;
      return reference::bit_element(streams, one, i);
    };
    for (size_t p = 0; p < plan.products.size(); p += 5) {
      uint64_t product = 1;
      for (const int factor : plan.products[p]) {
        if (factor >= 64) product &= bit(factor - 64);
        else product &= lift ? reference::lambda_element(streams, masks, i) >> factor & 1 : bit(factor) ^ bit(64 + factor);
      }
      right = right && (planes[i / 512][static_cast<int64_t>(p)][i % 512 / 64].item<int64_t>() >> (i % 64) & 1) == static_cast<int64_t>(product);
    }
  }
  REQUIRE(right);
}

TEST_CASE("a place in a table is dealt as a one-hot vector of bits of its mask, without the last entry") {
  const auto streams = reference::streams(2);
  const MaskExpression masks{mask({3, 5}, 7), mask({3, 5}, 99)};
  const auto vectors = defined_by(streams, {}, 1, {.body = OneHotRequest{.masks = masks, .first_bit = 3, .bits = 4}}).at(0);
  REQUIRE(vectors.sizes() == at::IntArrayRef({15, 15}));
  for (int64_t i = 0; i < 15; ++i)
    for (int64_t u = 0; u < 15; ++u) REQUIRE(vectors[u][i].item<int64_t>() == ((reference::lambda_element(streams, masks, i) >> 3 & 15) == static_cast<uint64_t>(u) ? 1 : 0));
}

TEST_CASE("masks are dealt with their rows in the order that one rank's words make") {
  const auto streams = reference::streams(3);
  const auto keys = mask({3, 2}, 500);
  const MaskExpression wide{mask({4, 2, 3}, 7)}, flat{mask({4, 2}, 99), mask({4, 2}, 300)};
  for (const int rank : {0, 1, 2}) {
    const auto sums = defined_by(streams, {}, 2, {.body = PermutationRequest{.rank = rank, .keys = keys, .masks = {wide, flat}}});
    auto words = at::empty({3, 2}, at::kLong);
    for (int64_t i = 0; i < 6; ++i) words.data_ptr<int64_t>()[i] = static_cast<int64_t>(reference::word(*streams[static_cast<size_t>(rank)]->masks(0), 500 + static_cast<uint64_t>(i)));
    const auto order = permutations(words, 4);
    for (int64_t row = 0; row < 4; ++row)
      for (int64_t column = 0; column < 2; ++column) {
        const int64_t from = order[row][column].item<int64_t>();
        REQUIRE(sums[1][row][column].item<int64_t>() == static_cast<int64_t>(reference::lambda_element(streams, flat, from * 2 + column)));
        for (int64_t k = 0; k < 3; ++k)
          REQUIRE(sums[0][row][column][k].item<int64_t>() == static_cast<int64_t>(reference::lambda_element(streams, wide, (from * 2 + column) * 3 + k)));
      }
  }
  REQUIRE_THROWS_AS(deal(streams, {}, {.body = PermutationRequest{.rank = 3, .keys = keys, .masks = {wide}}}), InvalidArgument);
}

TEST_CASE("the dealer is a pure function: the same request gives the same bytes, another request another stream") {
  const Request request{.call = 3, .index = 5, .corrected = 1, .body = ShareRequest{{{mask_term(mask({32}, 0)), 64}}}};
  const auto first = deal(reference::streams(2), {}, request);
  REQUIRE((deal(reference::streams(2), {}, request) == first));
  // Only the running number or the corrected rank differs: the same value under another stream.
  for (const Request& other : {Request{.call = 3, .index = 6, .corrected = 1, .body = request.body}, Request{.call = 4, .index = 5, .corrected = 1, .body = request.body},
                               Request{.call = 3, .index = 5, .corrected = 0, .body = request.body}}) {
    const auto second = deal(reference::streams(2), {}, other);
    REQUIRE(second.size() == first.size());
    for (size_t i = 0; i < first.size(); i += 8) REQUIRE(std::memcmp(first.data() + i, second.data() + i, 8) != 0);
  }
}

TEST_CASE("world size 1: the share is the value itself") {
  const auto streams = reference::streams(1);
  const auto term = mask_term(mask({10}, 2));
  const auto bytes = deal(streams, {}, {.body = ShareRequest{{{term, 64}}}});
  REQUIRE(std::memcmp(bytes.data(), reference::term(streams, {}, term).const_data_ptr(), bytes.size()) == 0);
}

TEST_CASE("the dealer refuses what fits no operation") {
  const auto streams = reference::streams(2);
  const ProductRequest misfit{.op = Bilinear::matmul(), .pairs = {{mask_term(mask({2, 3}, 0)), mask_term(mask({2, 3}, 9)), 64}}};
  REQUIRE_THROWS_AS(deal(streams, {}, {.body = misfit}), InvalidArgument);
  REQUIRE_THROWS_AS(deal(streams, {}, {.body = ShareRequest{}}), InvalidArgument);
  Request nobody{.body = ShareRequest{{{mask_term(mask({1}, 0)), 64}}}};
  for (const int rank : {2, -1}) {
    nobody.corrected = rank;
    REQUIRE_THROWS_AS(deal(streams, {}, nobody), InvalidArgument);
  }
}
