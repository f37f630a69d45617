#include "mpc/function/rotary.h"

#include <ATen/ops/stack.h>

#include <cmath>

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// (positions, pairs)
at::Tensor angles(int64_t positions, int64_t features) {
  const auto rates = (at::arange(0, features, 2, at::kDouble) * (-std::log(10000.0) / static_cast<double>(features))).exp();
  return at::arange(positions, at::kDouble).unsqueeze(1) * rates;
}

// (positions, features): each pair's angle at both of its features.
std::pair<at::Tensor, at::Tensor> tables(int64_t positions, int64_t features, RotaryPairs pairs) {
  const auto pair = angles(positions, features);
  const auto both = pairs == RotaryPairs::halves ? at::cat({pair, pair}, 1) : pair.repeat_interleave(2, 1);
  return {both.cos(), both.sin()};
}

// Pair by pair.
at::Tensor expected(const at::Tensor& x, RotaryPairs pairs) {
  const int64_t features = x.size(-1), half = features / 2;
  const bool halves = pairs == RotaryPairs::halves;
  const auto a = halves ? x.narrow(-1, 0, half) : x.slice(-1, 0, features, 2), b = halves ? x.narrow(-1, half, half) : x.slice(-1, 1, features, 2);
  const auto angle = angles(x.size(-2), features), c = a * angle.cos() - b * angle.sin(), d = b * angle.cos() + a * angle.sin();
  return halves ? at::cat({c, d}, -1) : at::stack({c, d}, -1).reshape(x.sizes());
}

}  // namespace

TEST_CASE("rotary embeddings turn pairs of features, without a round", "[mpc][function]") {
  const auto x = reals({2, 3, 7, 16}, 8);
  for (const auto pairs : {RotaryPairs::halves, RotaryPairs::neighbours}) {
    const auto [cosine, sine] = tables(7, 16, pairs);
    // |a| + |b| ≤ 16: tables to half a unit, and the truncation.
    check_function({x}, expected(x, pairs), 16 * kUlp / 2 + kUlp, [&, cosine = cosine, sine = sine](const Inputs& in) { return rotary(in[0], Plain(cosine), Plain(sine), pairs); });
    const auto cost = cost_of({x}, [&, cosine = cosine, sine = sine](const Inputs& in) {
      const auto result = rotary(in[0], Plain(cosine), Plain(sine), pairs);
      CHECK(result.fraction_bits() == 32);
      return result;
    });
    CHECK(cost.rounds == 0);
    CHECK(cost.bytes_sent + cost.dealer_bytes == 0);
  }
}

TEST_CASE("rotary embeddings of a product truncate it once", "[mpc][function]") {
  const auto x = reals({5, 8}, 2), y = reals({5, 8}, 2, 3);
  const auto [cosine, sine] = tables(5, 8, RotaryPairs::halves);
  const auto outcomes = evaluate(2, {x, y}, [&, cosine = cosine, sine = sine](const Inputs& in) {
    const auto product = multiply(in[0], in[1]);
    const Cost before = product.party()->cost();
    auto result = rotary(product, Plain(cosine), Plain(sine));
    return Measured{result, result.party()->cost() - before};
  });
  check_close(outcomes, expected(x * y, RotaryPairs::halves), 4 * kUlp + 3 * kUlp);
  CHECK(outcomes[0].cost.rounds == 1);
}

TEST_CASE("rotary embeddings refuse what does not fit", "[mpc][function]") {
  const auto table = Plain(at::ones({4, 6}, at::kDouble));
  CHECK(refusal({reals({4, 5}, 1)}, [&](const Inputs& in) { rotary(in[0], Plain(1.0), Plain(0.0)); }).code == 408);
  CHECK(refusal({reals({4, 8}, 1)}, [&](const Inputs& in) { rotary(in[0], table, table); }).code == 410);
  CHECK(refusal({reals({6}, 1)}, [&](const Inputs& in) { rotary(in[0], table, table); }).code == 408);
  CHECK(refusal({reals({}, 1)}, [&](const Inputs& in) { rotary(in[0], Plain(1.0), Plain(0.0)); }).code == 425);
}
