#include "mpc/tensor/torch_rules.h"

#include <c10/util/Exception.h>

#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {
namespace {

// Without torch's stack trace and place in its source.
std::string reason(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  return text.substr(0, text.find('\n'));
}

MPCTensor rearranged(std::string_view operation, const MPCTensor& x, MPCTensor::Rearrangement map) {
  const OperationScope op(operation, {x});
  const auto result = by_torch_rules(operation, [&] { return x.rearranged(std::move(map)); });
  op.fact(result.sizes());
  return result;
}

}  // namespace

void rethrow_by_torch_rules(std::string_view operation) {
  const std::string name(operation);
  try {
    throw;
  } catch (const c10::IndexError& error) {
    const auto why = reason(error);
    const bool of_dimension = why.starts_with("Dimension");
    throw IndexError(of_dimension ? tensor_code::dim_out_of_range : tensor_code::index_out_of_range, name + ": " + (of_dimension ? "dimension" : "index") + " out of range", name, why,
                     "pass one that the tensor has");
  } catch (const c10::Error& error) {
    throw InvalidArgument(tensor_code::torch_rule, name + ": these arguments do not fit", name, reason(error), "pass what torch's operation of this name takes");
  }
}

MPCTensor view_by_torch_rules(std::string_view operation, const MPCTensor& x, View view, bool whole) {
  return rearranged(operation, x, [view = std::move(view), whole](const ArithmeticShared& share) { return share.view(view, whole); });
}

MPCTensor copy_by_torch_rules(std::string_view operation, const MPCTensor& x, View copy) {
  return rearranged(operation, x, [copy = std::move(copy)](const ArithmeticShared& share) { return ArithmeticShared(RingTensor(copy(share.share().words()))); });
}

}  // namespace crypten
