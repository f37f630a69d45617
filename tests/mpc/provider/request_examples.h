// One request of every kind, and random ones.
#pragma once

#include <random>
#include <vector>

#include "reference.h"

namespace crypten::test {

inline std::vector<Request> example_requests() {
  using reference::mask;
  const TermRef plain = reference::mask_term(mask({2, 3}, 7, 1));
  const TermRef shifted{.kind = TermRef::Kind::shifted, .shift = 16, .masks = {mask({2, 3}, 7), mask({2, 3}, 90, 2)}, .sizes = {2, 3}};
  const TermRef top{.kind = TermRef::Kind::top_bit, .masks = {mask({2, 3}, 7)}, .sizes = {2, 3}};
  const TermRef narrow{.kind = TermRef::Kind::top_bit, .ring_bits = 40, .masks = {mask({2, 3}, 7)}, .sizes = {2, 3}};
  const TermRef bit{.kind = TermRef::Kind::bit, .masks = {mask({6}, 0)}, .bit = {.call = 1, .offset = 3, .count = 6, .planes = 2, .plane = 1}, .sizes = {2, 3}};
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 1}, .groups = 1};
  const TermRef image = reference::mask_term(mask({1, 1, 4, 4}, 0)), kernel = reference::mask_term(mask({2, 1, 2, 2}, 99));
  return {
      {.call = 0, .index = 1, .body = ShareRequest{{{plain, 64}, {shifted, 48}, {top, 16}, {bit, 1}, {narrow, 44}}}},
      {.call = 1, .index = 2, .body = ProductRequest{.op = Bilinear::elementwise(), .pairs = {{plain, shifted, 64}, {top, bit, 16}}}},
      {.call = 1, .index = 3, .body = ProductRequest{.op = Bilinear::matmul(), .pairs = {{plain, reference::mask_term(mask({3, 2}, 50)), 64}}}},
      {.call = 1, .index = 4, .body = ProductRequest{.op = Bilinear::conv2d(options), .pairs = {{image, kernel, 64}}}},
      {.call = 1, .index = 5, .body = CompareRequest{.masks = {mask({10}, 4)}, .bits = {.call = 1, .offset = 77, .count = 10, .planes = 40}, .low_bits = 16}},
      {.call = 1,
       .index = 6,
       .body = CompareRequest{.kind = CompareRequest::Kind::equal, .masks = {mask({10}, 4)}, .compared_bits = 64, .bits = {.count = 10, .planes = 40}}},
      {.call = 1,
       .index = 8,
       .body = CompareRequest{.masks = {mask({10}, 4)}, .compared_bits = 48, .bits = {.count = 10, .planes = 29}, .first_bit = 15, .tables = false}},
      {.call = 2, .index = 9, .body = HarmonicRequest{.masks = {mask({2, 3}, 4)}, .harmonics = {1, 2, 5}, .scale_bits = 17}},
      {.call = 9, .index = 7, .body = BitProductRequest{{{.count = 5}, {.offset = 8, .count = 5, .planes = 3, .plane = 2}, {.count = 5}}}},
      {.call = 1,
       .index = 20,
       .body = PowerRequest{.masks = {mask({2, 3}, 7, 1)}, .low_bits = 19, .high_bits = 3, .base = int64_t{25} << 56, .slope = -1'585'267'068'834, .width = 54, .sign = {bit}}},
      {.call = 1, .index = 21, .body = ClassRequest{.masks = {mask({10}, 4, 1)}, .low_bit = 8, .chunks = 8, .both_signs = true, .bits = {.call = 1, .offset = 9, .count = 10, .planes = 300}}},
      {.call = 1, .index = 22, .body = WordRequest{.word_bits = 64, .bits = {.call = 1, .offset = 9, .count = 10, .planes = 221}}},
      {.call = 1, .index = 23, .body = WordRequest{.kind = WordRequest::Kind::carry, .word_bits = 64, .bits = {.call = 1, .offset = 9, .count = 10, .planes = 166}}},
      {.call = 1, .index = 24, .body = WordRequest{.kind = WordRequest::Kind::lift, .masks = {mask({10}, 4, 1)}, .word_bits = 64, .bits = {.call = 1, .offset = 9, .count = 10, .planes = 93}}},
      {.call = 1, .index = 25, .body = OneHotRequest{.masks = {mask({2, 3}, 4, 1), mask({2, 3}, 40)}, .first_bit = 16, .bits = 5}},
      {.call = 1, .index = 26, .body = PermutationRequest{.rank = 1, .keys = mask({3, 2}, 90, 1), .masks = {{mask({4, 2, 5}, 4, 1)}, {mask({4, 2}, 50), mask({4, 2}, 60, 1)}}}},
  };
}

// A request in which every field has one of few values, so that equal ones occur often.
inline Request random_request(std::mt19937& engine) {
  const auto pick = [&](int values) { return static_cast<int>(engine() % static_cast<unsigned>(values)); };
  const auto number = [&] { return static_cast<uint64_t>(pick(2)); };
  const auto expression = [&] {
    MaskExpression masks;
    for (int i = pick(2); i >= 0; --i) masks.push_back({.call = number(), .offset = number(), .sizes = {2}, .strides = {pick(2)}, .factor = pick(2) == 0 ? 1 : -1});
    return masks;
  };
  const auto bits = [&] { return BitMaskRef{.call = number(), .offset = number(), .count = 2, .planes = 40 + pick(2), .plane = 0}; };
  const auto term = [&] {
    TermRef one{.kind = static_cast<TermRef::Kind>(pick(4)), .shift = pick(2), .masks = expression(), .sizes = {2}};
    if (one.kind == TermRef::Kind::bit) one.bit = bits();
    if (one.kind == TermRef::Kind::shifted || one.kind == TermRef::Kind::top_bit) one.ring_bits = 40 * pick(2);
    return one;
  };
  Request request{.call = number(), .index = number(), .corrected = pick(2), .body = {}};
  switch (pick(10)) {
    case 0:
      request.body = ShareRequest{{{term(), 63 + pick(2)}}};
      break;
    case 1:
      request.body = ProductRequest{.op = pick(2) == 0 ? Bilinear::elementwise() : Bilinear::matmul(), .pairs = {{term(), term(), 64}}};
      break;
    case 2:
    {
      const auto kind = static_cast<CompareRequest::Kind>(pick(2));
      const int low_bits = kind == CompareRequest::Kind::less ? pick(2) : 0;
      request.body = CompareRequest{.kind = kind, .masks = expression(), .compared_bits = 62 + pick(2), .bits = bits(), .low_bits = low_bits,
                                    .first_bit = low_bits == 0 ? pick(2) : 0, .tables = low_bits != 0 || pick(2) == 0};
    }
      break;
    case 3:
      request.body = HarmonicRequest{.masks = expression(), .angle_bits = 27 + pick(2), .harmonics = {1 + pick(2), 3 + pick(2)}, .scale_bits = 17 + pick(2), .width = 40 + pick(2)};
      break;
    case 4:
      request.body = PowerRequest{.masks = expression(), .low_bits = 2 + pick(2), .high_bits = 1 + pick(2), .base = pick(2), .slope = pick(2) - 1, .width = 63 + pick(2), .sign = {}};
      if (auto sign = term(); sign.kind == TermRef::Kind::bit) std::get<PowerRequest>(request.body).sign = {sign};
      break;
    case 5:
      request.body = ClassRequest{.masks = expression(), .low_bit = pick(2), .chunks = 7 + pick(2), .both_signs = pick(2) == 0, .bits = bits()};
      break;
    case 6: {
      const auto kind = static_cast<WordRequest::Kind>(pick(3));
      request.body = WordRequest{.kind = kind, .masks = kind == WordRequest::Kind::lift ? expression() : MaskExpression(), .word_bits = 63 + pick(2), .bits = bits()};
      break;
    }
    case 7:
      request.body = OneHotRequest{.masks = expression(), .first_bit = pick(2), .bits = 1 + pick(2)};
      break;
    case 8:
      request.body = PermutationRequest{.rank = pick(2), .keys = reference::mask({1, 2}, number(), number()), .masks = {{reference::mask({2, 2}, number(), number())}}};
      break;
    default:
      request.body = BitProductRequest{std::vector<BitMaskRef>(static_cast<size_t>(2 + pick(2)), bits())};
  }
  return request;
}

}  // namespace crypten::test
