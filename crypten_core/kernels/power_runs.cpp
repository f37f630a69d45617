#include "crypten_core/kernels/power_runs.h"

namespace crypten {
namespace {

void powers_portable(const int64_t* exponents, PowerRun out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const PowerOfTwo power = power_of_two(exponents[i]);
    out.mantissas[i] = power.mantissa, out.exponents[i] = power.exponent;
  }
}

void rounded_products_portable(PowerRun powers, const PowerOfTwo& factor, uint64_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = rounded_product({powers.mantissas[i], static_cast<int>(powers.exponents[i])}, factor);
}

}  // namespace

const PowerRuns kPowerRunsPortable{powers_portable, rounded_products_portable};

}  // namespace crypten
