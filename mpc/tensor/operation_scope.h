// OperationScope: what every function of this layer does first and last: checks that the operands are there, belong together and may be used now, enters its name and the
// operands' shapes into the scope (errors, ledger and transcript then show where the program is), and hands the operands' dither on to the result.
#pragma once

#include <functional>
#include <initializer_list>
#include <vector>

#include "mpc/tensor/mpc_tensor.h"

namespace crypten {

class OperationScope {
 public:
  // Throws InvalidArgument: undefined operand (402), another party or session (401), another device (403); SessionClosed.
  OperationScope(std::string_view name, std::vector<MPCTensor> operands);

  Party& party() const { return *operands_.front().party(); }
  int precision_bits() const { return party().config().precision_bits; }
  void fact(at::IntArrayRef sizes) const { party().scopes().fact(sizes); }
  void fact(std::string_view text) const { party().scopes().fact(text); }

  MPCTensor result(ArithmeticShared share, int fraction_bits) const;     // carries the operands' rounding
  MPCTensor truncated(ArithmeticShared share, int fraction_bits) const;  // … and one more, unless truncation is exact
  MPCTensor decision(ArithmeticShared share) const;                      // a comparison's outcome: 0 fractional bits, carries none
  ArithmeticShared zeros(at::IntArrayRef sizes) const;

 private:
  std::vector<MPCTensor> operands_;
  Scope scope_;
};

std::string shape_text(at::IntArrayRef sizes);
// torch's broadcasting. Throws InvalidArgument (410) naming both shapes.
std::vector<int64_t> broadcast_sizes(at::IntArrayRef a, at::IntArrayRef b, std::string_view operation);
// A dimension counted from the front; −1 is the last. A 0-dimensional tensor has the dimension 0, as in torch. Throws IndexError (412).
int64_t wrapped_dim(int64_t dim, int64_t dims, std::string_view operation);
// The same for a list without repetition (422); an empty list: all.
std::vector<int64_t> wrapped_dims(at::IntArrayRef dims, int64_t of, std::string_view operation);

}  // namespace crypten
