#include "mpc/tensor/scale.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// x with 16 fractional bits, seen as x / 2^moved with more of them.
MPCTensor moved(const MPCTensor& x, int bits) { return MPCTensor(x.party(), x.share(), x.fraction_bits() + bits); }

}  // namespace

TEST_CASE("tensors meet at the largest of their scales", "[tensor][scale]") {
  const auto results = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, reals({4}), {4}), whole = MPCTensor::encrypt(party, at::arange(4), {4}, 0, 0);
    const auto aligned = align({x, whole, square(x)});
    std::vector<at::Tensor> values;
    for (const auto& share : aligned.shares) values.push_back(MPCTensor(party, share, aligned.fraction_bits).get_plain_text(std::nullopt, at::kDouble));
    return std::pair(aligned.fraction_bits, values);
  });
  for (const auto& [bits, values] : results) {
    CHECK(bits == 32);
    CHECK(values[0].equal(reals({4})));
    CHECK(values[1].equal(at::arange(4).to(at::kDouble)));
    CHECK(values[2].equal(reals({4}) * reals({4})));
  }
}

TEST_CASE("a scale with too little room is brought back before a sum, unless all have it", "[tensor][scale]") {
  const auto x = reals({10}, 1000), y = reals({10}, 0x1p20, 3);
  // 2^20 with 42 fractional bits would reach 2^62. One truncation.
  check_function({x, y}, x / (1 << 26) + y, kUlp, [](const Inputs& in) { return add(moved(in[0], 26), in[1]); });
  const auto outcomes = evaluate(2, {x}, [](const Inputs& in) { return add(moved(in[0], 26), moved(in[0], 26)); });
  CHECK(outcomes[0].value.equal(x / (1 << 25)));
  CHECK(outcomes[0].cost == Cost{});
  check_function({x}, x / (1 << 26) + 3, kUlp, [](const Inputs& in) { return add(moved(in[0], 26), Plain(3)); });
}

TEST_CASE("factors are brought back only where their scales add up to too much", "[tensor][scale]") {
  const auto x = reals({10});
  // A whole number and a pending product: 32 bits fit.
  const auto count = evaluate(2, {x}, [](const Inputs& in) { return multiply(square(in[0]), MPCTensor::encrypt(in[0].party(), at::full({10}, 3), {10}, 0, 0)); });
  CHECK(count[0].fraction_bits == 32);
  CHECK(count[0].value.equal(x * x * 3));
  CHECK_FALSE(count[0].dithered);
  const auto product = evaluate(2, {x}, [](const Inputs& in) { return multiply(moved(in[0], 1), in[0]); });
  CHECK(product[0].fraction_bits == 32);
  CHECK(product[0].dithered);
}
