#include "mpc/protocol/compare.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/compare_cases.h"
#include "tests/support/recorded_wire.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::packed;
using testing::all_equal;
using testing::words_of_all_magnitudes;

RingTensor as_numbers(const at::Tensor& truth) { return RingTensor(truth.to(at::kLong)); }

struct Measured {
  RingTensor value;
  Cost cost;
};

// The bit of every element, revealed, and what finding it cost each party.
template <class Fn>
Measured measured(int n, const RingTensor& plain, Fn compare) {
  const auto results = run_parties(n, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), n - 1);
    const auto before = party.cost();
    const MaskedBits bits = compare(party, x);
    const auto cost = party.cost() - before;
    return Measured{reveal(party, bit_to_ring(party, bits)), cost};
  });
  Measured all = results[0];
  for (const auto& result : results) {
    if (!result.value.equal(all.value)) all.value = RingTensor();
    CHECK(result.cost == all.cost);
  }
  return all;
}

}  // namespace

TEST_CASE("is_negative and is_zero are exact on all of the ring, for any number of parties and elements", "[mpc][compare]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t count : {0, 1, 63, 64, 65, 511, 512, 513, 2000}) {
      if (n > 3 && count > 65 && count != 513) continue;
      CAPTURE(n, count);
      const auto plain = words_of_all_magnitudes(count);
      CHECK(measured(n, plain, is_negative).value.equal(as_numbers(plain.words() < 0)));
      CHECK(measured(n, plain, is_zero).value.equal(as_numbers(plain.words() == 0)));
    }
  }
}

TEST_CASE("Many comparisons of every magnitude are exact", "[mpc][compare]") {
  const auto plain = words_of_all_magnitudes(100'000);
  CHECK(measured(2, plain, is_negative).value.equal(as_numbers(plain.words() < 0)));
  const auto sparse = RingTensor(plain.words() * at::arange(100'000, at::kLong).remainder(3).clamp_max(1));
  CHECK(measured(2, sparse, is_zero).value.equal(as_numbers(sparse.words() == 0)));
}

TEST_CASE("A comparison takes 4 rounds, at most 13 bytes and 43 dealer bytes an element, to the byte", "[mpc][compare]") {
  for (const int n : {1, 2, 3}) {
    for (const int64_t count : {1, 512, 600}) {
      CAPTURE(n, count);
      const auto peers = static_cast<uint64_t>(n - 1);
      const auto plain = words_of_all_magnitudes(count);
      const auto negative = measured(n, plain, is_negative).cost;
      CHECK(negative.rounds == 4);
      CHECK(negative.bytes_sent == peers * (8 * static_cast<uint64_t>(count) + packed(count, 31) + packed(count, 7) + packed(count, 1)));
      CHECK(negative.dealer_bytes == packed(count, 232) + packed(count, 96));
      const auto zero = measured(n, plain, is_zero).cost;
      CHECK(zero.rounds == 4);
      CHECK(zero.bytes_sent == peers * (8 * static_cast<uint64_t>(count) + packed(count, 16) + packed(count, 4) + packed(count, 1)));
      CHECK(zero.dealer_bytes == packed(count, 240) + packed(count, 55));
      if (count == 512) {
        CHECK(negative.bytes_sent <= peers * 13 * 512);
        CHECK(negative.dealer_bytes <= 43 * 512);
      }
    }
  }
}

TEST_CASE("A comparison that ends in shares is exact, and takes one round and one opened bit less", "[mpc][compare]") {
  using Kind = Comparison::Kind;
  const auto shared = [](int n, const RingTensor& plain, Kind kind, int top) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, plain, plain.sizes(), 0);
      const auto before = party.cost();
      Comparison comparison(party, mask(party, x), kind, 0, {.top = top}, Comparison::Outcome::shared);
      const auto bits = comparison.share(party);
      const auto cost = party.cost() - before;
      return Measured{reveal(party, to_arithmetic(party, bits)), cost};
    });
    for (const auto& result : results) CHECK(result.value.equal(results[0].value));
    return results.back();
  };
  for (const int n : {1, 2, 3}) {
    for (const int64_t count : {1, 600}) {
      CAPTURE(n, count);
      const auto peers = static_cast<uint64_t>(n - 1), elements = static_cast<uint64_t>(count);
      const auto plain = words_of_all_magnitudes(count);
      const auto negative = shared(n, plain, Kind::negative, 0);
      CHECK(negative.value.equal(as_numbers(plain.words() < 0)));
      CHECK(negative.cost == Cost{3, peers * (8 * elements + packed(count, 31) + packed(count, 7)), packed(count, 232) + packed(count, 96) + (elements + 7) / 8});
      const auto zero = shared(n, plain, Kind::zero, 0);
      CHECK(zero.value.equal(as_numbers(plain.words() == 0)));
      CHECK(zero.cost == Cost{3, peers * (8 * elements + packed(count, 16) + packed(count, 4)), packed(count, 240) + packed(count, 55)});
      // Of a range of one chunk the first bits are the result: nothing is opened but x.
      const auto few = RingTensor(at::arange(count, at::kLong).remainder(16) - 8);
      for (const int top : {3, 10}) {
        const auto narrow = shared(n, few, Kind::negative, top);
        CHECK(narrow.value.equal(as_numbers(few.words() < 0)));
        CHECK(narrow.cost.rounds == (top == 3 ? 1 : 2));
      }
    }
  }
  const auto codes = run_parties(2, [](Party& party) {
    const auto x = mask(party, share(party, RingTensor::zeros({3}), {3}, 0));
    using Outcome = Comparison::Outcome;
    return codes_of<InvalidArgument>([&] { Comparison(party, x, Kind::negative, 16, {}, Outcome::shared); }, [&] { Comparison(party, x, Kind::negative).share(party); },
                                     [&] { Comparison(party, x, Kind::negative, 0, {}, Outcome::shared).finish(party); });
  });
  for (const auto& of_rank : codes) CHECK(of_rank == std::vector{300, 300, 300});
}

TEST_CASE("An open value is compared in 3 rounds and at most 5 bytes", "[mpc][compare]") {
  const auto plain = words_of_all_magnitudes(512);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0);
    open(party, {mask(party, x)});
    const auto before = party.cost();
    const auto bits = is_negative(party, x);
    const auto cost = party.cost() - before;
    return cost.rounds == 3 && cost.bytes_sent <= 5 * 512 ? reveal(party, bit_to_ring(party, bits)) : RingTensor();
  });
  CHECK(all_equal(results, as_numbers(plain.words() < 0)));
}

TEST_CASE("Views, differences of open values and public values compare as themselves", "[mpc][compare]") {
  const auto plain = RingTensor(words_of_all_magnitudes(24 * 31).words().view({24, 31}));
  const auto row = words_of_all_magnitudes(24);
  const auto apart = at::randint(-1000, 1000, {24, 31}, at::kLong);
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0), y = share(party, row, row.sizes(), 1), z = share(party, RingTensor(apart), apart.sizes(), 2);
    open(party, {mask(party, z)});
    const auto turned = x.view([](const at::Tensor& t) { return t.transpose(0, 1); }, true);
    const auto part = z.view([](const at::Tensor& t) { return t.slice(1, 3, 29, 2); }, false);
    const auto wide = y.view([](const at::Tensor& t) { return t.unsqueeze(1).expand({24, 5}); }, true);
    const auto known = party.public_share(row);
    std::vector<RingTensor> bits;
    for (const auto& value : {turned, wide, part, z - share(party, RingTensor(apart), apart.sizes(), 0), known})
      bits.push_back(reveal(party, bit_to_ring(party, is_negative(party, value))));
    return bits;
  });
  for (const auto& bits : results) {
    CHECK(bits[0].equal(as_numbers(plain.words().transpose(0, 1) < 0)));
    CHECK(bits[1].equal(as_numbers(row.words().unsqueeze(1).expand({24, 5}) < 0)));
    CHECK(bits[2].equal(as_numbers(apart.slice(1, 3, 29, 2) < 0)));
    CHECK(bits[3].equal(RingTensor::zeros({24, 31})));
    CHECK(bits[4].equal(as_numbers(row.words() < 0)));
  }
}

TEST_CASE("The difference of two open values is compared without opening it", "[mpc][compare]") {
  const auto a = testing::random_words_below({100}, 61), b = testing::random_words_below({100}, 61);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
    open(party, {mask(party, x), mask(party, y)});
    const auto before = party.cost();
    const auto bits = is_negative(party, x - y);
    return (party.cost() - before).rounds == 3 ? reveal(party, bit_to_ring(party, bits)) : RingTensor();
  });
  CHECK(all_equal(results, as_numbers(a.words() < b.words())));
}

TEST_CASE("The borrow of the low bits comes with a comparison, or alone in fewer rounds", "[mpc][compare]") {
  const auto plain = words_of_all_magnitudes(700);
  for (const int low : {1, 7, 16, 20, 33, 63}) {
    CAPTURE(low);
    const auto results = run_parties(2, [&](Party& party) {
      const auto x = share(party, plain, plain.sizes(), 0);
      const auto X = mask(party, x);
      Comparison both(party, X, Comparison::Kind::negative, low), alone(party, X, Comparison::Kind::borrow, low);
      const auto bit = both.finish(party), borrow = alone.finish(party);
      // The dealer's r, from the opening: r = −λ = Y − x.
      const auto Y = low_bits(X->value, low), r = low_bits(X->value - plain, low);
      const auto expected = low == 64 ? at::lt(Y.words(), r.words()) : Y.words() < r.words();
      const auto a = reveal(party, bit_to_ring(party, both.low())), b = reveal(party, bit_to_ring(party, borrow));
      const bool good = a.equal(as_numbers(expected)) && b.equal(as_numbers(expected));
      return good ? reveal(party, bit_to_ring(party, bit)) : RingTensor();
    });
    CHECK(all_equal(results, as_numbers(plain.words() < 0)));
  }
}

TEST_CASE("With a known range a comparison looks at its bits only, and is exact in it", "[mpc][compare]") {
  for (const int top : {1, 4, 16, 17, 33, 62}) {
    const int64_t limit = int64_t{1} << top;
    const auto spread = at::bitwise_right_shift(testing::random_words_below({700}, top).words(), at::arange(700, at::kLong).remainder(top));
    const auto plain = RingTensor(at::cat({at::tensor({int64_t{0}, int64_t{-1}, limit - 1, -limit}, at::kLong), spread}));
    for (const int n : {1, 2, 3}) {
      CAPTURE(top, n);
      const auto in_range = [top](Comparison::Kind kind) { return [=](Party& party, const ArithmeticShared& x) { return Comparison(party, mask(party, x), kind, 0, {.top = top}).finish(party); }; };
      const auto negative = measured(n, plain, in_range(Comparison::Kind::negative)), zero = measured(n, plain, in_range(Comparison::Kind::zero));
      CHECK(negative.value.equal(as_numbers(plain.words() < 0)));
      const auto inside = plain.words() != -limit;  // that is 0 modulo 2^top
      CHECK(zero.value.words().masked_select(inside).equal((plain.words() == 0).masked_select(inside).to(at::kLong)));
      const auto whole = measured(n, plain, is_negative).cost;
      CHECK(negative.cost.dealer_bytes <= whole.dealer_bytes);
      CHECK(negative.cost.bytes_sent <= whole.bytes_sent);
      CHECK(negative.cost.rounds == (top <= 4 ? 2 : top <= 16 ? 3 : 4));
      if (top <= 33) CHECK(negative.cost.dealer_bytes <= (0.65 * top + 1) * 1024);  // 704 elements: two tiles
    }
  }
}

TEST_CASE("Without its lowest bits a comparison may take the smallest negative numbers for others, and no more", "[mpc][compare]") {
  for (const int first : {1, 8, 30}) {
    for (const int top : {0, 40}) {
      CAPTURE(first, top);
      const int64_t step = int64_t{1} << first;
      const auto near = testing::random_words_below({2000}, first + 2).words();
      const auto plain = RingTensor(at::cat({at::tensor({int64_t{0}, int64_t{-1}, -step, -step - 1, step}, at::kLong), near}));
      const auto found = measured(2, plain, [=](Party& party, const ArithmeticShared& x) {
        return Comparison(party, mask(party, x), Comparison::Kind::negative, 0, {.top = top, .first = first}).finish(party);
      });
      const auto said = found.value.words() == 1, fuzzy = (plain.words() < 0).logical_and(plain.words() >= -step);
      CHECK(said.equal(at::where(fuzzy, said, plain.words() < 0)));
      CHECK(fuzzy.logical_and(said).any().item<bool>());
      CHECK(fuzzy.logical_and(said.logical_not()).any().item<bool>());  // each of some 250 with probability 1/2 or so
      CHECK(found.cost.dealer_bytes < measured(2, plain, is_negative).cost.dealer_bytes);
    }
  }
}

TEST_CASE("In a small ring, every value under every mask that occurs compares exactly", "[mpc][compare]") {
  for (const Ring ring : {Ring{.bits = 4, .chunk_bits = 2, .arity = 2}, Ring{.bits = 4, .chunk_bits = 1, .arity = 2}, Ring{.bits = 5, .chunk_bits = 2, .arity = 3}}) {
    const int64_t size = int64_t{1} << ring.bits;
    // 64 masks for each value: each of the 16 or 32 possible ones is missing with probability below 2^-4 · 0.13; all values share one statement.
    const auto plain = RingTensor(at::arange(size, at::kLong).repeat({64}));
    RunPartiesOptions options;
    options.local.ring = ring;
    for (const int n : {1, 2, 3}) {
      CAPTURE(ring.bits, ring.chunk_bits, n);
      const auto results = run_parties(n, [&](Party& party) {
        const auto x = share(party, plain, plain.sizes(), 0);
        const auto negative = is_negative(party, x), zero = is_zero(party, x);
        Comparison low(party, mask(party, x), Comparison::Kind::negative, 2);
        const auto again = low.finish(party);
        Comparison narrow(party, mask(party, x), Comparison::Kind::negative, 0, {.top = 2}), coarse(party, mask(party, x), Comparison::Kind::negative, 0, {.first = 1});
        const auto few = narrow.finish(party), rough = coarse.finish(party);
        return std::vector<RingTensor>{reveal(party, bit_to_ring(party, negative)), reveal(party, bit_to_ring(party, zero)), reveal(party, bit_to_ring(party, again)),
                                       reveal(party, bit_to_ring(party, few)), reveal(party, bit_to_ring(party, rough))};
      }, options);
      for (const auto& bits : results) {
        CHECK(bits[0].equal(as_numbers(plain.words() >= size / 2)));
        CHECK(bits[1].equal(as_numbers(plain.words() == 0)));
        CHECK(bits[2].equal(bits[0]));
        const auto inside = at::logical_or(plain.words() < 4, plain.words() >= size - 4), exact = (plain.words() < size - 2).logical_and(plain.words() != size / 2 - 1);
        CHECK(bits[3].words().masked_select(inside).equal(bits[0].words().masked_select(inside)));
        CHECK(bits[4].words().masked_select(exact).equal(bits[0].words().masked_select(exact)));
      }
    }
  }
}

TEST_CASE("Every opened bit is unbiased, and no two are correlated, whatever is compared", "[mpc][compare][secrecy]") {
  constexpr int64_t kCount = 512 * 40;
  for (const int64_t constant : {int64_t{0}, int64_t{-1}, int64_t{65536}}) {
    const auto plain = RingTensor(at::full({kCount}, constant, at::kLong));
    testing::RecordedWire wire;
    RunPartiesOptions options;
    options.local.tap = wire.tap();
    run_parties(2, [&](Party& party) { is_negative(party, share(party, plain, plain.sizes(), 0)); }, options);
    const auto sent = wire.payloads(0, 1), answered = wire.payloads(1, 0);
    REQUIRE(sent.size() == 4);
    std::vector<at::Tensor> planes;
    for (size_t round = 1; round < 4; ++round) {
      const int64_t count = std::array<int64_t, 4>{0, 31, 7, 1}[round];
      REQUIRE(sent[round].size() == packed(kCount, count));
      const auto opened = at::bitwise_xor(unpack(sent[round], kCount, count), unpack(answered[round], kCount, count));
      for (int64_t p = 0; p < count; ++p) planes.push_back(bit_to_words(opened.narrow(1, p, 1), kCount));
    }
    // Of N fair bits the number of ones lies within 6.5 standard deviations (√N / 2) but once in 10^10; 39 planes and 741 pairs are looked at.
    const double bound = 6.5 * std::sqrt(static_cast<double>(kCount)) / 2;
    for (size_t i = 0; i < planes.size(); ++i) {
      for (size_t j = i; j < planes.size(); ++j) {
        const auto together = i == j ? planes[i] : at::bitwise_xor(planes[i], planes[j]);
        const double ones = static_cast<double>(together.sum().item<int64_t>());
        if (std::abs(ones - static_cast<double>(kCount) / 2) > bound) FAIL_CHECK("planes " << i << " and " << j << ": " << ones << " ones of " << kCount);
      }
    }
  }
}

TEST_CASE("The ledger names comparisons and counts their bits", "[mpc][compare]") {
  const auto plain = words_of_all_magnitudes(10);
  const auto results = run_parties(2, [&](Party& party) {
    is_negative(party, share(party, plain, plain.sizes(), 0));
    const auto& opened = party.ledger().openings();
    int64_t bits = 0;
    for (const auto& [verb, entry] : opened) bits += entry.bits;
    return opened.size() == 1 && opened.begin()->first == "compare" && party.ledger().reveals().empty() ? bits : -1;
  });
  for (const auto bits : results) CHECK(bits == 10 * (64 + 39));
}

TEST_CASE("Comparisons of another form are refused before anything is requested", "[mpc][compare]") {
  const auto plain = words_of_all_magnitudes(4);
  const auto results = run_parties(1, [&](Party& party) {
    const auto x = share(party, plain, plain.sizes(), 0);
    const auto X = mask(party, x);
    const auto affine = bit_to_ring(party, is_negative(party, x));
    const auto requests = party.provider().requests();
    using Kind = Comparison::Kind;
    const auto refused = codes_of<InvalidArgument>(
        [&] { Comparison(party, affine.masked(), Kind::negative, 0); }, [&] { Comparison(party, party.public_share(plain).masked(), Kind::negative, 0); },
        [&] { Comparison(party, X, Kind::borrow, 0); }, [&] { Comparison(party, X, Kind::borrow, 64); }, [&] { Comparison(party, X, Kind::negative, 64); },
        [&] { Comparison(party, X, Kind::negative, -1); }, [&] { Comparison(party, X, Kind::zero, 16); },
        [&] { Comparison(party, X, Kind::negative, 0, {.top = 64}); }, [&] { Comparison(party, X, Kind::negative, 0, {.top = -1}); }, [&] { Comparison(party, X, Kind::borrow, 4, {.top = 9}); },
        [&] { Comparison(party, X, Kind::negative, 10, {.top = 9}); }, [&] { Comparison(party, X, Kind::negative, 4, {.first = 2}); }, [&] { Comparison(party, X, Kind::zero, 0, {.first = 2}); },
        [&] { Comparison(party, X, Kind::negative, 0, {.top = 9, .first = 9}); }, [&] { Comparison(party, X, Kind::negative, 0, {.first = -1}); },
        [&] { Comparison(party, X, Kind::negative).low_term(); });
    return std::pair(refused, party.provider().requests() - requests);
  });
  CHECK(results[0].first == std::vector<int>(16, 300));
  CHECK(results[0].second == 1);  // that of the last, which is a good one
}

}  // namespace crypten
