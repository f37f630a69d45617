#include "autograd/ops/logic.h"

#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("comparisons mean what their names say", "[autograd][logic]") {
  const auto a = at::tensor({1.0, 2.0, 2.0, -1.0}, at::kDouble), b = at::tensor({2.0, 1.0, 2.0, -1.0}, at::kDouble);
  check_crypt({a, b}, at::lt(a, b), 0, [](const CrypInputs& x) { return lt(x[0], x[1]); });
  check_crypt({a, b}, at::le(a, b), 0, [](const CrypInputs& x) { return le(x[0], x[1]); });
  check_crypt({a, b}, at::gt(a, b), 0, [](const CrypInputs& x) { return gt(x[0], x[1]); });
  check_crypt({a, b}, at::ge(a, b), 0, [](const CrypInputs& x) { return ge(x[0], x[1]); });
  check_crypt({a, b}, at::eq(a, b), 0, [](const CrypInputs& x) { return eq(x[0], x[1]); });
  check_crypt({a, b}, at::ne(a, b), 0, [](const CrypInputs& x) { return ne(x[0], x[1]); });
  check_crypt({a}, at::lt(a, 2), 0, [](const CrypInputs& x) { return lt(x[0], 2); });
  check_crypt({a}, at::le(a, 2), 0, [](const CrypInputs& x) { return le(x[0], 2.0); });
  check_crypt({a}, at::gt(a, b), 0, [=](const CrypInputs& x) { return gt(x[0], b); });
  check_crypt({a}, at::ge(a, b), 0, [=](const CrypInputs& x) { return ge(x[0], b); });
  check_crypt({a}, at::eq(a, 2), 0, [](const CrypInputs& x) { return eq(x[0], 2); });
  check_crypt({a}, at::ne(a, b), 0, [=](const CrypInputs& x) { return ne(x[0], b); });
}

TEST_CASE("rectifiers, magnitude, sign and selection", "[autograd][logic]") {
  const auto a = reals({3, 4}), b = reals({3, 4}, 4, 5);
  check_crypt({a}, at::relu(a), 0, [](const CrypInputs& x) { return relu(x[0]); });
  check_crypt({a}, at::hardtanh(a, -1, 2), 0, [](const CrypInputs& x) { return hardtanh(x[0], -1, 2); });
  check_crypt({a}, at::abs(a), 0, [](const CrypInputs& x) { return abs(x[0]); });
  check_crypt({a}, at::sign(a), 0, [](const CrypInputs& x) { return sign(x[0]); });
  check_crypt({a, b}, at::max(a, b), 0, [](const CrypInputs& x) { return where(gt(x[0], x[1]), x[0], x[1]); });
  for (const auto& result : run_parties(2, [&](const std::shared_ptr<Party>& party) { return gt(cryptensor(party, a), 0).get_plain_text(); })) CHECK(result.equal(at::gt(a, 0).to(at::kLong)));
  CHECK(crypt_refusal({a}, [](const CrypInputs& x) { hardtanh(x[0], 2, 1); }) == 419);
}
