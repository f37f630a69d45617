#include "mpc/function/normal.h"

#include <cmath>

#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("randn is normal: its distribution, its moments, two halves of pairs, for any number of parties", "[function][normal][slow]") {
  constexpr int64_t kCount = 120'001;
  for (const int n : {1, 2, 3}) {
    const auto outcomes = evaluate(n, {at::zeros({1})}, [](const Inputs& in) { return randn(in[0].party(), {kCount}); });
    const auto& x = outcomes[0].value;
    check_close(outcomes, x, 0);
    // Dvoretzky, Kiefer and Wolfowitz: the empirical distribution is further from the true one with probability 1e-10; the true one is within 2^-11 of the normal.
    const double most = std::sqrt(std::log(2e10) / (2.0 * kCount)) + 0x1p-11 + 1.0 / kCount;
    const auto sorted = std::get<0>(x.sort());
    const auto normal = (1 + (sorted / std::sqrt(2.0)).erf()) / 2;
    const auto step = (at::arange(kCount).to(at::kDouble) + 1) / static_cast<double>(kCount);
    CAPTURE(n);
    CHECK((step - normal).abs().max().item<double>() < most);
    CHECK(x.abs().max().item<double>() < 7.2);
    CHECK(x.abs().max().item<double>() > 3.4);  // all below: probability 1e-35
    // Six and a half standard deviations of each: 1e-10.
    const double sigma = 6.5 / std::sqrt(static_cast<double>(kCount));
    CHECK(std::abs(x.mean().item<double>()) < sigma + 0x1p-11);
    CHECK(std::abs(x.square().mean().item<double>() - 1) < sigma * std::sqrt(2.0) + 0x1p-9);
    const auto first = x.narrow(0, 0, kCount / 2), second = x.narrow(0, (kCount + 1) / 2, kCount / 2);
    CHECK(std::abs((first * second).mean().item<double>()) < sigma * std::sqrt(2.0) + 0x1p-9);
    CHECK(std::abs((first.square() * second.square()).mean().item<double>() - 1) < 0.15);
  }
}

TEST_CASE("randn of shapes, none and one number; what it refuses", "[function][normal][slow]") {
  CHECK(evaluate(2, {at::zeros({1})}, [](const Inputs& in) { return randn(in[0].party(), {3, 5}); })[0].value.sizes() == at::IntArrayRef({3, 5}));
  CHECK(evaluate(2, {at::zeros({1})}, [](const Inputs& in) { return randn(in[0].party(), {}); })[0].value.dim() == 0);
  CHECK(evaluate(2, {at::zeros({1})}, [](const Inputs& in) { return randn(in[0].party(), {0, 4}); })[0].value.numel() == 0);
  const auto cost = evaluate(2, {at::zeros({1})}, [](const Inputs& in) { return randn(in[0].party(), {2048}); })[1].cost;
  CAPTURE(cost.rounds, cost.bytes_sent / 2048.0, cost.dealer_bytes / 2048.0);
  CHECK(cost.rounds == 18);
  CHECK(cost.bytes_sent <= 57 * 2048);
  CHECK(cost.dealer_bytes <= 379 * 2048);
  CHECK_THROWS_AS(randn(nullptr, {3}), InvalidArgument);
  const auto refused = run_parties(1, [](const std::shared_ptr<Party>& party) { return code_of<InvalidArgument>([&] { randn(party, {-1}); }); });
  CHECK(refused[0] == 426);
}
