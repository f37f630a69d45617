#include "mpc/function/precision.h"

#include <string>

#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {

int checked_precision(const OperationScope& op, const char* name) {
  const int bits = op.precision_bits();
  if (bits < 8 || bits > 24) {
    throw InvalidArgument(tensor_code::precision, std::string(name) + ": functions of reals need 8 … 24 fractional bits", name, "encoder.precision_bits is " + std::to_string(bits),
                          "choose encoder.precision_bits of 8 … 24");
  }
  return bits;
}

}  // namespace crypten
