#include "mpc/tensor/decision.h"

#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

const at::Tensor kWords = at::tensor(std::vector<int64_t>{0, 1, -1, INT64_MAX, INT64_MIN, 7, -7, 1L << 62}, at::kLong);

}  // namespace

TEST_CASE("decisions are exact on the whole ring, and their complements too", "[tensor][decision]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, RingTensor(kWords), kWords.sizes(), 0);
      std::vector<at::Tensor> values;
      for (const auto kind : {Comparison::Kind::negative, Comparison::Kind::zero})
        for (const bool complement : {false, true}) values.push_back(reveal(party, decide(party, x, kind, complement)).words());
      return values;
    });
    for (const auto& values : results) {
      CHECK(values[0].equal(at::lt(kWords, 0).to(at::kLong)));
      CHECK(values[1].equal(at::ge(kWords, 0).to(at::kLong)));
      CHECK(values[2].equal(at::eq(kWords, 0).to(at::kLong)));
      CHECK(values[3].equal(at::ne(kWords, 0).to(at::kLong)));
    }
  }
}

TEST_CASE("a decision is open under a mask, and its opening belongs to it", "[tensor][decision]") {
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, RingTensor(kWords), kWords.sizes(), 0);
    const auto bit = decide(party, x, Comparison::Kind::negative, true);
    const auto& masked = *bit.masked();
    // value + Σ coefficient · term, summed over the parties, is the bit.
    auto own = party.rank() == 0 ? masked.value : RingTensor::zeros(kWords.sizes());
    for (const auto& term : masked.terms) own = own + term.coefficient * term.share;
    return std::pair(bit.opened(), reveal(party, ArithmeticShared(own)).words());
  });
  for (const auto& [opened, value] : results) {
    CHECK(opened);
    CHECK(value.equal(at::ge(kWords, 0).to(at::kLong)));
  }
}

TEST_CASE("decisions cost what a comparison does, and 8 dealer bytes for the number", "[tensor][decision]") {
  const auto words = at::arange(512);
  const auto costs = run_parties(2, [&](Party& party) {
    const auto x = share(party, RingTensor(words), words.sizes(), 0);
    return measure(party, [&] { decide(party, x, Comparison::Kind::negative); });
  });
  CHECK(costs[1].rounds == 4);
  CHECK(costs[1].bytes_sent <= 13 * 512);
  CHECK(costs[1].dealer_bytes <= 52 * 512);
  const auto none = run_parties(2, [](Party& party) { return measure(party, [&] { decide(party, share(party, RingTensor::zeros({0}), {0}, 0), Comparison::Kind::zero); }); });
  CHECK(none[0] == Cost{});
}
