#include "autograd/ops/reduce.h"

#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("sums and means", "[autograd][reduce]") {
  const auto x = reals({2, 3, 4});
  check_crypt({x}, x.sum(), 0, [](const CrypInputs& in) { return sum(in[0]); });
  check_crypt({x}, x.sum(1, true), 0, [](const CrypInputs& in) { return sum(in[0], {1}, true); });
  check_crypt({x}, x.mean(2), 0, [](const CrypInputs& in) { return mean(in[0], {2}); });  // of 4: exact
  check_crypt({x}, x.mean(), 4 * 0x1p-17, [](const CrypInputs& in) { return mean(in[0]); });
}

TEST_CASE("maxima and their positions: one-hot by default, as in CrypTen", "[autograd][reduce]") {
  const auto x = at::tensor({3.0, 5.0, 5.0, -1.0, -1.0, -2.0}, at::kDouble).reshape({2, 3});
  const auto hot = at::tensor({0, 1, 0, 1, 0, 0}).reshape({2, 3}), least = at::tensor({1, 0, 0, 0, 0, 1}).reshape({2, 3});
  check_crypt({x}, x.max(), 0, [](const CrypInputs& in) { return max(in[0]); });
  check_crypt({x}, x.min(), 0, [](const CrypInputs& in) { return min(in[0]); });
  check_crypt({x}, std::get<0>(x.max(1)), 0, [](const CrypInputs& in) { return max(in[0], 1).first; });
  check_crypt({x}, hot, 0, [](const CrypInputs& in) { return max(in[0], 1).second; });
  check_crypt({x}, x.argmax(1, true), 0, [](const CrypInputs& in) { return max(in[0], -1, true, false).second; });
  check_crypt({x}, std::get<0>(x.min(1, true)), 0, [](const CrypInputs& in) { return min(in[0], 1, true).first; });
  check_crypt({x}, least, 0, [](const CrypInputs& in) { return min(in[0], 1).second; });
  check_crypt({x}, hot, 0, [](const CrypInputs& in) { return argmax(in[0], 1); });
  check_crypt({x}, x.argmax(0), 0, [](const CrypInputs& in) { return argmax(in[0], 0, false, false); });
  check_crypt({x}, x.argmax(), 0, [](const CrypInputs& in) { return argmax(in[0], std::nullopt, false, false); });
  check_crypt({x}, at::tensor({0, 1, 0, 0, 0, 0}).reshape({2, 3}), 0, [](const CrypInputs& in) { return argmax(in[0]); });
  check_crypt({x}, x.argmin(1), 0, [](const CrypInputs& in) { return argmin(in[0], 1, false, false); });
  check_crypt({x}, least, 0, [](const CrypInputs& in) { return argmin(in[0], 1); });
  CHECK(crypt_refusal({x}, [](const CrypInputs& in) { argmax(in[0], 2); }) == 412);
}
