#include "mpc/tensor/logic.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

const std::vector<std::pair<Order, at::Tensor (*)(const at::Tensor&, const at::Tensor&)>> kOrders{
    {Order::less, [](const at::Tensor& a, const at::Tensor& b) { return at::lt(a, b); }},          {Order::less_equal, [](const at::Tensor& a, const at::Tensor& b) { return at::le(a, b); }},
    {Order::greater, [](const at::Tensor& a, const at::Tensor& b) { return at::gt(a, b); }},       {Order::greater_equal, [](const at::Tensor& a, const at::Tensor& b) { return at::ge(a, b); }},
    {Order::equal, [](const at::Tensor& a, const at::Tensor& b) { return at::eq(a, b); }},         {Order::not_equal, [](const at::Tensor& a, const at::Tensor& b) { return at::ne(a, b); }}};

// Equal, a unit apart on either side, and far apart on both sides of zero.
std::pair<at::Tensor, at::Tensor> pairs() {
  auto a = reals({40}, 100), b = reals({40}, 100, 17);
  b.slice(0, 0, 8).copy_(a.slice(0, 0, 8));
  b.slice(0, 8, 16).copy_(a.slice(0, 8, 16) + kUlp);
  b.slice(0, 16, 24).copy_(a.slice(0, 16, 24) - kUlp);
  a[24] = 0x1p45, b[24] = -0x1p45, a[25] = -0x1p45, b[25] = 0x1p45;
  return {a, b};
}

}  // namespace

TEST_CASE("comparisons are exact, with whole results", "[tensor][logic]") {
  const auto [a, b] = pairs();
  for (const auto& [order, expected] : kOrders) {
    check_function({a, b}, expected(a, b), 0, [order = order](const Inputs& x) { return compare(x[0], order, x[1]); });
    check_function({a}, expected(a, b), 0, [order = order, b = b](const Inputs& x) { return compare(x[0], order, Plain(b)); });
    check_function({a}, expected(a, at::zeros({})), 0, [order = order](const Inputs& x) { return compare(x[0], order, Plain(0)); });
  }
  const auto outcomes = evaluate(5, {a, b}, [](const Inputs& x) { return compare(x[0], Order::less, x[1]); });
  check_close(outcomes, at::lt(a, b), 0);
  CHECK(outcomes[0].fraction_bits == 0);
}

TEST_CASE("comparisons need no truncation: pending products compare exactly, also with another scale", "[tensor][logic]") {
  const auto a = reals({30}, 3), b = reals({30}, 3, 9);
  check_function({a, b}, at::lt(a * a, b), 0, [](const Inputs& x) { return compare(square(x[0]), Order::less, x[1]); });
  check_function({a, b}, at::eq(a * a, a * a), 0, [](const Inputs& x) { return compare(square(x[0]), Order::equal, square(x[0])); });
  CHECK(cost_of({a}, [](const Inputs& x) { return compare(square(x[0]), Order::greater, Plain(1)); }).rounds == 1 + 4);
  const auto outcomes = evaluate(2, {a}, [](const Inputs& x) {
    const auto product = square(x[0]);
    product.at_most(16);
    return compare(product, Order::less, Plain(1));
  });
  CHECK_FALSE(outcomes[0].dithered);  // a decision carries no dropped bits
}

TEST_CASE("comparisons broadcast in both directions", "[tensor][logic]") {
  const auto a = reals({3, 1}), b = reals({4}, 4, 5);
  check_function({a, b}, at::lt(a, b), 0, [](const Inputs& x) { return compare(x[0], Order::less, x[1]); });
  check_function({a}, at::ge(a, b), 0, [b](const Inputs& x) { return compare(x[0], Order::greater_equal, Plain(b)); });
}

TEST_CASE("a plaintext bound is rounded as if it had been encrypted", "[tensor][logic]") {
  const auto x = quantised(at::full({1}, 0.3));
  check_function({x}, at::ones({1}), 0, [](const Inputs& in) { return compare(in[0], Order::equal, Plain(0.3)); });
  check_function({x}, at::zeros({1}), 0, [](const Inputs& in) { return compare(in[0], Order::less, Plain(0.3)); });
}

TEST_CASE("a comparison takes four rounds; three if the value is open", "[tensor][logic]") {
  const auto a = reals({512}), b = reals({512}, 4, 3);
  for (const auto& [order, expected] : kOrders) {
    const Cost cost = cost_of({a, b}, [order = order](const Inputs& x) { return compare(x[0], order, x[1]); });
    CHECK(cost.rounds <= 4);
    CHECK(cost.bytes_sent <= 13 * 512);
    CHECK(cost.dealer_bytes <= 52 * 512);
  }
  const Cost open = cost_of({a}, [](const Inputs& x) {
    const auto first = square(x[0]);
    return Measured(first, measure(*first.party(), [&] { compare(x[0], Order::less, Plain(1)); }));
  });
  CHECK(open.rounds == 3);
  CHECK(open.bytes_sent <= 5 * 512);
  // Where one operand is open, the other one is opened, not the difference: the next comparison finds both open.
  const Cost again = cost_of({a, b}, [](const Inputs& x) {
    const auto first = square(x[0]);
    compare(x[0], Order::less, x[1]);
    return Measured(first, measure(*first.party(), [&] { compare(x[0], Order::less, x[1]); }));
  });
  CHECK(again.rounds == 3);
}

TEST_CASE("ReLU, and its fusion with a pending truncation", "[tensor][logic]") {
  const auto a = reals({30}, 100), b = reals({30}, 3, 5);
  check_function({a}, at::relu(a), 0, [](const Inputs& x) { return relu(x[0]); });
  check_function({a, b}, at::relu(a * b), kUlp, [](const Inputs& x) { return relu(multiply(x[0], x[1])); });  // one truncation
  check_function({a}, at::relu(at::round(a)), 0, [](const Inputs& x) { return relu(MPCTensor::encrypt(x[0].party(), at::round(reals({30}, 100)), {30}, 0, 0)); });
  const Cost plain = cost_of({a}, [](const Inputs& x) { return relu(x[0]); });
  CHECK(plain.rounds == 4);
  CHECK(plain.bytes_sent <= 13 * 512);
  const auto many = reals({512}, 2);
  const auto fuse = [](const Inputs& x) { return relu(multiply(x[0], Plain(at::full({}, 0.3)))); };
  const auto outcomes = evaluate(2, {many}, fuse);
  CHECK(outcomes[0].fraction_bits == 16);
  CHECK(outcomes[0].dithered);
  const Cost fused = outcomes[1].cost;
  CHECK(fused.rounds == 4);
  CHECK(fused.bytes_sent <= 13 * 512);
  CHECK(fused.dealer_bytes <= 72 * 512);
}

TEST_CASE("the exact truncation inside a ReLU rounds to the nearest", "[tensor][logic]") {
  Config exact;
  exact.truncation = Truncation::exact;
  const auto a = reals({64}, 3), b = reals({64}, 3, 5);
  check_function({a, b}, at::relu(at::floor(a * b * 0x1p16 + 0.5) * kUlp), 0, [](const Inputs& x) { return relu(multiply(x[0], x[1])); }, exact);
}

TEST_CASE("hardtanh clamps; saturated elements are the bounds exactly, also when a truncation is fused", "[tensor][logic]") {
  const auto a = reals({60}, 10), b = reals({60}, 3, 5);
  check_function({a}, at::hardtanh(a, -1, 1), 0, [](const Inputs& x) { return hardtanh(x[0], -1, 1); });
  check_function({a}, at::hardtanh(a, 0, 6), 0, [](const Inputs& x) { return hardtanh(x[0], 0, 6); });
  check_function({a}, at::hardtanh(a, -0.3, 2.7), kUlp / 2, [](const Inputs& x) { return hardtanh(x[0], -0.3, 2.7); });  // bounds are rounded
  for (const int n : {1, 2, 3}) {
    const auto outcomes = evaluate(n, {a, b}, [](const Inputs& x) { return hardtanh(multiply(x[0], x[1]), -1, 6); });
    const auto expected = at::hardtanh(a * b, -1, 6);
    check_close(outcomes, expected, kUlp);
    const auto saturated = at::logical_or(at::ge(a * b, 6 + kUlp), at::le(a * b, -1 - kUlp));
    CHECK(outcomes[0].value.index({saturated}).equal(expected.index({saturated})));
  }
  // Whole numbers meet bounds that are not.
  check_function({a}, at::full({2}, 1.5), 0, [](const Inputs& x) { return hardtanh(MPCTensor::encrypt(x[0].party(), at::full({2}, 3.0), {2}, 0, 0), 0, 1.5); });
}

TEST_CASE("hardtanh compares twice on one opening, side by side", "[tensor][logic]") {
  const auto a = reals({512}, 10);
  const Cost cost = cost_of({a}, [](const Inputs& x) { return hardtanh(x[0], -1, 1); });
  CHECK(cost.rounds == 4);
  CHECK(cost.bytes_sent <= 18 * 512);
  CHECK(cost.dealer_bytes <= 120 * 512);
  const Cost after_truncation = cost_of({a}, [](const Inputs& x) {
    const auto product = square(x[0]);
    product.at_most(16);  // carries an opening that comparisons cannot use
    return Measured(product, measure(*product.party(), [&] { hardtanh(product, -1, 1); }));
  });
  CHECK(after_truncation.rounds == 4);
  CHECK(after_truncation.bytes_sent <= 18 * 512);
}

TEST_CASE("abs and sign as torch: zero at zero", "[tensor][logic]") {
  const auto a = reals({40}, 100);
  check_function({a}, at::abs(a), 0, [](const Inputs& x) { return abs(x[0]); });
  check_function({a}, a * a, 0, [](const Inputs& x) { return abs(multiply(x[0], abs(x[0]))); });
  check_function({a}, at::sign(a), 0, [](const Inputs& x) { return sign(x[0]); });
  check_function({a}, at::sign(a * a), 0, [](const Inputs& x) { return sign(square(x[0])); });
  const auto many = reals({512});
  const Cost size = cost_of({many}, [](const Inputs& x) { return abs(x[0]); }), signs = cost_of({many}, [](const Inputs& x) { return sign(x[0]); });
  CHECK(size.rounds == 4);
  CHECK(size.bytes_sent <= 13 * 512);
  CHECK(size.dealer_bytes <= 60 * 512);
  CHECK(signs.rounds == 4);
  CHECK(signs.bytes_sent <= 18 * 512);
  CHECK(signs.dealer_bytes <= 104 * 512);
}

TEST_CASE("where selects exactly, for decisions and for encrypted zeros and ones", "[tensor][logic]") {
  const auto a = reals({3, 4}, 100), b = reals({4}, 100, 5), c = at::gt(reals({3, 1}, 1, 3), 0).to(at::kDouble);
  check_function({c, a, b}, at::where(c.to(at::kBool), a, b), 0, [](const Inputs& x) { return where(x[0], x[1], x[2]); });
  check_function({c, a, b}, at::where(at::gt(a, b), a, b), 0, [](const Inputs& x) { return where(compare(x[1], Order::greater, x[2]), x[1], x[2]); });
  check_function({c, a, b}, at::where(at::gt(a, b), a * a, b), 0, [](const Inputs& x) { return where(compare(x[1], Order::greater, x[2]), square(x[1]), x[2]); });
  const auto many = reals({512}), other = reals({512}, 4, 5);
  const Cost cost = cost_of({many, other}, [](const Inputs& x) {
    const auto condition = compare(x[0], Order::less, Plain(1));
    return Measured(condition, measure(*condition.party(), [&] { where(condition, x[0], x[1]); }));
  });
  CHECK(cost.rounds == 1);
  CHECK(cost.bytes_sent == 8 * 512);
  CHECK(cost.dealer_bytes <= 24 * 512);
}

TEST_CASE("independent decisions run side by side", "[tensor][logic]") {
  const auto a = reals({20}), b = reals({20}, 4, 5);
  CHECK(cost_of({a, b}, [](const Inputs& x) {
          MPCTensor p, q;
          x[0].party()->together({[&] { p = relu(x[0]); }, [&] { q = relu(square(x[1])); }});
          return add(p, q);
        }).rounds == 5);
}

TEST_CASE("decisions about nothing, and about numbers without dimensions", "[tensor][logic]") {
  const auto none = at::zeros({0, 3}), number = at::full({}, -1.5, at::kDouble);
  for (const auto& x : {none, number}) {
    check_function({x}, at::relu(x), 0, [](const Inputs& in) { return relu(in[0]); });
    check_function({x}, at::abs(x), 0, [](const Inputs& in) { return abs(in[0]); });
    check_function({x}, at::sign(x), 0, [](const Inputs& in) { return sign(in[0]); });
    check_function({x}, at::hardtanh(x), 0, [](const Inputs& in) { return hardtanh(in[0], -1, 1); });
    check_function({x}, at::lt(x, 0), 0, [](const Inputs& in) { return compare(in[0], Order::less, Plain(0)); });
    check_function({x}, at::eq(x, x), 0, [](const Inputs& in) { return compare(in[0], Order::equal, in[0]); });
    check_function({x}, x, 0, [](const Inputs& in) { return where(compare(in[0], Order::less, in[0]), negate(in[0]), in[0]); });
  }
  CHECK(cost_of({none}, [](const Inputs& in) { return relu(sign(hardtanh(in[0], -1, 1))); }) == Cost{});
}

TEST_CASE("what does not fit is refused on all ranks", "[tensor][logic]") {
  const std::vector<at::Tensor> two{reals({2, 3}), reals({4})};
  CHECK(refusal(two, [](const Inputs& x) { compare(x[0], Order::less, x[1]); }).code == 410);
  CHECK(refusal(two, [](const Inputs& x) { compare(x[0], Order::equal, Plain(at::ones({4}))); }).code == 410);
  CHECK(refusal(two, [](const Inputs& x) { where(x[0], x[0], x[1]); }).code == 410);
  CHECK(refusal(two, [](const Inputs& x) { where(x[1], x[0], x[0]); }).code == 410);
  CHECK(refusal(two, [](const Inputs& x) { hardtanh(x[0], 1, -1); }).code == 419);
  CHECK(refusal(two, [](const Inputs& x) { hardtanh(x[0], std::nan(""), 1); }).code == 419);
  CHECK(refusal(two, [](const Inputs&) { relu(MPCTensor()); }).code == 402);
}
