#include "mpc/function/arctangent.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/function/bounds.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// The header's bound.
double stated_arctangent(int bits) { return std::exp2(-13.3) + 1.5 * std::exp2(-bits); }

at::Tensor arctangent_points(int bits) { return at::cat({points_between(-3, 3, 4000, bits), points_of_every_size(0x1p-8, 0x1p22, 3000, bits, true), points_between(-0x1p22, 0x1p22, 1000, bits)}); }

}  // namespace

TEST_CASE("atan: every point within the stated error, with the stated cost", "[mpc][function]") {
  for (const int n : {1, 2, 3, 5})
    for (const int bits : {8, 12, 16, 20, 24}) {
      if (n == 5 && bits != 16) continue;
      const auto x = arctangent_points(bits);
      const auto result = against_bound(n, {x}, [](const Inputs& in) { return atan(in[0]); }, x.atan(), at::zeros_like(x) + stated_arctangent(bits), bits);
      CAPTURE(n, bits, x[result.at].item<double>());
      CHECK(result.worst <= 1);
      CHECK(result.dithered);
      CHECK(result.fraction_bits == bits);
      CHECK(result.cost.rounds == 10);
    }
}

TEST_CASE("atan outside of its domain is a bounded number", "[mpc][function]") {
  const auto far = at::cat({points_of_every_size(0x1p22, 0x1p44, 2000, 16, true), at::full({1000}, 0x1p44, at::kDouble)});
  for (const int n : {2, 3})
    for (const auto& outcome : evaluate(n, {far}, [](const Inputs& in) { return atan(in[0]); })) CHECK(outcome.value.abs().max().item<double>() < 10);
}

TEST_CASE("atan: a pending truncation runs before, and an empty tensor stays empty", "[mpc][function]") {
  const auto x = points_between(-40, 40, 500);
  const auto outcomes = evaluate(2, {x, x}, [](const Inputs& in) {
    const auto product = multiply(in[0], in[1]);
    const Cost before = product.party()->cost();
    auto result = atan(product);
    return Measured{result, result.party()->cost() - before};
  });
  check_close(outcomes, (x * x).atan(), stated_arctangent(16) + kUlp);
  CHECK(outcomes[0].cost.rounds == 11);
  const auto empty = evaluate(2, {at::empty({0, 4}, at::kDouble)}, [](const Inputs& in) { return atan(in[0]); });
  CHECK(empty[0].value.sizes() == at::IntArrayRef({0, 4}));
  CHECK(empty[0].cost.rounds == 0);
}
