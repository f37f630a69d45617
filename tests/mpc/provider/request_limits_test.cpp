// Requests from the network: whatever the bytes are, the parser gives a request within the limits or an error, and takes no memory on their word.
#include "mpc/provider/request_limits.h"

#include <catch2/catch.hpp>

#include "request_examples.h"

using namespace crypten;

namespace {

using reference::mask;
using reference::mask_term;

Request share(TermRef term, int width = 64) { return {.body = ShareRequest{{{std::move(term), width}}}}; }

TermRef mask_of(std::vector<int64_t> sizes, std::vector<int64_t> strides, uint64_t offset = 0) {
  return {.kind = TermRef::Kind::mask, .masks = {{.offset = offset, .sizes = sizes, .strides = std::move(strides)}}, .sizes = sizes};
}

BitProductRequest bits(BitMaskRef first, BitMaskRef second) { return {{first, second}}; }

constexpr int64_t k31 = int64_t{1} << 31, kMost = INT64_MAX, kLeast = INT64_MIN;

}  // namespace

TEST_CASE("boundary shapes: refused by the check and by the parser alike") {
  TermRef kind = mask_term(mask({2}, 0));
  kind.kind = static_cast<TermRef::Kind>(4);
  const TermRef bit{.kind = TermRef::Kind::bit, .bit = {.count = 3}, .sizes = {2}};
  const std::vector<Request> absurd{
      share(mask_of({k31 + 1}, {0})),
      share(mask_of({-1}, {1})),
      share(mask_of({kLeast}, {1})),
      share(mask_of({kMost}, {1})),
      share(mask_of({kMost, kMost}, {0, 0})),
      share(mask_of({k31, 2}, {0, 0})),
      share(mask_of({k31, k31, k31}, {0, 0, 0})),
      share(mask_of({1 << 16, 1 << 16, 1 << 16, 1 << 16}, {0, 0, 0, 0})),  // the product wraps to zero
      share(mask_of({0, kMost}, {1, 1})),
      share(mask_of({1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1})),
      share(mask_of({2}, {-1})),
      share(mask_of({2}, {kMost})),
      share(mask_of({3}, {kMost / 2 + 1})),                                // the reach wraps
      share(mask_of({2, 2}, {int64_t{1} << 36, int64_t{1} << 36})),
      share(mask_of({2}, {int64_t{1} << 32})),                             // within the stream, but too much to expand
      share(mask_of({2}, {1}, kMaxPosition)),
      share(mask_of({2}, {1}, ~uint64_t{0})),
      share(mask_of({0}, {1}, ~uint64_t{0})),
      share(mask_of({2}, {})),
      share(mask_of({2}, {1, 1})),
      share(mask_term(mask({2}, 0)), 0),
      share(mask_term(mask({2}, 0)), 65),
      share(mask_term(mask({2}, 0)), -1),
      share({.kind = TermRef::Kind::mask, .sizes = {2}}),                                                          // no mask
      share({.kind = TermRef::Kind::mask, .masks = {mask({2}, 0)}, .sizes = {3}}),                                 // another size
      share({.kind = TermRef::Kind::mask, .masks = {mask({2}, 0), mask({1, 2}, 0)}, .sizes = {2}}),                // unequal summands
      share({.kind = TermRef::Kind::shifted, .shift = 64, .masks = {mask({2}, 0)}, .sizes = {2}}),
      share({.kind = TermRef::Kind::shifted, .shift = -1, .masks = {mask({2}, 0)}, .sizes = {2}}),
      share({.kind = TermRef::Kind::mask, .masks = MaskExpression(kMaxList + 1, mask({2}, 0)), .sizes = {2}}),
      share(kind),
      share(bit),
      {.body = ShareRequest{}},
      {.body = ShareRequest{std::vector<ShareRequest::Item>(kMaxList + 1, {mask_term(mask({2}, 0)), 64})}},
      {.body = ShareRequest{std::vector<ShareRequest::Item>(40, {mask_term(mask({1 << 26}, 0)), 64})}},            // too much together
      {.body = ProductRequest{}},
      {.body = ProductRequest{.op = Bilinear::conv2d({.padding = {kMost, 0}}), .pairs = {{mask_term(mask({1, 1, 2, 2}, 0)), mask_term(mask({1, 1, 2, 2}, 0)), 64}}}},
      share({.kind = TermRef::Kind::shifted, .shift = 1, .ring_bits = 65, .masks = {mask({2}, 0)}, .sizes = {2}}),
      share({.kind = TermRef::Kind::shifted, .shift = 9, .ring_bits = 9, .masks = {mask({2}, 0)}, .sizes = {2}}),
      share({.kind = TermRef::Kind::mask, .ring_bits = 9, .masks = {mask({2}, 0)}, .sizes = {2}}),
      {.body = PowerRequest{.masks = {}, .low_bits = 3, .high_bits = 3}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 0, .high_bits = 3}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = kMaxLowDigit + 1, .high_bits = 3}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = 0}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = kMaxHighDigit + 1}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = 3, .base = INT64_MAX}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = 3, .base = int64_t{60} << 56, .slope = int64_t{1} << 56}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 40, .high_bits = 3, .slope = INT64_MIN}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = 3, .width = 65}},
      {.body = PowerRequest{.masks = {mask({2}, 0)}, .low_bits = 3, .high_bits = 3, .sign = {mask_term(mask({2}, 0))}}},
      {.body = WordRequest{.word_bits = 0, .bits = {.count = 2}}},
      {.body = WordRequest{.word_bits = 65, .bits = {.count = 2}}},
      {.body = WordRequest{.bits = {.count = 2, .planes = 3, .plane = 1}}},
      {.body = WordRequest{.masks = {mask({2}, 0)}, .bits = {.count = 2}}},
      {.body = WordRequest{.kind = WordRequest::Kind::lift, .bits = {.count = 2}}},
      {.body = WordRequest{.kind = WordRequest::Kind::lift, .masks = {mask({2}, 0)}, .bits = {.count = 3}}},
      {.body = WordRequest{.kind = static_cast<WordRequest::Kind>(3), .bits = {.count = 2}}},
      {.body = OneHotRequest{}},
      {.body = OneHotRequest{.masks = {mask({2}, 0)}, .bits = 0}},
      {.body = OneHotRequest{.masks = {mask({2}, 0)}, .bits = kMaxTableBits + 1}},
      {.body = OneHotRequest{.masks = {mask({2}, 0)}, .first_bit = 64}},
      {.body = PermutationRequest{.keys = mask({1, 2}, 0)}},
      {.body = PermutationRequest{.rank = -1, .keys = mask({1, 2}, 0), .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = mask({2}, 0), .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = mask({2, 2}, 0), .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = mask({1, 3}, 0), .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = mask({1, 2}, 0), .masks = {{}}}},
      {.body = PermutationRequest{.keys = {.sizes = {1, 2}, .strides = {1, 1}}, .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = {.sizes = {1, 2}, .strides = {2, 1}, .factor = 2}, .masks = {{mask({2, 2}, 0)}}}},
      {.body = PermutationRequest{.keys = mask({1, 2}, 0), .masks = {{mask({2, 2}, 0)}, {mask({3, 2}, 0)}}}},
      {.body = ClassRequest{.masks = {}, .bits = {.count = 2}}},
      {.body = ClassRequest{.masks = {mask({2}, 0)}, .low_bit = 64, .bits = {.count = 2}}},
      {.body = ClassRequest{.masks = {mask({2}, 0)}, .chunks = 0, .bits = {.count = 2}}},
      {.body = ClassRequest{.masks = {mask({2}, 0)}, .chunks = kMaxClassChunks + 1, .bits = {.count = 2}}},
      {.body = ClassRequest{.masks = {mask({2}, 0)}, .bits = {.count = 3}}},
      {.body = ClassRequest{.masks = {mask({2}, 0)}, .bits = {.count = 2, .planes = 3, .plane = 1}}},
      {.body = HarmonicRequest{.masks = {}, .harmonics = {1}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {0}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {2, 2}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {kMaxHarmonic + 1}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .angle_bits = 0, .harmonics = {1}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .angle_bits = 33, .harmonics = {1}}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {1}, .scale_bits = 0}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {1}, .scale_bits = 31}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {1}, .width = 0}},
      {.body = HarmonicRequest{.masks = {mask({2}, 0)}, .harmonics = {1}, .width = 65}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .compared_bits = 63, .bits = {.count = 2, .planes = 40}, .first_bit = 2}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .compared_bits = 30, .bits = {.count = 2, .planes = 40}, .first_bit = -1}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .compared_bits = 30, .bits = {.count = 2, .planes = 40}, .low_bits = 3, .first_bit = 1}},
      {.body = CompareRequest{.masks = {}, .bits = {.count = 2, .planes = 40}}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .bits = {.count = 3, .planes = 40}}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .compared_bits = 0, .bits = {.count = 2, .planes = 40}}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .compared_bits = 65, .bits = {.count = 2, .planes = 40}}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .bits = {.count = 2, .planes = 40}, .low_bits = 64}},
      {.body = CompareRequest{.masks = {mask({2}, 0)}, .bits = {.count = 2, .planes = 40, .plane = 1}}},
      {.body = bits({.count = -1}, {.count = -1})},
      {.body = bits({.count = kMost}, {.count = kMost})},
      {.body = bits({.count = 2}, {.count = 3})},
      {.body = bits({.count = 2, .planes = 0}, {.count = 2})},
      {.body = bits({.count = 2, .planes = 4097}, {.count = 2})},
      {.body = bits({.count = 2, .plane = 1}, {.count = 2})},
      {.body = bits({.count = 2, .plane = -1}, {.count = 2})},
      {.body = bits({.offset = kMaxPosition, .count = 2}, {.count = 2})},
      {.body = bits({.offset = ~uint64_t{0}, .count = 2}, {.count = 2})},
      {.body = bits({.count = k31, .planes = 4096}, {.count = k31, .planes = 4096})},
      {.body = BitProductRequest{{{.count = 2}}}},
      {.body = BitProductRequest{std::vector<BitMaskRef>(9, {.count = 2})}},
  };
  for (size_t i = 0; i < absurd.size(); ++i) {
    CAPTURE(i);
    REQUIRE_FALSE(check_request(absurd[i]).ok());
    REQUIRE_FALSE(parse_request(canonical(absurd[i])).ok());
  }
}

TEST_CASE("boundary shapes that are allowed") {
  const std::vector<Request> allowed{
      share(mask_of({}, {})),
      share(mask_of({0}, {1})),
      share(mask_of({0, k31}, {1, 1})),
      share(mask_of({1 << 20}, {0})),
      share(mask_of({1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1})),
      share(mask_of({1}, {1}, kMaxPosition - 1)),
      share(mask_of({2}, {1}, kMaxPosition - 2)),
      share(mask_term(mask({2}, 0)), 1),
  };
  for (size_t i = 0; i < allowed.size(); ++i) {
    CAPTURE(i, check_request(allowed[i]).ToString());
    REQUIRE(check_request(allowed[i]).ok());
    REQUIRE(parse_request(canonical(allowed[i])).ok());
  }
}

TEST_CASE("truncated and extended requests are refused") {
  for (const Request& request : test::example_requests()) {
    const std::string bytes = canonical(request);
    bool refused = true;
    for (size_t length = 0; length < bytes.size(); ++length) refused = refused && !parse_request(std::string_view(bytes).substr(0, length)).ok();
    REQUIRE(refused);
    REQUIRE_FALSE(parse_request(bytes + '\0').ok());
  }
  REQUIRE_FALSE(parse_request(std::string(kMaxRequestBytes + 1, '\1')).ok());
}

TEST_CASE("mutated requests are refused, or parse to what their bytes say, within the limits") {
  std::mt19937 engine(3);
  size_t accepted = 0, tried = 0;
  bool sound = true;
  for (const Request& request : test::example_requests()) {
    const std::string bytes = canonical(request);
    for (int i = 0; i < 4000; ++i, ++tried) {
      std::string mutated = bytes;
      for (unsigned flips = engine() % 3 + 1; flips > 0; --flips) mutated[engine() % mutated.size()] = static_cast<char>(engine());
      const auto parsed = parse_request(mutated);
      if (!parsed.ok()) continue;
      ++accepted;
      sound = sound && canonical(*parsed) == mutated && check_request(*parsed).ok();
    }
  }
  REQUIRE(sound);
  REQUIRE(accepted > 100);
  REQUIRE(accepted < tried);
}

TEST_CASE("lengths that lie cost no memory") {
  std::string bytes = canonical(test::example_requests()[0]);
  for (size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::string lie = bytes;
    for (size_t i = 0; i < 4; ++i) lie[at + i] = '\xff';
    const auto parsed = parse_request(lie);
    if (parsed.ok()) REQUIRE(canonical(*parsed) == lie);
  }
}
