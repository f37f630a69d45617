#include "mpc/function/normal.h"

#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/roots.h"
#include "mpc/function/sine.h"
#include "mpc/protocol/sample.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

constexpr int kUniformBits = 36, kLogInputBits = 16;  // k + 1 with 16 fractional bits lies where log is made for: 2^-16 … 2^20

// −2 ln u, and as much above it as keeps its error from making it negative: log is off by at most 2^-13 and a unit.
MPCTensor squared_radius(const std::shared_ptr<Party>& party, int64_t count, int precision_bits, at::Device device) {
  const auto k = random_integers(*party, {count}, kUniformBits, device);
  const auto one = party->public_share(RingTensor(at::ones({count}, k.share().words().options())));
  const double above = std::ldexp(1, -12) + 4 * std::ldexp(1, -precision_bits);
  return add(multiply(log(MPCTensor(party, k + one, kLogInputBits)), Plain(-2)), Plain(2 * (kUniformBits - kLogInputBits) * std::numbers::ln2 + above));
}

}  // namespace

MPCTensor randn(std::shared_ptr<Party> party, at::IntArrayRef sizes, at::Device device) {
  if (!party) throw InvalidArgument(tensor_code::undefined, "randn: no party", "randn", "the party is null", "initialise a session first");
  party->check_open();
  const Scope scope = party->scope("randn");
  int64_t wanted = 1;
  for (const int64_t size : sizes) {
    if (size < 0) throw InvalidArgument(tensor_code::negative_size, "randn: negative size", "randn", "the sizes are " + shape_text(sizes), "pass the shape that is wanted");
    wanted *= size;
  }
  const int bits = party->config().precision_bits;
  if (bits < 8 || bits > 24)
    throw InvalidArgument(tensor_code::precision, "randn: functions of reals need 8 … 24 fractional bits", "randn", "encoder.precision_bits is " + std::to_string(bits),
                          "choose encoder.precision_bits of 8 … 24");
  const int64_t pairs = (wanted + 1) / 2;
  if (pairs == 0) return MPCTensor(std::move(party), ArithmeticShared(RingTensor::zeros(sizes, device)), bits);
  MPCTensor radius;
  std::pair<MPCTensor, MPCTensor> direction;
  // An angle is used modulo a turn, of which words of the ring are 2^64: shares that are uniform words are shares of a uniform angle.
  const MPCTensor angle(party, ArithmeticShared(party->rng().private_words({pairs}, device)), bits);
  party->together({[&] { radius = sqrt(squared_radius(party, pairs, bits, device)); }, [&] { direction = cossin(angle); }});
  const auto first = multiply(direction.first, radius), second = multiply(direction.second, radius);
  const auto words = at::cat(std::vector{first.share().share().words(), second.share().share().words()}).narrow(0, 0, wanted).reshape(sizes);
  return MPCTensor(std::move(party), ArithmeticShared(RingTensor(words)), first.fraction_bits(), true);
}

}  // namespace crypten
