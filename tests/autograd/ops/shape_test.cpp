#include "autograd/ops/shape.h"

#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("shapes, parts and joins are torch's", "[autograd][shape]") {
  const auto x = reals({2, 3, 4}), index = at::tensor({2, 0}, at::kLong);
  check_crypt({x}, x.reshape({6, -1}), 0, [](const CrypInputs& in) { return reshape(in[0], {6, -1}); });
  check_crypt({x}, x.flatten(1), 0, [](const CrypInputs& in) { return flatten(in[0], 1); });
  check_crypt({x}, x.transpose(0, 2), 0, [](const CrypInputs& in) { return transpose(in[0], 0, 2); });
  check_crypt({x}, x.permute({1, 2, 0}), 0, [](const CrypInputs& in) { return permute(in[0], {1, 2, 0}); });
  check_crypt({x}, x.expand({2, 2, 3, 4}), 0, [](const CrypInputs& in) { return expand(in[0], {2, -1, -1, -1}); });
  check_crypt({x}, x.unsqueeze(0), 0, [](const CrypInputs& in) { return unsqueeze(in[0], 0); });
  check_crypt({x}, x, 0, [](const CrypInputs& in) { return squeeze(unsqueeze(in[0], 1), 1); });
  check_crypt({x}, x, 0, [](const CrypInputs& in) { return squeeze(unsqueeze(in[0], -1)); });
  check_crypt({x}, x.select(1, -1), 0, [](const CrypInputs& in) { return select(in[0], 1, -1); });
  check_crypt({x}, x.slice(2, 1, 4, 2), 0, [](const CrypInputs& in) { return slice(in[0], 2, 1, 4, 2); });
  check_crypt({x}, x.index_select(1, index), 0, [=](const CrypInputs& in) { return index_select(in[0], 1, index); });
  check_crypt({x}, at::constant_pad_nd(x, {1, 2, 0, 1}, 0.5), 0, [](const CrypInputs& in) { return pad(in[0], {1, 2, 0, 1}, 0.5); });
  check_crypt({x}, at::cat({x, x}, 1), 0, [](const CrypInputs& in) { return cat({in[0], in[0]}, 1); });
  check_crypt({x}, at::stack({x, x}, 1), 0, [](const CrypInputs& in) { return stack({in[0], in[0]}, 1); });
  check_crypt({x}, x.slice(1, 2, 3), 0, [](const CrypInputs& in) { return split(in[0], 2, 1).at(1); });
  CHECK(crypt_refusal({x}, [](const CrypInputs& in) { reshape(in[0], {5}); }) == 411);
  CHECK(crypt_refusal({x}, [](const CrypInputs& in) { (void)in, cat({}); }) == 418);
}
