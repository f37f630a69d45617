#include "mpc/function/sine.h"

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "mpc/tensor/arithmetic.h"
#include "points.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// The header's bound.
double stated_sine(int bits) { return std::exp2(bits <= 16 ? -17.5 : -20.5) + std::exp2(-bits); }

MPCTensor first(const MPCTensor& x) { return cossin(x).first; }
MPCTensor second(const MPCTensor& x) { return cossin(x).second; }

}  // namespace

TEST_CASE("Sine and cosine: every point within the stated error, with the stated cost", "[mpc][function]") {
  for (const auto& [n, count] : {std::pair{1, 1000}, std::pair{2, 12000}, std::pair{3, 12000}, std::pair{5, 1000}})
    for (const double reach : {7.0, 32768.0}) {
      const auto x = points_between(-reach, reach, count);
      for (const auto& [function, reference, both] : std::vector<std::tuple<MPCTensor (*)(const MPCTensor&), double (*)(double), bool>>{
               {sin, std::sin, false}, {cos, std::cos, false}, {first, std::cos, true}, {second, std::sin, true}}) {
        const auto judged = judge(n, x, function, reference);
        const auto elements = static_cast<uint64_t>(x.numel());
        CAPTURE(n, reach, judged.at);
        CHECK(judged.worst < stated_sine(16));
        CHECK(judged.dithered);
        CHECK(judged.cost.rounds == 2);
        const auto tiles = [&](int planes) { return static_cast<uint64_t>(packed_size(x.numel(), planes)); };
        CHECK(judged.cost.bytes_sent == static_cast<uint64_t>(n - 1) * (tiles(28) + (both ? 2 : 1) * tiles(40)));
        CHECK(judged.cost.dealer_bytes == elements * 10 + (both ? 2 : 1) * (elements * 8 + narrow_size(elements, 45)));  // top bit: 64 − 40 + 21
      }
    }
}

TEST_CASE("Sine and cosine at every precision", "[mpc][function]") {
  for (const int bits : {8, 12, 17, 20, 24}) {
    const auto x = points_between(-32768, 32768, 4000, bits);
    for (const auto& [function, reference] : std::vector<std::pair<MPCTensor (*)(const MPCTensor&), double (*)(double)>>{{sin, std::sin}, {cos, std::cos}}) {
      const auto judged = judge(2, x, function, reference, bits);
      CAPTURE(bits, judged.at);
      CHECK(judged.worst < stated_sine(bits));
      CHECK(judged.fraction_bits == bits);
    }
  }
}

TEST_CASE("Beyond the domain a sine is still a number between −1 and 1", "[mpc][function]") {
  const auto x = points_between(-0x1p40, 0x1p40, 2000);
  for (const auto& outcome : evaluate(3, {x}, [](const Inputs& in) { return sin(in[0]); })) CHECK(outcome.value.abs().max().item<double>() <= 1 + 2 * kUlp);
}

TEST_CASE("A pending truncation runs before, and an empty tensor stays empty", "[mpc][function]") {
  const auto x = points_between(-10, 10, 1000);
  const auto outcomes = evaluate(2, {x, x}, [](const Inputs& in) {
    const auto product = multiply(in[0], in[1]);
    const Cost before = product.party()->cost();
    auto result = cos(product);
    return Measured{result, result.party()->cost() - before};
  });
  check_close(outcomes, (x * x).cos(), stated_sine(16) + kUlp);
  CHECK(outcomes[0].cost.rounds == 3);
  const auto empty = evaluate(2, {at::empty({0, 4}, at::kDouble)}, [](const Inputs& in) { return sin(in[0]); });
  CHECK(empty[0].value.sizes() == at::IntArrayRef({0, 4}));
  CHECK(empty[0].cost.rounds == 0);
}
