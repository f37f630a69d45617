#include "mpc/protocol/shuffle.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {

TEST_CASE("A shuffle moves whole rows, the same in all tensors, for any number of parties", "[mpc][shuffle]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t rows : {int64_t{1}, int64_t{2}, int64_t{100}, int64_t{5000}}) {
      CAPTURE(n, rows);
      const auto x = testing::random_words({rows, 3, 2}).words(), y = at::arange(rows);
      const auto results = run_parties(n, [&](Party& party) {
        const std::array tensors{share(party, RingTensor(x), x.sizes(), 0), share(party, RingTensor(y), y.sizes(), n - 1)};
        const auto before = party.cost();
        const auto shuffled = shuffle(party, tensors);
        const auto rounds = (party.cost() - before).rounds;
        return std::tuple(reveal(party, shuffled[0]).words(), reveal(party, shuffled[1]).words(), rounds);
      });
      const auto& [a, order, rounds] = results[0];
      CHECK(std::get<0>(order.sort()).equal(y));
      CHECK(a.equal(x.index_select(0, order)));
      CHECK(rounds == (rows == 1 ? 0 : static_cast<uint64_t>(n)));
      if (rows >= 100) CHECK_FALSE(order.equal(y));  // probability 1/100!
    }
  }
}

TEST_CASE("Each column may have an order of its own", "[mpc][shuffle]") {
  const auto x = at::arange(100).unsqueeze(1).expand({100, 8}).contiguous();
  const auto revealed = run_parties(2, [&](Party& party) { return reveal(party, shuffle(party, std::array{share(party, RingTensor(x), x.sizes(), 0)}, Orders::of_each_column)[0]).words(); })[0];
  CHECK(std::get<0>(revealed.sort(0)).equal(x));
  for (int64_t c = 1; c < 8; ++c) CHECK_FALSE(revealed.select(1, c).equal(revealed.select(1, 0)));
}

TEST_CASE("Random permutations are permutations, and differ", "[mpc][shuffle]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto before = party.cost();
      const auto order = random_permutation(party, 64);
      const auto rounds = (party.cost() - before).rounds;
      return std::tuple(reveal(party, order).words(), reveal(party, random_permutation(party, 64)).words(), random_permutation(party, 0).numel() + random_permutation(party, 1).numel(), rounds);
    });
    const auto& [first, second, few, rounds] = results[0];
    CAPTURE(n);
    CHECK(std::get<0>(first.sort()).equal(at::arange(64)));
    CHECK(std::get<0>(second.sort()).equal(at::arange(64)));
    CHECK_FALSE(first.equal(second));
    CHECK(few == 1);
    CHECK(rounds == static_cast<uint64_t>(n - 1));
  }
}

TEST_CASE("What cannot be shuffled together is refused", "[mpc][shuffle]") {
  const auto refused = run_parties(1, [](Party& party) {
    const ArithmeticShared a(RingTensor::zeros({4, 2})), b(RingTensor::zeros({5, 2})), c(RingTensor::zeros({})), d(RingTensor::zeros({4, 3}));
    const auto together = [&](std::vector<ArithmeticShared> tensors, Orders orders) { shuffle(party, tensors, orders); };
    return codes_of<InvalidArgument>([&] { together({}, Orders::one); }, [&] { together({a, b}, Orders::one); }, [&] { together({c}, Orders::one); },
                                     [&] { together({a, d}, Orders::of_each_column); });
  });
  CHECK(refused[0] == std::vector<int>(4, 300));
}

}  // namespace crypten
