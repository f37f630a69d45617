// torch_rules: arguments of operations that only move elements are checked by torch itself, which applies the operation to a share; what it refuses is reported as our own
// errors are. It sees shapes, options and public indices, so all ranks refuse alike; its reasons name these only.
#pragma once

#include <string_view>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

// Within a handler: what torch has thrown, as IndexError (412: dimension, 414: index) or InvalidArgument (435), with torch's reason. Other exceptions go on as they are.
[[noreturn]] void rethrow_by_torch_rules(std::string_view operation);

template <typename Apply>
auto by_torch_rules(std::string_view operation, Apply apply) {
  try {
    return apply();
  } catch (...) {
    rethrow_by_torch_rules(operation);
  }
}

// x under a map that makes a view (an opening survives; `whole`: every element of x is in it), or a copy.
MPCTensor view_by_torch_rules(std::string_view operation, const MPCTensor& x, View view, bool whole);
MPCTensor copy_by_torch_rules(std::string_view operation, const MPCTensor& x, View copy);

}  // namespace crypten
