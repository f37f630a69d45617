#include "mpc/tensor/table.h"

#include <string>

#include "crypten_core/error.h"
#include "mpc/protocol/table.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {

namespace {
constexpr int64_t kMostEntries = 256;

void check_table(at::IntArrayRef sizes) {
  if (sizes.empty()) throw InvalidArgument(tensor_code::dims, "look_up: a number is no table", "look_up", "it has no dimension", "pass entries along the first dimension");
  if (sizes[0] < 1 || sizes[0] > kMostEntries)
    throw IndexError(tensor_code::index_out_of_range, "look_up: a table of that size cannot be read privately", "look_up", std::to_string(sizes[0]) + " entries", "use 1 … 256 entries");
}

}  // namespace

MPCTensor look_up(const Plain& table, const MPCTensor& index) {
  const OperationScope op("look_up", {index});
  check_table(table.sizes());
  const int bits = table.addend_bits(op.precision_bits());
  const auto& place = index.at_most(op.precision_bits());
  return MPCTensor(index.party(), look_up(op.party(), table.encoded(bits, index.device()), place, index.fraction_bits()), bits);
}

MPCTensor look_up(const MPCTensor& table, const MPCTensor& index) {
  const OperationScope op("look_up", {table, index});
  check_table(table.sizes());
  const auto& place = index.at_most(op.precision_bits());
  return MPCTensor(table.party(), look_up(op.party(), table.share(), place, index.fraction_bits()), table.fraction_bits(), table.dithered());
}

}  // namespace crypten
