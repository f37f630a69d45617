#include "mpc/protocol/word_arithmetic.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/convert.h"
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

// Carries of every length: from each bit, through all bits, and none; extremes with and without a sign; then random words.
std::pair<at::Tensor, at::Tensor> edge_words() {
  std::vector<int64_t> a, b;
  const auto add = [&](uint64_t x, uint64_t y) { a.push_back(static_cast<int64_t>(x)), b.push_back(static_cast<int64_t>(y)); };
  for (int i = 0; i < 64; ++i) {
    const uint64_t one = uint64_t{1} << i;
    add(one, one), add(one, -one), add(-one, one), add(~uint64_t{0}, one), add(one - 1, 1), add(one - 1, one), add(one, one - 1), add(-one, -one);
  }
  for (const uint64_t x : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 63, (uint64_t{1} << 63) - 1, uint64_t{0x5555555555555555}, uint64_t{0xaaaaaaaaaaaaaaaa}})
    for (const uint64_t y : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 63, (uint64_t{1} << 63) - 1, uint64_t{0x5555555555555555}, uint64_t{0xaaaaaaaaaaaaaaaa}}) add(x, y);
  const auto x = random_words({700}).words(), y = random_words({700}).words();
  return {at::cat({at::tensor(a, at::kLong), x}), at::cat({at::tensor(b, at::kLong), y})};
}

// One verb's shares and cost, for the numbers of parties that are asked for.
template <class Verb>
void for_parties(const at::Tensor& a, const at::Tensor& b, const Verb& verb, const at::Tensor& expected, bool bits) {
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto shares = run_parties(n, [&](Party& party) {
      const auto x = share_binary(party, RingTensor(a), a.sizes(), 0), y = share_binary(party, RingTensor(b), b.sizes(), n - 1);
      return verb(party, x, y);
    });
    CHECK((bits ? bit_to_words(combined(shares), expected.numel()).view(expected.sizes()) : combined(shares)).equal(expected));
  }
}

at::Tensor below_unsigned(const at::Tensor& a, const at::Tensor& b) {
  const int64_t top = INT64_MIN;
  return at::bitwise_xor(a, top).lt(at::bitwise_xor(b, top)).to(at::kLong);
}

}  // namespace

TEST_CASE("Sums and differences of shared words, modulo 2^64", "[mpc][words]") {
  const auto [a, b] = edge_words();
  for_parties(a, b, [](Party& party, const BinaryShared& x, const BinaryShared& y) { return add(party, x, y).share().words(); }, at::add(a, b), false);
  for_parties(a, b, [](Party& party, const BinaryShared& x, const BinaryShared& y) { return subtract(party, x, y).share().words(); }, at::sub(a, b), false);
}

TEST_CASE("Comparisons of shared words are exact on all of them, with and without a sign", "[mpc][words]") {
  auto [a, b] = edge_words();
  a = at::cat({a, a}), b = at::cat({b, a.narrow(0, 0, b.size(0))});  // equal ones too
  for_parties(a, b, [](Party& party, const BinaryShared& x, const BinaryShared& y) { return less(party, x, y).plane(); }, a.lt(b).to(at::kLong), true);
  for_parties(a, b, [](Party& party, const BinaryShared& x, const BinaryShared& y) { return less_unsigned(party, x, y).plane(); }, below_unsigned(a, b), true);
  for_parties(a, b, [](Party& party, const BinaryShared& x, const BinaryShared& y) { return equal(party, x, y).plane(); }, a.eq(b).to(at::kLong), true);
}

TEST_CASE("Shifts and rotations of shared words, and single bits of them", "[mpc][words]") {
  const auto a = random_words({3, 7}).words();
  for (const int bits : {0, 1, 17, 63}) {
    CAPTURE(bits);
    const auto right = shift_right_logical(RingTensor(a), bits).words();
    const auto rotated = bits == 0 ? a : at::bitwise_or(at::bitwise_left_shift(a, bits), shift_right_logical(RingTensor(a), 64 - bits).words());
    const auto check = [&](const auto& move, const at::Tensor& expected) {
      for_parties(a, a, [&](Party&, const BinaryShared& x, const BinaryShared&) { return move(x, bits).share().words(); }, expected, false);
    };
    check(shift_left, at::bitwise_left_shift(a, bits));
    check(static_cast<BinaryShared (*)(const BinaryShared&, int)>(shift_right), right);
    check(static_cast<BinaryShared (*)(const BinaryShared&, int)>(shift_right_arithmetic), at::bitwise_right_shift(a, bits));
    check(rotate_left, rotated);
    check([](const BinaryShared& x, int bit) { return word_of(bit_of(x, bit), bit); }, at::bitwise_left_shift(at::bitwise_right_shift(a, bits).bitwise_and(1), bits));
  }
  const BinaryShared word{RingTensor(a)};
  CHECK_THROWS_AS(shift_left(word, 64), InvalidArgument);
  CHECK_THROWS_AS(shift_right(word, -1), InvalidArgument);
  CHECK_THROWS_AS(shift_right_arithmetic(word, 64), InvalidArgument);
  CHECK_THROWS_AS(rotate_left(word, 64), InvalidArgument);
  CHECK_THROWS_AS(bit_of(word, 64), InvalidArgument);
}

TEST_CASE("Ring elements become words, and words ring elements", "[mpc][words]") {
  const auto [a, b] = edge_words();
  for (const int n : {1, 2, 3, 5}) {
    CAPTURE(n);
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, RingTensor(a), a.sizes(), n - 1);
      const auto word = to_binary(party, x);
      const auto before = party.cost();
      to_binary(party, x * 2);  // open already
      const auto rounds = (party.cost() - before).rounds;
      return std::tuple(word.share().words(), reveal(party, to_arithmetic(party, word)).words(), rounds);
    });
    std::vector<at::Tensor> shares;
    for (const auto& result : results) shares.push_back(std::get<0>(result));
    CHECK(combined(shares).equal(a));
    CHECK(std::get<1>(results[0]).equal(a));
    CHECK(std::get<2>(results[0]) == 2);
  }
}

TEST_CASE("In every small ring, with chunks and groups of every size, words are of the ring's bits", "[mpc][words]") {
  for (const int bits : {1, 2, 3, 6, 13}) {
    for (const int chunk_bits : {1, 2, 3, 7}) {
      for (const int arity : {2, 3, 8}) {
        const auto a = low_bits(RingTensor(random_words({600}).words()), bits).words(), b = low_bits(RingTensor(random_words({600}).words()), bits).words();
        const auto results = run_parties(
            2,
            [&](Party& party) {
              const auto x = share_binary(party, RingTensor(a), a.sizes(), 0), y = share_binary(party, RingTensor(b), b.sizes(), 1);
              const auto z = share(party, RingTensor(a), a.sizes(), 0);
              return std::vector{add(party, x, y).share().words(), subtract(party, x, y).share().words(), to_binary(party, z).share().words(),
                                 word_of(less_unsigned(party, x, y), 0).share().words(), word_of(equal(party, x, y), 0).share().words()};
            },
            {.local = {.ring = {.bits = bits, .chunk_bits = chunk_bits, .arity = arity}}});
        const std::vector expected{low_bits(RingTensor(at::add(a, b)), bits).words(), low_bits(RingTensor(at::sub(a, b)), bits).words(), a, a.lt(b).to(at::kLong), a.eq(b).to(at::kLong)};
        for (size_t i = 0; i < expected.size(); ++i) {
          if (!combined({results[0][i], results[1][i]}).equal(expected[i])) FAIL("bits " << bits << ", chunks of " << chunk_bits << ", arity " << arity << ", verb " << i);
        }
      }
    }
  }
}

TEST_CASE("Words of different shapes are neither added nor compared", "[mpc][words]") {
  const auto refused = run_parties(1, [](Party& party) {
    const BinaryShared a(RingTensor::zeros({4})), b(RingTensor::zeros({5}));
    return codes_of<InvalidArgument>([&] { add(party, a, b); }, [&] { subtract(party, a, b); }, [&] { less(party, a, b); },
                                     [&] { less_unsigned(party, a, b); }, [&] { equal(party, a, b); });
  });
  CHECK(refused[0] == std::vector<int>(5, 300));
}

}  // namespace crypten
