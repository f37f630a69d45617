#include "mpc/tensor/arithmetic.h"

#include "mpc/tensor/reduce.h"
#include "mpc/tensor/scale.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

MPCTensor truncated(const MPCTensor& x) {
  x.at_most(16);
  return x;
}

}  // namespace

TEST_CASE("sums and differences are exact and local, with broadcasting", "[tensor][arithmetic]") {
  const auto a = reals({3, 1, 4}, 100), b = reals({2, 1}, 50, 7);
  check_function({a, b}, a + b, 0, [](const Inputs& x) { return add(x[0], x[1]); });
  check_function({a, b}, a - b, 0, [](const Inputs& x) { return subtract(x[0], x[1]); });
  check_function({a}, -a, 0, [](const Inputs& x) { return negate(x[0]); });
  CHECK(cost_of({a, b}, [](const Inputs& x) { return subtract(negate(x[0]), x[1]); }) == Cost{});
}

TEST_CASE("sums of different scales are exact: a bias on a pending product, a count on a real", "[tensor][arithmetic]") {
  const auto a = reals({8}), b = reals({8}, 1000, 3);
  check_function({a, b}, a * a + b, 0, [](const Inputs& x) { return add(square(x[0]), x[1]); });
  check_function({a, b}, b - a * a, 0, [](const Inputs& x) { return subtract(x[1], square(x[0])); });
  check_function({a}, a + 3, 0, [](const Inputs& x) { return add(x[0], MPCTensor::encrypt(x[0].party(), at::full({}, 3), {}, 0, 0)); });
  CHECK(cost_of({a, b}, [](const Inputs& x) { return add(x[0], multiply(x[0], Plain(at::full({}, 0.1)))); }) == Cost{});
}

TEST_CASE("sums with public operands: exact where they are on the grid of the tensor, half a unit else", "[tensor][arithmetic]") {
  const auto a = reals({2, 3}), p = reals({3}, 9, 5);
  check_function({a}, a + p, 0, [&](const Inputs& x) { return add(x[0], Plain(p)); });
  check_function({a}, a - p, 0, [&](const Inputs& x) { return subtract(x[0], Plain(p)); });
  check_function({a}, a + 0.3, kUlp / 2, [](const Inputs& x) { return add(x[0], Plain(0.3)); });
  check_function({a}, a * a + 0.3, 0x1p-33, [](const Inputs& x) { return add(square(x[0]), Plain(0.3)); });  // 32 fractional bits
  check_function({a}, a + 5, 0, [](const Inputs& x) { return add(x[0], Plain(5)); });
  check_function({a}, a + 1, 0, [](const Inputs& x) { return add(x[0], Plain(at::ones({1}, at::kBool))); });
  // A smaller tensor meets a larger public one.
  check_function({p}, a + p, 0, [&](const Inputs& x) { return add(x[0], Plain(a)); });
  const auto outcomes = evaluate(2, {a}, [](const Inputs& x) { return add(MPCTensor::encrypt(x[0].party(), at::ones({2}), {2}, 0, 0), Plain(1)); });
  CHECK(outcomes[0].fraction_bits == 0);  // whole numbers stay whole
}

TEST_CASE("products of two are exact while their truncation is pending", "[tensor][arithmetic]") {
  const auto a = reals({3, 1, 4}), b = reals({2, 1}, 100, 3);
  check_function({a, b}, a * b, 0, [](const Inputs& x) { return multiply(x[0], x[1]); });
  check_function({a}, a * a, 0, [](const Inputs& x) { return square(x[0]); });
  check_function({a}, a * a, 0, [](const Inputs& x) { return multiply(x[0], x[0]); });
  for (const auto& outcome : evaluate(5, {a, b}, [](const Inputs& x) { return multiply(x[0], x[1]); })) {
    CHECK(outcome.value.equal(a * b));
    CHECK(outcome.fraction_bits == 32);
    CHECK_FALSE(outcome.dithered);
  }
}

TEST_CASE("each truncation is off by less than a unit, times the factor that follows", "[tensor][arithmetic]") {
  const auto a = reals({60}, 3), b = reals({60}, 2, 5), c = reals({60}, 5, 9);
  check_function({a, b}, a * b, kUlp, [](const Inputs& x) { return truncated(multiply(x[0], x[1])); });
  // (a·b + e)·c with |e| < 1 unit and |c| ≤ 5, exact after that.
  check_function({a, b, c}, a * b * c, 5 * kUlp, [](const Inputs& x) { return multiply(multiply(x[0], x[1]), x[2]); });
  // ((a·b + e)² with |a·b| ≤ 6: 2·6·e + e².
  check_function({a, b}, at::square(a * b), 12.001 * kUlp, [](const Inputs& x) { return square(multiply(x[0], x[1])); });
}

TEST_CASE("truncation rounds up as often as the dropped bits say", "[tensor][arithmetic]") {
  // 0.75² = 0.5625 in units of 2^-4 after a truncation of numbers with few bits: here x·x = 2^-17 exactly, half a unit.
  const auto x = at::full({4000}, 0x1p-8), half = at::full({4000}, 0x1p-9);
  const auto outcomes = evaluate(2, {x, half}, [](const Inputs& in) { return truncated(multiply(in[0], in[1])); });
  const double ups = outcomes[0].value.sum().item<double>() / kUlp;
  CHECK(outcomes[0].value.max().item<double>() == kUlp);
  CHECK(outcomes[0].value.min().item<double>() == 0);
  CHECK(std::abs(ups - 2000) < 6 * std::sqrt(1000.0));  // 6 standard deviations of a fair coin
}

TEST_CASE("a multiplication costs its fresh operands; a cached one is free", "[tensor][arithmetic]") {
  const auto a = reals({10}), b = reals({10}, 4, 3);
  CHECK(cost_of({a, b}, [](const Inputs& x) { return multiply(x[0], x[1]); }) == Cost{1, 160, 80});
  CHECK(cost_of({a}, [](const Inputs& x) { return square(x[0]); }) == Cost{1, 80, 80});
  CHECK(cost_of({a}, [](const Inputs& x) { return multiply(x[0], x[0]); }) == Cost{1, 80, 80});
  CHECK(cost_of({a, b}, [](const Inputs& x) {
          multiply(x[0], x[1]);
          return multiply(x[1], x[0]);
        }) == Cost{1, 160, 160});
}

TEST_CASE("in a chain, a multiplication and its truncation take one round", "[tensor][arithmetic]") {
  const auto a = reals({10}, 1);
  const auto chain = [&](int length) {
    return cost_of({a}, [length](const Inputs& x) {
      auto power = x[0];
      for (int i = 0; i < length; ++i) power = multiply(power, x[0]);
      return power;
    });
  };
  const Cost first = chain(1);
  for (int length = 2; length <= 5; ++length) {
    const Cost step = chain(length) - chain(length - 1);
    CHECK(first.rounds == 1);
    CHECK(step.rounds == 1);
    CHECK(step.bytes_sent == 80);
    CHECK(step.dealer_bytes == 10 * (10 + 8 + 2));  // truncation, (r >> f)·λ, msb(r)·λ mod 2^16
  }
}

TEST_CASE("two pending factors are truncated in one round, one that is named twice only once", "[tensor][arithmetic]") {
  const auto a = reals({10}, 1), b = reals({10}, 1, 4);
  const auto measured = [](const Inputs& x, auto part) {
    const auto p = square(x[0]), q = square(x[1]);
    return Measured(p, measure(*p.party(), [&] { part(p, q); }));
  };
  const Cost both = cost_of({a, b}, [&](const Inputs& x) { return measured(x, [](const MPCTensor& p, const MPCTensor& q) { bring_back({p, q, p}, 16); }); });
  CHECK(both == Cost{1, 160, 200});
  // Their product needs no opening of its own.
  const Cost product = cost_of({a, b}, [&](const Inputs& x) { return measured(x, [](const MPCTensor& p, const MPCTensor& q) { multiply(p, q); }); });
  CHECK(product.rounds == 1);
  CHECK(product.bytes_sent == 160);
}

TEST_CASE("public factors are local; their rounding is half a unit of the factor", "[tensor][arithmetic]") {
  const auto a = reals({3, 4}, 100), p = at::tensor({0.1, -2.7, 1.0, 1e-3}, at::kDouble);
  // |a| ≤ 100, factor rounded to 2^-16: half a unit each.
  check_function({a}, a * p, 100 * kUlp / 2, [&](const Inputs& x) { return multiply(x[0], Plain(p)); });
  check_function({a}, a * 3, 0, [](const Inputs& x) { return multiply(x[0], Plain(3)); });
  check_function({a}, a * at::arange(4), 0, [](const Inputs& x) { return multiply(x[0], Plain(at::arange(4))); });
  check_function({a}, a * 0.375, 0, [](const Inputs& x) { return multiply(x[0], Plain(0.375)); });
  check_function({a}, a * 1e-3, 100 * 1e-3 * 0x1p-17, [](const Inputs& x) { return multiply(x[0], Plain(1e-3)); });  // relative 2^-17
  CHECK(cost_of({a}, [&](const Inputs& x) { return multiply(multiply(x[0], Plain(2)), Plain(p)); }) == Cost{});
  const auto outcomes = evaluate(2, {a}, [](const Inputs& x) { return multiply(square(x[0]), Plain(2)); });
  CHECK(outcomes[0].fraction_bits == 32);  // integers do not make a pending truncation necessary
  CHECK(outcomes[0].value.equal(a * a * 2));
}

TEST_CASE("a real factor of a pending product makes it be truncated first", "[tensor][arithmetic]") {
  const auto a = reals({10}, 3);
  // a² truncated (one unit), times 0.1 (relative 2^-17, |a²| ≤ 9).
  check_function({a}, a * a * 0.1, 0.1 * kUlp + 9 * 0.1 * 0x1p-17, [](const Inputs& x) { return multiply(square(x[0]), Plain(0.1)); });
  CHECK(cost_of({a}, [](const Inputs& x) { return multiply(square(x[0]), Plain(0.1)); }).rounds == 2);
}

TEST_CASE("division by public numbers and tensors", "[tensor][arithmetic]") {
  const auto a = reals({3, 4}, 1000), d = at::tensor({3.0, -0.5, 7.0, 100.0}, at::kDouble);
  check_function({a}, a / 4, 0, [](const Inputs& x) { return divide(x[0], Plain(4)); });
  check_function({a}, a / 1000, 1000.0 / 1000 * 0x1p-17, [](const Inputs& x) { return divide(x[0], Plain(1000)); });
  check_function({a}, a / d, 1000 * kUlp / 2, [&](const Inputs& x) { return divide(x[0], Plain(d)); });
  CHECK(refusal({a}, [](const Inputs& x) { divide(x[0], Plain(0)); }).code == 413);
  CHECK(refusal({a}, [](const Inputs& x) { divide(x[0], Plain(at::zeros({4}))); }).code == 413);
}

TEST_CASE("division by a count: a power of two moves the point", "[tensor][arithmetic]") {
  const auto a = reals({20}, 100);
  const auto quarter = evaluate(2, {a}, [](const Inputs& x) { return divide_by_count(x[0], 4); });
  CHECK(quarter[0].value.equal(a / 4));
  CHECK(quarter[0].fraction_bits == 18);
  CHECK(quarter[0].cost == Cost{});
  for (const int64_t count : {3, 49, 1000}) {  // relative 2^-17
    check_function({a}, a / count, 100.0 / static_cast<double>(count) * 0x1p-17, [=](const Inputs& x) { return divide_by_count(x[0], count); });
    CHECK(cost_of({a}, [=](const Inputs& x) { return divide_by_count(x[0], count); }) == Cost{});
  }
  // Large counts: x / 2^12 is truncated (one unit), then times 2^12/5000 < 1.
  check_function({a}, a / 5000, kUlp + 100.0 / 5000 * 0x1p-17, [](const Inputs& x) { return divide_by_count(x[0], 5000); });
  CHECK(cost_of({a}, [](const Inputs& x) { return divide_by_count(x[0], 5000); }).rounds == 1);
  // A pending truncation of a square ≤ 10^4 comes first: one unit.
  check_function({a}, a * a / 3, kUlp / 3 + 1e4 / 3 * 0x1p-17, [](const Inputs& x) { return divide_by_count(square(x[0]), 3); });
  check_function({a}, a * a / 8, 0, [](const Inputs& x) { return divide_by_count(square(x[0]), 8); });
}

TEST_CASE("the mean of many large numbers stays in range", "[tensor][arithmetic]") {
  const auto a = reals({3000}, 500000) + 500000;  // the sum is above 2^30
  // The sum over 2^11 is truncated (one unit), factor relative 2^-17.
  check_function({a}, a.mean(), kUlp + 1e6 * 0x1p-17, [](const Inputs& x) { return mean(x[0]); });
}

TEST_CASE("nothing is sent for empty products", "[tensor][arithmetic]") {
  const auto none = at::zeros({0, 3}), row = reals({3});
  check_function({none, row}, none, 0, [](const Inputs& x) { return multiply(x[0], x[1]); });
  check_function({none}, none, 0, [](const Inputs& x) { return truncated(square(x[0])); });
  check_function({none}, none, 0, [](const Inputs& x) { return multiply(x[0], Plain(0.3)); });
  CHECK(cost_of({none, row}, [](const Inputs& x) { return truncated(multiply(x[0], x[1])); }) == Cost{});
}

TEST_CASE("operands without dimensions", "[tensor][arithmetic]") {
  const auto a = at::full({}, 1.5, at::kDouble), b = reals({3});
  check_function({a, b}, a * b, 0, [](const Inputs& x) { return multiply(x[0], x[1]); });
  check_function({a}, a * a + a, 0, [](const Inputs& x) { return add(square(x[0]), x[0]); });
}

TEST_CASE("shapes that do not fit are named on all ranks, before anything is sent", "[tensor][arithmetic]") {
  const std::vector<at::Tensor> two{reals({2, 3}), reals({4})};
  for (const auto& error : {refusal(two, [](const Inputs& x) { add(x[0], x[1]); }), refusal(two, [](const Inputs& x) { subtract(x[0], x[1]); }),
                            refusal(two, [](const Inputs& x) { multiply(x[0], x[1]); }), refusal(two, [](const Inputs& x) { add(x[0], Plain(at::ones({4}))); }),
                            refusal(two, [](const Inputs& x) { multiply(x[0], Plain(at::ones({4}))); }), refusal(two, [](const Inputs& x) { divide(x[0], Plain(at::ones({4}))); })}) {
    CHECK(error.code == 410);
    CHECK(contains(error.text, "(2, 3)"));
    CHECK(contains(error.text, "(4)"));
  }
  CHECK(refusal(two, [](const Inputs& x) { add(x[0], MPCTensor()); }).code == 402);
  CHECK(refusal(two, [](const Inputs& x) { multiply(x[0], Plain(at::full({1}, std::nan("")))); }).code == 104);
}
