#include "mpc/tensor/operation_scope.h"

#include <algorithm>
#include <numeric>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"

namespace crypten {
namespace {

std::vector<MPCTensor> checked(std::string_view name, std::vector<MPCTensor> operands) {
  for (const MPCTensor& operand : operands) {
    if (!operand.defined()) throw InvalidArgument(tensor_code::undefined, std::string(name) + ": an operand is undefined", std::string(name), "it holds no value", "assign an encrypted tensor first");
    same_party(operands.front(), operand);
    if (operand.device() != operands.front().device()) {
      throw InvalidArgument(tensor_code::other_device, std::string(name) + ": the operands are on different devices", std::string(name), operands.front().device().str() + " and " + operand.device().str(),
                            "move one of them to the other's device");
    }
  }
  operands.front().party()->check_open();
  return operands;
}

}  // namespace

OperationScope::OperationScope(std::string_view name, std::vector<MPCTensor> operands)
    : operands_(checked(name, std::move(operands))), scope_(operands_.front().party()->scopes(), name) {
  for (const MPCTensor& operand : operands_) fact(operand.sizes());
}

MPCTensor OperationScope::result(ArithmeticShared share, int fraction_bits) const {
  const bool dithered = std::ranges::any_of(operands_, [](const MPCTensor& operand) { return operand.dithered(); });
  return MPCTensor(operands_.front().party(), std::move(share), fraction_bits, dithered);
}

MPCTensor OperationScope::truncated(ArithmeticShared share, int fraction_bits) const {
  if (party().config().truncation == Truncation::exact) return result(std::move(share), fraction_bits);
  return MPCTensor(operands_.front().party(), std::move(share), fraction_bits, true);
}

MPCTensor OperationScope::decision(ArithmeticShared share) const { return MPCTensor(operands_.front().party(), std::move(share), 0); }

ArithmeticShared OperationScope::zeros(at::IntArrayRef sizes) const { return ArithmeticShared(RingTensor::zeros(sizes, operands_.front().device())); }

std::string shape_text(at::IntArrayRef sizes) {
  std::string text = "(";
  for (size_t d = 0; d < sizes.size(); ++d) text += (d ? ", " : "") + std::to_string(sizes[d]);
  return text + ")";
}

std::vector<int64_t> broadcast_sizes(at::IntArrayRef a, at::IntArrayRef b, std::string_view operation) {
  std::vector<int64_t> sizes(std::max(a.size(), b.size()));
  for (size_t d = 0; d < sizes.size(); ++d) {  // from the last dimension
    const int64_t x = d < a.size() ? a[a.size() - 1 - d] : 1, y = d < b.size() ? b[b.size() - 1 - d] : 1;
    if (x != y && x != 1 && y != 1) {
      throw InvalidArgument(tensor_code::no_broadcast, std::string(operation) + ": the operands do not fit together", std::string(operation),
                            "shapes " + shape_text(a) + " and " + shape_text(b) + ": " + std::to_string(x) + " does not broadcast with " + std::to_string(y),
                            "reshape or slice one of the operands");
    }
    sizes[sizes.size() - 1 - d] = x == 1 ? y : x;
  }
  return sizes;
}

int64_t wrapped_dim(int64_t dim, int64_t dims, std::string_view operation) {
  const int64_t count = std::max<int64_t>(dims, 1);
  if (dim < -count || dim >= count) {
    throw IndexError(tensor_code::dim_out_of_range, std::string(operation) + ": dimension out of range", std::string(operation),
                     "expected " + std::to_string(-count) + " … " + std::to_string(count - 1) + ", got " + std::to_string(dim), "pass a dimension that the tensor has");
  }
  return dim < 0 ? dim + count : dim;
}

std::vector<int64_t> wrapped_dims(at::IntArrayRef dims, int64_t of, std::string_view operation) {
  std::vector<int64_t> wrapped(static_cast<size_t>(dims.empty() ? of : 0));
  std::iota(wrapped.begin(), wrapped.end(), int64_t{0});
  for (const int64_t dim : dims) {
    const int64_t d = wrapped_dim(dim, of, operation);
    if (std::ranges::find(wrapped, d) != wrapped.end()) {
      throw InvalidArgument(tensor_code::dim_repeated, std::string(operation) + ": a dimension is named twice", std::string(operation), "dimension " + std::to_string(d), "name each dimension once");
    }
    wrapped.push_back(d);
  }
  return wrapped;
}

}  // namespace crypten
