#include "mpc/protocol/bitwise.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

using testing::combined;
using testing::random_words;

BitShared share_of_bits(Party& party, const at::Tensor& bits) {
  const RingTensor plane(slice_bits(bits, 0, 1));
  return BitShared(share_binary(party, plane, plane.sizes(), 0).share().words(), bits.sizes().vec());
}

}  // namespace

TEST_CASE("AND of one to eight shared bits, for any number of parties and elements: one round", "[mpc][bitwise]") {
  for (const int n : {1, 2, 3, 5}) {
    for (int k = 1; k <= 8; ++k) {
      for (const int64_t count : {int64_t{1}, int64_t{511}, int64_t{513}, int64_t{2000}}) {
        if (n == 5 && count > 600) continue;
        CAPTURE(n, k, count);
        std::vector<at::Tensor> bits;
        auto expected = at::ones({count}, at::kLong);
        // Ones are three times in four, so that products of eight are not all zero.
        for (int i = 0; i < k; ++i) bits.push_back(random_words({count}).words().bitwise_and(3).ne(0).to(at::kLong)), expected.mul_(bits.back());
        const auto results = run_parties(n, [&](Party& party) {
          std::vector<BitShared> factors;
          for (const auto& bit : bits) factors.push_back(share_of_bits(party, bit));
          const auto before = party.cost();
          const auto product = bit_and(party, factors);
          return std::pair(product.plane(), party.cost() - before);
        });
        std::vector<at::Tensor> shares;
        for (const auto& [share, cost] : results) shares.push_back(share);
        CHECK(bit_to_words(combined(shares), count).equal(expected));
        const auto cost = results.back().second;
        CHECK(cost.rounds == (k == 1 ? 0 : 1));
        CHECK(cost.bytes_sent == (k == 1 ? 0 : static_cast<uint64_t>(n - 1) * static_cast<uint64_t>(packed_size(count, k))));
        CHECK(cost.dealer_bytes == static_cast<uint64_t>(packed_size(count, (int64_t{1} << k) - k - 1)));
      }
    }
  }
}

TEST_CASE("AND, OR, XOR and NOT of shared words", "[mpc][bitwise]") {
  const auto a = random_words({3, 7}), b = random_words({3, 7}), pattern = random_words({3, 7});
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share_binary(party, a, a.sizes(), 0), y = share_binary(party, b, b.sizes(), n - 1);
      const auto before = party.cost();
      const auto both = bit_and(party, x, y);
      const auto cost = party.cost() - before;
      return std::pair(std::vector<at::Tensor>{both.share().words(), bit_or(party, x, y).share().words(), (x ^ y).share().words(), bit_not(party, x).share().words(),
                                               bit_xor(party, x, pattern).share().words()},
                       cost);
    });
    const std::vector<at::Tensor> expected{at::bitwise_and(a.words(), b.words()), at::bitwise_or(a.words(), b.words()), at::bitwise_xor(a.words(), b.words()),
                                           at::bitwise_not(a.words()), at::bitwise_xor(a.words(), pattern.words())};
    for (size_t i = 0; i < expected.size(); ++i) {
      std::vector<at::Tensor> shares;
      for (const auto& result : results) shares.push_back(result.first[i]);
      CAPTURE(i);
      CHECK(combined(shares).equal(expected[i]));
    }
    CHECK(results.back().second.rounds == 1);
    CHECK(results.back().second.bytes_sent == static_cast<uint64_t>(n - 1) * 16 * 21);
    CHECK(results.back().second.dealer_bytes == 8 * 21);
  }
}

TEST_CASE("OR and NOT of shared bits", "[mpc][bitwise]") {
  const auto a = random_words({600}).words().bitwise_and(1), b = random_words({600}).words().bitwise_and(1);
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share_of_bits(party, a), y = share_of_bits(party, b);
    return std::pair(bit_or(party, x, y).plane(), bit_not(party, x).plane());
  });
  std::vector<at::Tensor> either, neither;
  for (const auto& [o, n] : results) either.push_back(o), neither.push_back(n);
  CHECK(bit_to_words(combined(either), 600).equal(at::bitwise_or(a, b)));
  CHECK(bit_to_words(combined(neither), 600).equal(1 - a));
}

TEST_CASE("Bits that have no AND are refused", "[mpc][bitwise]") {
  const auto results = run_parties(1, [&](Party& party) {
    const auto bit = share_of_bits(party, at::zeros({4}, at::kLong)), other = share_of_bits(party, at::zeros({5}, at::kLong));
    return codes_of<InvalidArgument>([&] { bit_and(party, std::vector<BitShared>{}); }, [&] { bit_and(party, std::vector<BitShared>(9, bit)); },
                                     [&] { bit_and(party, std::vector{bit, other}); });
  });
  CHECK(results[0] == std::vector<int>(3, 300));
}

}  // namespace crypten
