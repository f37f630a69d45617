#include "mpc/function/reciprocal.h"

#include <catch2/catch.hpp>

#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/roots.h"
#include "mpc/protocol/open.h"
#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/function/bounds.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

constexpr int kAllParties[] = {1, 2, 3, 5}, kPrecisions[] = {8, 12, 16, 20, 24};
int64_t count_for(int n, int f) { return f == 16 && (n == 2 || n == 3) ? 10'000 : 1'500; }

template <typename Check>
void for_all(Check check) {
  for (const int n : kAllParties)
    for (const int f : kPrecisions) {
      CAPTURE(n, f);
      check(n, f);
    }
}

}  // namespace

TEST_CASE("reciprocal: within its bound on every domain") {
  struct Form {
    ReciprocalDomain domain;
    double low, high;
    int rounds;
    const char* name;
  };
  for (const auto& form : {Form{ReciprocalDomain::both_signs, 0x1p-8, 0x1p20, 9, "reciprocal"}, Form{ReciprocalDomain::positive, 0x1p-8, 0x1p20, 9, "positive"},
                           Form{ReciprocalDomain::denominators, 1, 0x1p12, 8, "denominators"}}) {
    for_all([&](int n, int f) {
      const auto x = points_of_every_size(form.low, form.high, count_for(n, f), f, form.domain == ReciprocalDomain::both_signs), expected = x.reciprocal();
      const auto result = against_bound(n, {x}, [&](const Inputs& in) { return reciprocal(in[0], form.domain); }, expected, relative_bound(expected, -12.8, 1.25, f), f);
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == static_cast<uint64_t>(form.rounds));
      CHECK(result.fraction_bits == f);
      CHECK(result.dithered);
    });
  }
}

TEST_CASE("division, private by private: within its bound") {
  for_all([](int n, int f) {
    const int kept = std::min(32, 50 - f);
    const auto b = points_of_every_size(0x1p-7, 0x1p20, count_for(n, f), f, true);
    // Quotients up to the largest that has room, and dividends up to the largest.
    const auto largest = (b.abs() * std::ldexp(1, 61 - f - kept)).clamp_max(std::ldexp(1, 61 - f - 8) < 0x1p30 ? std::ldexp(1, 53 - f) : 0x1p30);
    const auto a = quantised(largest * at::arange(b.numel()).to(at::kDouble).sin() * at::arange(b.numel()).remainder(19).neg().to(at::kDouble).exp2(), f), expected = a / b;
    const auto bound = relative_bound(expected, -12.8, 1.25, f) + a.abs() * (1.25 * std::ldexp(1, -kept));
    const auto result = against_bound(n, {a, b}, [](const Inputs& in) { return divide(in[0], in[1]); }, expected, bound, f);
    CHECK(result.worst <= 1);
    CHECK(result.cost.rounds == 10);
  });
}

TEST_CASE("division of a public number or tensor") {
  for_all([](int n, int f) {
    const int kept = std::min(32, 50 - f);
    const auto b = points_of_every_size(0x1p-6, 0x1p20, count_for(n, f) / 2, f, true);
    for (const double a : {3.0, -0.3, 7.25}) {
      const auto expected = a / b;
      const auto bound = relative_bound(expected, std::log2(std::exp2(-12.8) + 0x1p-17), 1.25, f) + std::abs(a) * 1.25 * std::ldexp(1, -kept);
      const auto result = against_bound(n, {b}, [a](const Inputs& in) { return divide(Plain(a), in[0]); }, expected, bound, f);
      CHECK(result.worst <= 1);
      CHECK(result.cost.rounds == 10);
    }
  });
}

TEST_CASE("a pending reciprocal asks the dealer at construction, and knows its fractional bits") {
  const auto x = quantised(at::linspace(1, 100, 500, at::kDouble));
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto input = MPCTensor::encrypt(party, x, x.sizes(), 0);
    const auto before = party->cost();
    PendingReciprocal pending(*party, input.share(), input.fraction_bits(), ReciprocalDomain::positive);
    const auto asked = party->cost() - before;
    const auto share = pending.finish(*party);
    const auto all = party->cost() - before;
    return std::tuple(asked, all, decode(reveal(*party, share), pending.fraction_bits(), at::kDouble));
  });
  for (const auto& [asked, all, inverse] : results) {
    CHECK(asked.rounds == 0);
    CHECK(asked.bytes_sent == 0);
    CHECK(asked.dealer_bytes == all.dealer_bytes);
    CHECK(all.rounds == 8);  // the truncation is the ninth
    CHECK((inverse * x - 1).abs().max().item<double>() < std::exp2(-12.8));
  }
}

TEST_CASE("roots: within their bounds") {
  for_all([](int n, int f) {
    const auto x = points_of_every_size(std::max(0x1p-10, std::ldexp(1, -f)), 0x1p20, count_for(n, f), f);
    const auto root = x.sqrt(), inverse = x.rsqrt();
    auto result = against_bound(n, {x}, [](const Inputs& in) { return sqrt(in[0]); }, root, relative_bound(root, -12.4, 1.25, f), f);
    CHECK(result.worst <= 1);
    CHECK(result.cost.rounds == 9);
    result = against_bound(n, {x}, [](const Inputs& in) { return inv_sqrt(in[0]); }, inverse, relative_bound(inverse, -11.8, 1.25, f), f);
    CHECK(result.worst <= 1);
    CHECK(result.cost.rounds == 9);
  });
}

TEST_CASE("logarithm: within its bound") {
  for_all([](int n, int f) {
    const auto x = points_of_every_size(std::max(0x1p-10, std::ldexp(1, -f)), 0x1p20, count_for(n, f), f);
    const auto expected = x.log();
    const auto result = against_bound(n, {x}, [](const Inputs& in) { return log(in[0]); }, expected, at::zeros_like(x).add(0x1p-13 + std::ldexp(1, -f)), f);
    CHECK(result.worst <= 1);
    CHECK(result.cost.rounds == 8);
  });
}

TEST_CASE("a pending truncation is not carried out first: the product's opening serves") {
  const auto a = points_of_every_size(0.25, 16, 600, 8), b = a.flip(0).contiguous(), product = a * b;
  Config config;
  config.precision_bits = 16;
  const auto run = [&](const Function& function, const at::Tensor& expected, double relative, uint64_t rounds) {
    const auto outcomes = evaluate(2, {a, b}, [&](const Inputs& in) { return function({multiply(in[0], in[1])}); }, config);
    CHECK(((outcomes[0].value - expected).abs() / relative_bound(expected, relative, 16, 16)).max().item<double>() <= 1);
    CHECK(outcomes[0].cost.rounds == rounds + 1);  // the product's own
  };
  run([](const Inputs& in) { return reciprocal(in[0]); }, product.reciprocal(), -12.8, 9);
  run([](const Inputs& in) { return sqrt(in[0]); }, product.sqrt(), -12.4, 9);
  run([](const Inputs& in) { return inv_sqrt(in[0]); }, product.rsqrt(), -11.8, 9);
  run([](const Inputs& in) { return log(in[0]); }, product.log(), -12.8, 8);
  run([](const Inputs& in) { return exp(negate(in[0])); }, product.neg().exp(), -13, 4);
}

TEST_CASE("outside of the domain: what the headers say") {
  const auto zero = at::zeros({100}, at::kDouble);
  CHECK(evaluate(2, {zero}, [](const Inputs& in) { return sqrt(in[0]); })[0].value.abs().max().item<double>() < 0x1p-6);
  CHECK(evaluate(2, {zero}, [](const Inputs& in) { return inv_sqrt(in[0]); })[0].value.abs().max().item<double>() < 192);
  const auto log_of_zero = evaluate(2, {zero}, [](const Inputs& in) { return log(in[0]); })[0].value;
  CHECK(log_of_zero.min().item<double>() > -11);
  CHECK(log_of_zero.max().item<double>() < -7);
  const auto wild = reals({500}, 1 << 29, 3);  // garbage, but no failure
  for (const auto function : {+[](const Inputs& in) { return exp(in[0]); }, +[](const Inputs& in) { return reciprocal(in[0]); }, +[](const Inputs& in) { return log(in[0]); }})
    CHECK(evaluate(3, {wild}, function)[0].value.numel() == 500);
}

TEST_CASE("functions refuse a precision that they are not made for, and other parties' tensors") {
  Config config;
  for (const int bits : {7, 25}) {
    config.precision_bits = bits;
    for (const auto function : {+[](const Inputs& in) { return exp(in[0]); }, +[](const Inputs& in) { return reciprocal(in[0]); }, +[](const Inputs& in) { return sqrt(in[0]); },
                                +[](const Inputs& in) { return log(in[0]); }, +[](const Inputs& in) { return divide(in[0], in[0]); }}) {
      CHECK(code_of([&] { evaluate(2, {at::ones({3}, at::kDouble)}, function, config); }) == 409);
    }
  }
  CHECK(refusal({at::ones({3}), at::ones({2})}, [](const Inputs& in) { divide(in[0], in[1]); }).code == 410);
}

TEST_CASE("tensors without elements") {
  const auto none = at::zeros({0, 3}, at::kDouble);
  for (const auto function : {+[](const Inputs& in) { return exp(in[0]); }, +[](const Inputs& in) { return reciprocal(in[0]); }, +[](const Inputs& in) { return inv_sqrt(in[0]); },
                              +[](const Inputs& in) { return log(in[0]); }, +[](const Inputs& in) { return divide(in[0], in[0]); }}) {
    const auto outcome = evaluate(2, {none}, function)[0];
    CHECK(outcome.value.sizes() == none.sizes());
    CHECK(outcome.cost == Cost{});
  }
}
