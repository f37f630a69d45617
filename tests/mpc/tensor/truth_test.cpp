#include "mpc/tensor/truth.h"

#include "mpc/tensor/logic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("truth tables, private and public, of results of comparisons and of encrypted 0s and 1s", "[tensor][truth]") {
  const auto a = at::tensor({0., 0., 1., 1.}, at::kDouble), b = at::tensor({0., 1., 0., 1.}, at::kDouble);
  const auto with_all = [&](const auto& prepare) {
    check_function({a}, 1 - a, 0, [&](const Inputs& in) { return logical_not(prepare(in[0])); });
    check_function({a, b}, a * b, 0, [&](const Inputs& in) { return logical_and(prepare(in[0]), prepare(in[1])); });
    check_function({a, b}, at::maximum(a, b), 0, [&](const Inputs& in) { return logical_or(prepare(in[0]), prepare(in[1])); });
    check_function({a, b}, (a - b).abs(), 0, [&](const Inputs& in) { return logical_xor(prepare(in[0]), prepare(in[1])); });
    const auto plain = b.to(at::kBool);
    check_function({a}, a * b, 0, [&](const Inputs& in) { return logical_and(prepare(in[0]), Plain(plain)); });
    check_function({a}, at::maximum(a, b), 0, [&](const Inputs& in) { return logical_or(prepare(in[0]), Plain(plain)); });
    check_function({a}, (a - b).abs(), 0, [&](const Inputs& in) { return logical_xor(prepare(in[0]), Plain(plain)); });
  };
  with_all([](const MPCTensor& x) { return compare(x, Order::greater, Plain(0.5)); });
  with_all([](const MPCTensor& x) { return x; });
}

TEST_CASE("results of comparisons are open: logic on them costs no round", "[tensor][truth]") {
  const auto a = reals({100}), b = reals({100}, 4, 3);
  for (const auto verb : {+[](const MPCTensor& x, const MPCTensor& y) { return logical_and(x, y); }, +[](const MPCTensor& x, const MPCTensor& y) { return logical_or(x, y); },
                          +[](const MPCTensor& x, const MPCTensor& y) { return logical_xor(x, y); }}) {
    const auto outcomes = evaluate(2, {a, b}, [&](const Inputs& in) {
      const auto x = compare(in[0], Order::less, Plain(0)), y = compare(in[1], Order::less, Plain(1));
      MPCTensor result;
      const Cost cost = measure(*x.party(), [&] { result = verb(x, y); });
      return Measured{result, cost};
    });
    CHECK(outcomes[1].cost.rounds == 0);
    CHECK(outcomes[1].cost.dealer_bytes <= 12 * 100);
    CHECK(outcomes[1].fraction_bits == 0);
  }
}

TEST_CASE("operands that do not fit are refused on all ranks", "[tensor][truth]") {
  const std::vector<at::Tensor> x{reals({2, 3}), reals({2})};
  CHECK(refusal(x, [](const Inputs& in) { logical_and(in[0], in[1]); }).code == 410);
  CHECK(refusal(x, [](const Inputs& in) { logical_xor(in[0], Plain(at::ones({2}))); }).code == 410);
  CHECK(refusal(x, [](const Inputs&) { logical_not(MPCTensor()); }).code == 402);
}
