#include "mpc/function/softmax.h"

#include <catch2/catch.hpp>

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/maximum.h"
#include "tests/mpc/function/bounds.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// Rows of several spreads, from nearly constant to one large entry.
at::Tensor logits(int64_t rows, int64_t columns, int f) {
  const auto spread = at::arange(rows).remainder(7).to(at::kDouble).exp2().mul(0.05).unsqueeze(1);
  return quantised(reals({rows, columns}, 4, 5) * spread, f);
}

uint64_t maximum_rounds(const at::Tensor& x, int64_t dim) {
  return evaluate(2, {x}, [&](const Inputs& in) { return extremum(in[0], Extreme::largest, dim, true, Position::none).value; })[0].cost.rounds;
}

// The header's.
double stated(int64_t n, int f) { return std::exp2(n <= 4096 ? -13.35 : -13) + std::ldexp(1, -f) + static_cast<double>(n + 1) * std::ldexp(1, -std::min(f + 8, 24)); }

double stated_of_log(int64_t n, int f) { return std::exp2(-13) + std::ldexp(1, -f) + std::exp2(-19) + static_cast<double>(n) * (std::exp2(-20.9) + std::ldexp(1, -std::min(f + 8, 24))); }

}  // namespace

TEST_CASE("softmax: within its bound, rows sum to one, and 13 rounds beside the maximum") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int f : {8, 16, 24}) {
      const auto x = logits(f == 16 ? 160 : 30, 64, f), expected = x.softmax(1);
      const auto result = against_bound(n, {x}, [](const Inputs& in) { return softmax(in[0], 1); }, expected, at::zeros_like(x).add(stated(64, f)), f);
      CAPTURE(n, f);
      CHECK(result.worst <= 1);
      CHECK(result.fraction_bits == f);
      CHECK(result.cost.rounds == maximum_rounds(x, 1) + 13);
    }
  }
}

TEST_CASE("softmax of 64 elements: below 2^-13 at 16 fractional bits, stated and met, also where one element has nearly all") {
  REQUIRE(stated(64, 16) < 0x1p-13);
  auto x = logits(200, 64, 16);
  x.select(1, 5).slice(0, 0, 100).add_(at::arange(100).to(at::kDouble) / 4);
  for (const int n : {1, 2, 3, 5}) check_close(evaluate(n, {x}, [](const Inputs& in) { return softmax(in[0], 1); }), x.softmax(1), 0x1p-13);
}

TEST_CASE("softmax along any dimension, of one element, of long rows, and of a pending product") {
  const auto x = logits(6, 60, 16).reshape({3, 4, 30});
  for (const int64_t dim : {0, 1, 2, -1}) check_close(evaluate(2, {x}, [&](const Inputs& in) { return softmax(in[0], dim); }), x.softmax(dim), stated(60, 16));
  const auto one = at::full({5, 1}, -3.5);
  check_close(evaluate(2, {one}, [](const Inputs& in) { return softmax(in[0], 1); }), at::ones({5, 1}), stated(1, 16));
  const auto wide = logits(1, 5000, 16);
  check_close(evaluate(2, {wide}, [](const Inputs& in) { return softmax(in[0], 1); }), wide.softmax(1), stated(5000, 16));
  const auto a = quantised(logits(4, 10, 8), 8), b = quantised(reals({4, 10}, 2, 9), 8);
  const auto outcomes = evaluate(3, {a, b}, [](const Inputs& in) { return softmax(multiply(in[0], in[1]), 1); });
  check_close(outcomes, (a * b).softmax(1), stated(10, 16));
  CHECK(evaluate(2, {at::zeros({0, 3})}, [](const Inputs& in) { return softmax(in[0], 1); })[0].value.sizes() == at::IntArrayRef({0, 3}));
}

TEST_CASE("log_softmax and logsumexp: within their bounds") {
  for (const int n : {1, 2, 3}) {
    for (const int f : {8, 16, 24}) {
      const auto x = logits(60, 64, f);
      const auto bound = at::full({1}, stated_of_log(64, f), at::kDouble);
      auto result = against_bound(n, {x}, [](const Inputs& in) { return log_softmax(in[0], 1); }, x.log_softmax(1), bound, f);
      CAPTURE(n, f);
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == maximum_rounds(x, 1) + 12);
      result = against_bound(n, {x}, [](const Inputs& in) { return logsumexp(in[0], 1); }, x.logsumexp(1), bound, f);
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == maximum_rounds(x, 1) + 12);
    }
  }
}

TEST_CASE("softmax refuses") {
  CHECK(refusal({reals({3, 4})}, [](const Inputs& in) { softmax(in[0], 2); }).code == 412);
}
