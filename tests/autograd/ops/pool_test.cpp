#include "autograd/ops/pool.h"

#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("pooling of CrypTensors is torch's", "[autograd][pool]") {
  const auto x = reals({1, 2, 6, 6}) - 10;
  const Pool2dOptions options{{3, 3}, {2, 2}, {1, 1}};
  check_crypt({x}, at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1}), 0, [&](const CrypInputs& in) { return max_pool2d(in[0], options); });
  check_crypt({x}, at::avg_pool2d(x, {3, 3}, {2, 2}, {1, 1}), 16 * 0x1p-17, [&](const CrypInputs& in) { return avg_pool2d(in[0], options); });  // 1/9: relative 2^-17
  check_crypt({x}, std::get<0>(at::adaptive_max_pool2d(x, {2, 1})), 0, [](const CrypInputs& in) { return adaptive_max_pool2d(in[0], {2, 1}); });
  check_crypt({x}, at::adaptive_avg_pool2d(x, {1, 1}), 16 * 0x1p-17, [](const CrypInputs& in) { return adaptive_avg_pool2d(in[0], {1, 1}); });
  CHECK(crypt_refusal({reals({3})}, [](const CrypInputs& in) { max_pool2d(in[0], {{2, 2}, {2, 2}}); }) == 425);
}
