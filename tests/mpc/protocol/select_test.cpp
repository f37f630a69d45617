#include "mpc/protocol/select.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::packed;
using testing::all_equal;
using testing::random_words_below;
using testing::words_of_all_magnitudes;

// What fn costs all parties together (rounds and bytes: each party's), and the value it gives, revealed.
template <class Fn>
std::pair<RingTensor, Cost> result_and_cost(int n, const RingTensor& plain, Fn fn) {
  const auto results = run_parties(n, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0);
    const auto before = party.cost();
    const ArithmeticShared y = fn(party, x);
    const auto cost = party.cost() - before;
    return std::pair(reveal(party, y), cost);
  });
  auto [value, cost] = results.back();
  for (const auto& result : results) {
    if (!result.first.equal(value)) value = RingTensor();
  }
  return {value, cost};
}

uint64_t compared(int64_t count) { return 8 * static_cast<uint64_t>(count) + packed(count, 31) + packed(count, 7) + packed(count, 1); }

// ⌊x / 2^shift⌋ and the nearest integer, half up.
at::Tensor floor_of(const RingTensor& x, int shift) { return shift_right_arithmetic(x, shift).words(); }
at::Tensor nearest(const RingTensor& x, int shift) { return shift_right_arithmetic(RingTensor(x.words() + (int64_t{1} << (shift - 1))), shift).words(); }

const std::vector<int64_t> kCounts{0, 1, 64, 511, 513, 2000};

}  // namespace

TEST_CASE("relu is exact on all of the ring, for any number of parties", "[mpc][select]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t count : kCounts) {
      CAPTURE(n, count);
      const auto plain = words_of_all_magnitudes(count);
      const auto [value, cost] = result_and_cost(n, plain, [](Party& party, const ArithmeticShared& x) { return relu(party, x); });
      CHECK(value.equal(RingTensor(plain.words().clamp_min(0))));
      CHECK(cost.rounds == 4);
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * compared(count));
      CHECK(cost.dealer_bytes == packed(count, 232) + packed(count, 96) + 16 * static_cast<uint64_t>(count));
      if (count == 512) CHECK(cost.dealer_bytes <= 60 * 512);
    }
  }
}

TEST_CASE("relu of views, of open values, of truncations and of public values", "[mpc][select]") {
  const auto plain = RingTensor(words_of_all_magnitudes(24 * 31).words().view({24, 31}));
  const auto small = random_words_below({600}, 40);
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0), y = share(party, small, small.sizes(), 1);
    std::vector<RingTensor> values;
    values.push_back(reveal(party, relu(party, x.view([](const at::Tensor& t) { return t.transpose(0, 1); }, true))));
    const auto before = party.cost();
    values.push_back(reveal(party, relu(party, x)));  // opened through its transpose
    values.push_back(RingTensor(at::scalar_tensor(static_cast<int64_t>((party.cost() - before).rounds), at::kLong)));
    const auto truncated = truncate(party, y, 16);
    values.push_back(reveal(party, truncated)), values.push_back(reveal(party, relu(party, truncated)));
    values.push_back(reveal(party, relu(party, party.public_share(plain))));
    return values;
  });
  for (const auto& values : results) {
    CHECK(values[0].equal(RingTensor(plain.words().transpose(0, 1).clamp_min(0))));
    CHECK(values[1].equal(RingTensor(plain.words().clamp_min(0))));
    CHECK(values[2].words().item<int64_t>() == 3 + 1);
    CHECK(values[4].equal(RingTensor(values[3].words().clamp_min(0))));
    CHECK(values[5].equal(RingTensor(plain.words().clamp_min(0))));
  }
}

TEST_CASE("Two relus in lanes take 4 rounds", "[mpc][select]") {
  const auto a = words_of_all_magnitudes(700), b = words_of_all_magnitudes(33);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
    ArithmeticShared p, q;
    const auto before = party.cost();
    party.together({[&] { p = relu(party, x); }, [&] { q = relu(party, y); }});
    const auto rounds = (party.cost() - before).rounds;
    return std::tuple(reveal(party, p), reveal(party, q), rounds);
  });
  for (const auto& [p, q, rounds] : results) {
    CHECK(p.equal(RingTensor(a.words().clamp_min(0))));
    CHECK(q.equal(RingTensor(b.words().clamp_min(0))));
    CHECK(rounds == 4);
  }
}

TEST_CASE("truncate_relu is the dithered quotient or zero: within one unit, 4 rounds, at most 58 dealer bytes", "[mpc][select]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t count : kCounts) {
      CAPTURE(n, count);
      auto plain = random_words_below({count}, 61);
      plain = RingTensor(at::bitwise_right_shift(plain.words(), at::arange(count, at::kLong).remainder(62)));
      const auto [value, cost] = result_and_cost(n, plain, [](Party& party, const ArithmeticShared& x) { return truncate_relu(party, x, 16); });
      const auto low = floor_of(plain, 16).clamp_min(0), error = value.words() - low;
      CHECK(error.ge(0).all().item<bool>());
      CHECK(error.le(1).all().item<bool>());
      CHECK(error.masked_select(plain.words().lt(0)).eq(0).all().item<bool>());
      CHECK(error.masked_select(plain.words().remainder(65536).eq(0)).eq(0).all().item<bool>());
      CHECK(cost.rounds == 4);
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * (8 * static_cast<uint64_t>(count) + packed(count, 23) + packed(count, 5) + packed(count, 1)));
      CHECK(cost.dealer_bytes == packed(count, 172) + packed(count, 64) + (10 + 8 + 10) * static_cast<uint64_t>(count));
      CHECK(packed(512, 172) + packed(512, 64) + 28 * 512 <= 58 * 512);
      CHECK(packed(512, 23) + packed(512, 5) + packed(512, 1) <= 4 * 512);
    }
  }
}

TEST_CASE("truncate_relu keeps exactly the quotients that are positive, of every shift", "[mpc][select]") {
  const auto plain = random_words_below({3000}, 60);
  for (const int shift : {1, 5, 16, 40, 59, 62}) {
    CAPTURE(shift);
    // Around zero, where the bits that are left out decide the sign of x but not that of the quotient.
    const auto near = RingTensor(plain.words().remainder(int64_t{1} << std::min(shift + 1, 60)) - (int64_t{1} << std::min(shift, 59)));
    const auto results = run_parties(2, [&](Party& party) {
      const auto x = share(party, near, near.sizes(), 0);
      const auto quotient = truncate(party, x, shift), kept = truncate_relu(party, x, shift);  // of one opening: the same dither
      return std::pair(reveal(party, quotient), reveal(party, kept));
    });
    for (const auto& [quotient, kept] : results) CHECK(kept.equal(RingTensor(quotient.words().clamp_min(0))));
  }
}

TEST_CASE("With a known range relu, truncate_relu and maximum are the same, for less", "[mpc][select]") {
  for (const int top : {4, 20, 37, 61}) {
    const auto inside = RingTensor(at::cat({random_words_below({800}, top).words(), at::tensor({int64_t{0}, int64_t{-1}, (int64_t{1} << top) - 1, 1 - (int64_t{1} << top)}, at::kLong)}));
    for (const int n : {1, 2, 3}) {
      CAPTURE(top, n);
      const auto [value, cost] = result_and_cost(n, inside, [=](Party& party, const ArithmeticShared& x) { return relu(party, x, top); });
      CHECK(value.equal(RingTensor(inside.words().clamp_min(0))));
      const auto whole = result_and_cost(n, inside, [](Party& party, const ArithmeticShared& x) { return relu(party, x); }).second;
      CHECK(cost.dealer_bytes <= whole.dealer_bytes);
      if (top < 40) CHECK(cost.dealer_bytes < 0.75 * static_cast<double>(whole.dealer_bytes));
      CHECK(cost.rounds == (top > 16 ? 4 : 2));
      const auto larger = result_and_cost(n, inside, [=](Party& party, const ArithmeticShared& x) { return maximum(party, x, -x, top + 1 < 63 ? top + 1 : 0); }).first;
      CHECK(larger.equal(RingTensor(inside.words().abs())));
    }
    const int shift = top / 2;
    const auto results = run_parties(2, [&](Party& party) {
      const auto x = share(party, RingTensor(inside.words().sign() * (inside.words().abs() - (int64_t{1} << shift)).clamp_min(0)), inside.sizes(), 0);
      const auto quotient = truncate(party, x, shift), kept = truncate_relu(party, x, shift, false, top), rounded = truncate_relu(party, x, shift, true, top);
      return std::tuple(reveal(party, quotient), reveal(party, kept), reveal(party, rounded), reveal(party, truncate_exact(party, x, shift)));
    });
    for (const auto& [quotient, kept, rounded, exact] : results) {
      CHECK(kept.equal(RingTensor(quotient.words().clamp_min(0))));
      CHECK(rounded.equal(RingTensor(exact.words().clamp_min(0))));
    }
  }
}

TEST_CASE("An exact truncate_relu is the rounded quotient or zero, whatever the masks: 4 rounds, at most 88 dealer bytes", "[mpc][select]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t count : kCounts) {
      CAPTURE(n, count);
      auto plain = random_words_below({count}, 61);
      plain = RingTensor(at::bitwise_right_shift(plain.words(), at::arange(count, at::kLong).remainder(62)));
      const auto [value, cost] = result_and_cost(n, plain, [](Party& party, const ArithmeticShared& x) { return truncate_relu(party, x, 16, true); });
      CHECK(value.equal(RingTensor(nearest(plain, 16).clamp_min(0))));
      CHECK(cost.rounds == 4);
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * compared(count));
      CHECK(cost.dealer_bytes == packed(count, 232) + packed(count, 96) + (10 + 8 + 8 + 18) * static_cast<uint64_t>(count));
      CHECK(packed(512, 232) + packed(512, 96) + 44 * 512 <= 88 * 512);
    }
  }
}

TEST_CASE("Exact quotients for every shift", "[mpc][select]") {
  const auto plain = random_words_below({200}, 60);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0);
    std::vector<RingTensor> values;
    for (int shift = 1; shift <= 60; ++shift) values.push_back(reveal(party, truncate_relu(party, x, shift, true))), values.push_back(reveal(party, truncate_exact(party, x, shift)));
    return values;
  });
  for (int shift = 1; shift <= 60; ++shift) {
    CAPTURE(shift);
    const auto expected = nearest(plain, shift);
    CHECK(results[0][static_cast<size_t>(2 * shift - 2)].equal(RingTensor(expected.clamp_min(0))));
    CHECK(results[0][static_cast<size_t>(2 * shift - 1)].equal(RingTensor(expected)));
  }
}

TEST_CASE("truncate_exact takes 3 rounds, 9 bytes and at most 29 dealer bytes, and is open for a product", "[mpc][select]") {
  for (const int n : {1, 2, 3}) {
    const auto plain = random_words_below({512}, 61), factor = random_words_below({512}, 12);
    const auto [value, cost] = result_and_cost(n, plain, [](Party& party, const ArithmeticShared& x) { return truncate_exact(party, x, 16); });
    CHECK(value.equal(RingTensor(nearest(plain, 16))));
    CHECK(cost.rounds == 3);
    CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * 9 * 512);
    CHECK(cost.dealer_bytes <= 29 * 512);
    const auto results = run_parties(n, [&](Party& party) {
      const auto t = truncate_exact(party, share(party, plain, plain.sizes(), 0), 16), f = share(party, factor, factor.sizes(), 0);
      const auto before = party.cost();
      const auto product = multiply(party, t, f);
      return (party.cost() - before).bytes_sent == static_cast<uint64_t>(n - 1) * 8 * 512 ? reveal(party, product) : RingTensor();
    });
    CHECK(all_equal(results, RingTensor(nearest(plain, 16) * factor.words())));
  }
}

TEST_CASE("select and bit_to_ring are local", "[mpc][select]") {
  const auto plain = words_of_all_magnitudes(520), other = testing::random_words({520});
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, plain, plain.sizes(), 0), y = share(party, other, other.sizes(), n - 1);
      const auto bit = is_negative(party, x);
      open(party, {mask(party, y)});
      const auto before = party.cost();
      const auto chosen = select(party, bit, y), refused = select(party, ~bit, y), known = select(party, bit, party.public_share(other));
      const auto number = bit_to_ring(party, bit);
      auto cost = party.cost() - before;
      const bool local = cost.rounds == 0 && cost.bytes_sent == 0 && cost.dealer_bytes == (16 + 16 + 8 + 8) * 520;
      // What is masked-open needs no opening in a product.
      const auto squared = square(party, number), twice = multiply(party, known, number);
      const bool open_already = (party.cost() - before).rounds == 0;
      std::vector<RingTensor> values;
      for (const auto& value : {chosen, refused, known, number, squared, twice}) values.push_back(local && open_already ? reveal(party, value) : RingTensor());
      return values;
    });
    const auto negative = (plain.words() < 0).to(at::kLong);
    const std::vector<at::Tensor> expected{negative * other.words(), (1 - negative) * other.words(), negative * other.words(), negative, negative, negative * other.words()};
    for (const auto& values : results) {
      for (size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        REQUIRE(values[i].defined());
        CHECK(values[i].equal(RingTensor(expected[i])));
      }
    }
  }
}

TEST_CASE("maximum of two broadcasts", "[mpc][select]") {
  const auto a = random_words_below({7, 90}, 61), b = random_words_below({90}, 61);
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) { return reveal(party, maximum(party, share(party, a, a.sizes(), 0), share(party, b, b.sizes(), 0))); });
    CHECK(all_equal(results, RingTensor(at::maximum(a.words(), b.words()))));
  }
}

TEST_CASE("In a small ring, relu, exact truncation and their fusion are right for every value under every mask that occurs", "[mpc][select]") {
  // Five bits: x in −8 … 8 for the quotients, everything for relu; each value under 64 masks.
  const auto all = at::arange(-16, 16, at::kLong).repeat({64}), inner = at::arange(-8, 8, at::kLong).repeat({64});
  RunPartiesOptions options;
  options.local.ring = {.bits = 5, .chunk_bits = 2, .arity = 2};
  const auto in_ring = [](const at::Tensor& t) { return low_bits(RingTensor(t), 5); };
  for (const int n : {1, 2}) {
    for (const int shift : {1, 2, 3}) {
      CAPTURE(n, shift);
      const auto fits = inner.clamp_max(8 - (1 << (shift - 1)));
      const auto results = run_parties(n, [&](Party& party) {
        const auto x = share(party, RingTensor(all), all.sizes(), 0), y = share(party, RingTensor(fits), fits.sizes(), 0);
        return std::vector<RingTensor>{reveal(party, relu(party, x)), reveal(party, truncate_exact(party, y, shift)), reveal(party, truncate_relu(party, y, shift, true)),
                                       reveal(party, truncate_relu(party, y, shift))};
      }, options);
      CHECK(results[0][0].equal(in_ring(all.clamp_min(0))));
      CHECK(results[0][1].equal(in_ring(nearest(RingTensor(fits), shift))));
      CHECK(results[0][2].equal(in_ring(nearest(RingTensor(fits), shift).clamp_min(0))));
      const auto error = results[0][3].words() - floor_of(RingTensor(fits), shift).clamp_min(0);
      CHECK((error.ge(0).all().item<bool>() && error.le(1).all().item<bool>()));
    }
  }
}

TEST_CASE("Shifts out of range are refused", "[mpc][select]") {
  const auto plain = words_of_all_magnitudes(4);
  const auto results = run_parties(1, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0);
    std::vector<int> codes;
    for (const int shift : {-1, 0, 63, 64}) {
      for (const bool exact : {false, true}) codes.push_back(code_of<InvalidArgument>([&] { truncate_relu(party, x, shift, exact); }));
      codes.push_back(code_of<InvalidArgument>([&] { truncate_exact(party, x, shift); }));
    }
    return codes;
  });
  CHECK(results[0] == std::vector<int>(12, 300));
}

}  // namespace crypten
