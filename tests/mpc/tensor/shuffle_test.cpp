#include "mpc/tensor/shuffle.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/reshape.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("shuffle keeps rows together, in all tensors alike, at whatever scale they are", "[tensor][shuffle]") {
  const auto x = at::arange(120).to(at::kDouble).view({40, 3}), y = at::arange(40).to(at::kDouble);
  const auto expected = at::add(x, at::mul(at::mul(y, y), 1000).unsqueeze(1));
  for (const int n : {1, 2, 3}) {
    const auto outcomes = evaluate(n, {x, y}, [](const Inputs& in) {
      const auto shuffled = shuffle(std::vector{in[0], multiply(in[1], in[1])});  // the product's truncation is pending
      return add(shuffled[0], multiply(reshape(shuffled[1], {40, 1}), Plain(1000)));
    });
    const auto& mixed = outcomes[0].value;
    check_close(outcomes, mixed, 0);
    CHECK_FALSE(mixed.allclose(expected, 0, 0.5));  // probability 1/40!
    CHECK(std::get<0>(mixed.sort(0)).allclose(expected, 0, 0.1));  // a row holds its x and its y: all columns ascend alike
    CHECK(outcomes[0].fraction_bits == 32);
  }
  const auto order = evaluate(2, {x}, [](const Inputs& in) { return randperm(in[0].party(), 30); });
  CHECK(std::get<0>(order[0].value.sort()).equal(at::arange(30).to(at::kDouble)));
  CHECK(order[0].fraction_bits == 0);
}

TEST_CASE("What has no rows in common is not shuffled together", "[tensor][shuffle]") {
  const auto codes = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto of = [&](std::vector<int64_t> sizes) { return MPCTensor::encrypt(party, at::zeros(sizes), sizes); };
    return codes_of([&] { shuffle(std::vector<MPCTensor>{}); }, [&] { shuffle(of({})); }, [&] { shuffle(std::vector{of({2}), of({3})}); },
                    [&] { randperm(party, -1); }, [&] { randperm(nullptr, 3); });
  });
  CHECK(codes[0] == std::vector<int>{418, 425, 408, 426, 402});
}
