#include "mpc/protocol/convert.h"

#include <array>
#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::all_equal;
using testing::words_of_all_magnitudes;

BitShared first_bits(const BinaryShared& words, int64_t count) {
  return BitShared(bits_of(words).plane().narrow(0, 0, tile_count(count)), {count});
}

// Bit j of words is dealt modulo 2^(64 − j).
uint64_t dealt(uint64_t count, int bits) {
  uint64_t bytes = 0;
  for (int j = 0; j < bits; ++j) bytes += narrow_size(count, 64 - j);
  return bytes;
}

}  // namespace

TEST_CASE("Shared words become ring elements: one round, 8 bytes, 260 dealer bytes", "[mpc][convert]") {
  const auto plain = RingTensor(words_of_all_magnitudes(130).words().view({13, 10}));
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto results = run_parties(n, [&](Party& party) {
      const auto words = share_binary(party, plain, plain.sizes(), n - 1);
      const auto before = party.cost();
      const auto ring = to_arithmetic(party, words);
      const auto cost = party.cost() - before;
      return std::pair(reveal(party, ring), cost);
    });
    for (const auto& [value, cost] : results) CHECK(value.equal(plain));
    const auto cost = results.back().second;
    CHECK(cost.rounds == 1);
    CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * static_cast<uint64_t>(packed_size(130, 64)));
    CHECK(cost.dealer_bytes == dealt(130, 64));
  }
}

TEST_CASE("In a small ring, words become their low bits", "[mpc][convert]") {
  RunPartiesOptions options;
  options.local.ring = {.bits = 5, .chunk_bits = 2, .arity = 2};
  const auto plain = RingTensor(at::arange(0, 64, at::kLong).repeat({32}));
  const auto results = run_parties(2, [&](Party& party) { return reveal(party, to_arithmetic(party, share_binary(party, plain, plain.sizes(), 0))); }, options);
  CHECK(all_equal(results, low_bits(plain, 5)));
}

TEST_CASE("The low bits of shared words alone cost as many bits", "[mpc][convert]") {
  const auto plain = words_of_all_magnitudes(130);
  for (const int bits : {1, 16, 63}) {
    CAPTURE(bits);
    const auto results = run_parties(2, [&](Party& party) {
      const auto words = share_binary(party, plain, plain.sizes(), 0);
      const auto before = party.cost();
      const auto ring = to_arithmetic(party, words, bits);
      const auto cost = party.cost() - before;
      return std::pair(reveal(party, ring), cost);
    });
    for (const auto& [value, cost] : results) CHECK(value.equal(low_bits(plain, bits)));
    CHECK(results[1].second.rounds == 1);
    CHECK(results[1].second.bytes_sent == static_cast<uint64_t>(packed_size(130, bits)));
    CHECK(results[1].second.dealer_bytes == dealt(130, bits));
  }
  for (const int bits : {0, 65}) CHECK_THROWS_AS(run_parties(1, [&](Party& party) { to_arithmetic(party, share_binary(party, plain, plain.sizes(), 0), bits); }), InvalidArgument);
}

TEST_CASE("Shared bits become ring elements, masked bits shared bits again", "[mpc][convert]") {
  const auto plain = words_of_all_magnitudes(700);
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, plain, plain.sizes(), 0);
      const auto negative = is_negative(party, x), zero = is_zero(party, x);
      auto before = party.cost();
      const std::array bits{to_bits(party, negative), bit_not(party, to_bits(party, zero))};
      const auto back = party.cost() - before;
      const auto both = bit_and(party, bits);
      before = party.cost();
      const auto ring = to_arithmetic(party, both);
      const auto cost = party.cost() - before;
      const bool dealt = back.dealer_bytes == 2 * narrow_size(700, 1) && cost.dealer_bytes == 8 * 700;
      const bool good = dealt && back.rounds == 0 && cost.rounds == 1 && cost.bytes_sent == static_cast<uint64_t>(n - 1) * static_cast<uint64_t>(packed_size(700, 1)) && ring.opened();
      return good ? reveal(party, ring) : RingTensor();
    });
    CHECK(all_equal(results, RingTensor((plain.words() < 0).to(at::kLong))));
  }
}

TEST_CASE("Shared words are revealed to all, or to one", "[mpc][convert]") {
  const auto plain = RingTensor(words_of_all_magnitudes(9).words().view({3, 3}));
  for (const int n : {1, 2, 3, 5}) {
    const auto all = run_parties(n, [&](Party& party) { return reveal(party, share_binary(party, plain, plain.sizes(), 0)); });
    CHECK(all_equal(all, plain));
    const auto one = run_parties(n, [&](Party& party) {
      const auto value = reveal(party, share_binary(party, plain, plain.sizes(), 0), n - 1);
      return std::tuple(value, party.ledger().reveals().size(), party.ledger().reveals()[0].to);
    });
    for (int rank = 0; rank < n; ++rank) {
      const auto& [value, reveals, to] = one[static_cast<size_t>(rank)];
      CHECK(value.defined() == (rank == n - 1));
      CHECK(reveals == 1);
      CHECK(to == n - 1);
    }
    CHECK(std::get<0>(one.back()).equal(plain));
  }
}

TEST_CASE("A word's bits are a bit plane", "[mpc][convert]") {
  const auto plain = words_of_all_magnitudes(11);
  const auto results = run_parties(1, [&](Party& party) {
    const auto words = share_binary(party, plain, plain.sizes(), 0);
    return std::pair(bit_to_words(first_bits(words, 100).plane(), 100), words_of(bits_of(words), {11}).share());
  });
  for (int64_t i = 0; i < 100; ++i) CHECK(results[0].first[i].item<int64_t>() == (plain.words()[i / 64].item<int64_t>() >> (i % 64) & 1));
  CHECK(results[0].second.equal(plain));
}

}  // namespace crypten
