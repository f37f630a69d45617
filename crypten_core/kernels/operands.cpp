#include "crypten_core/kernels/operands.h"

#include <string>

#include "crypten_core/error.h"

namespace crypten {

void check_cpu_words(const char* kernel, const at::Tensor& tensor) {
  if (tensor.defined() && tensor.scalar_type() == at::kLong && tensor.device().is_cpu()) return;
  throw InvalidArgument(142, std::string(kernel) + " takes int64 tensors on the CPU", kernel,
                        !tensor.defined() ? "got an undefined tensor"
                                          : std::string("got ") + at::toString(tensor.scalar_type()) + " on " + tensor.device().str(),
                        "convert the operand, or call the operator that dispatches by device");
}

void check_truncation(int64_t shift, int64_t bits) {
  if (bits <= 64 && shift >= 1 && shift <= bits - 2) return;
  throw InvalidArgument(
      102, "number of bits out of range", "truncate_combine",
      "shift " + std::to_string(shift) + " in a ring of " + std::to_string(bits) + " bits: expected 1 ≤ shift ≤ bits − 2, bits ≤ 64",
      "shift by fewer bits");
}

void check_parts(at::TensorList parts) {
  bool equal = !parts.empty();
  for (const at::Tensor& part : parts) equal = equal && part.sizes() == parts[0].sizes();
  if (equal) return;
  throw InvalidArgument(120, "sum: the operands do not fit together", "sum", "expected at least one tensor, all of one shape",
                        "pass one share per party, all of one shape");
}

}  // namespace crypten
