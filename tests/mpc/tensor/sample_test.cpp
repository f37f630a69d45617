#include "mpc/tensor/sample.h"

#include <limits>

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/reduce.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

constexpr int64_t kCount = 20'000;

// Hoeffding for a mean of numbers in 0 … 1: exceeded with probability 1e-12.
const double kMost = std::sqrt(std::log(2e12) / (2.0 * kCount));

double mean(const at::Tensor& x) { return x.mean().item<double>(); }

}  // namespace

TEST_CASE("rand is uniform on the grid of [0, 1), fresh each time, and equal for all who see it", "[tensor][sample]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto outcomes = evaluate(n, {at::zeros({1})}, [](const Inputs& in) { return rand(in[0].party(), {2, kCount}); });
    const auto& u = outcomes[0].value;
    check_close(outcomes, u, 0);
    CHECK(u.ge(0).logical_and(u.lt(1)).all().item<bool>());
    CHECK(at::mul(u, 65536).remainder(1).eq(0).all().item<bool>());
    for (const auto& row : {u[0], u[1]}) {
      CHECK(std::abs(mean(row) - 0.5) < kMost);
      for (const double below : {0.1, 0.25, 0.9}) CHECK(std::abs(mean(row.lt(below).to(at::kDouble)) - below) < kMost + kUlp);
    }
    CHECK(std::abs(mean(u[0].lt(0.5).eq(u[1].lt(0.5)).to(at::kDouble)) - 0.5) < kMost);
    CHECK(outcomes[0].fraction_bits == 16);
  }
}

TEST_CASE("bernoulli has the probabilities given, public or private; 0 and 1 are certain", "[tensor][sample]") {
  const auto p = at::tensor({0., 0.1, 0.5, 0.9, 1.}, at::kDouble).unsqueeze(1).expand({5, kCount}).contiguous();
  const auto check = [&](const at::Tensor& drawn) {
    CHECK(drawn.eq(0).logical_or(drawn.eq(1)).all().item<bool>());
    CHECK(drawn[0].sum().item<double>() == 0);
    CHECK(drawn[4].sum().item<double>() == kCount);
    for (int64_t row = 1; row < 4; ++row) CHECK(std::abs(mean(drawn[row]) - mean(p[row])) < kMost + kUlp);
  };
  const auto drawn = evaluate(2, {p}, [&](const Inputs& in) {
    MPCTensor result;
    const Cost cost = measure(*in[0].party(), [&] { result = bernoulli(in[0].party(), p); });
    return Measured{result, cost};
  });
  check(drawn[0].value);
  CHECK(drawn[1].cost.rounds == 5);
  CHECK(drawn[1].cost.bytes_sent <= 15 * 5 * kCount);
  CHECK(drawn[1].cost.dealer_bytes <= 172 * 5 * kCount);
  CHECK(drawn[1].fraction_bits == 0);
  check(evaluate(3, {p}, [](const Inputs& in) { return bernoulli(in[0]); })[0].value);
}

TEST_CASE("dropout keeps the right share of elements, scaled; what it does not do costs nothing", "[tensor][sample]") {
  const auto x = reals({kCount}, 4).abs() + 1;
  const auto dropped = evaluate(2, {x}, [](const Inputs& in) {
    MPCTensor result;
    const Cost cost = measure(*in[0].party(), [&] { result = dropout(in[0], 0.25, true); });
    return Measured{result, cost};
  });
  const auto& y = dropped[0].value;
  CHECK(std::abs(mean(y.ne(0).to(at::kDouble)) - 0.75) < kMost + kUlp);
  // The factor has a relative error of at most 2^-17.
  CHECK(y.eq(0).logical_or((y - x / 0.75).abs().le(x / 0.75 * 0x1p-17)).all().item<bool>());
  CHECK(dropped[1].cost.rounds == 6);
  CHECK(dropped[1].cost.bytes_sent <= 23 * kCount);
  CHECK(dropped[1].cost.dealer_bytes <= 184 * kCount);
  const auto few = reals({10});
  check_function({few}, few, 0, [](const Inputs& in) { return dropout(in[0], 0.5, false); });
  check_function({few}, few, 0, [](const Inputs& in) { return dropout(in[0], 0, true); });
  check_function({few}, at::zeros({10}), 0, [](const Inputs& in) { return dropout(in[0], 1, true); });
  CHECK(cost_of({few}, [](const Inputs& in) { return dropout(in[0], 0.5, false); }) == Cost{});
  check_function({few}, at::zeros({0, 2}), 0, [](const Inputs& in) { return rand(in[0].party(), {0, 2}); });
}

TEST_CASE("what is no probability or no shape is refused on all ranks", "[tensor][sample]") {
  const std::vector<at::Tensor> x{reals({2})};
  CHECK(refusal(x, [](const Inputs& in) { rand(in[0].party(), {2, -1}); }).code == 426);
  CHECK(refusal(x, [](const Inputs& in) { bernoulli(in[0].party(), at::tensor({0.5, 1.5})); }).code == 438);
  CHECK(refusal(x, [](const Inputs& in) { bernoulli(in[0].party(), at::full({1}, std::numeric_limits<double>::quiet_NaN())); }).code == 438);
  CHECK(refusal(x, [](const Inputs& in) { dropout(in[0], -0.1, true); }).code == 438);
  CHECK(refusal(x, [](const Inputs&) { dropout(MPCTensor(), 0.5, true); }).code == 402);
}
