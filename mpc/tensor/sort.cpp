#include "mpc/tensor/sort.h"

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/sort.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/range_check.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

// A number is a row of one.
int64_t row_size(const MPCTensor& x, int64_t along) { return x.dim() == 0 ? 1 : x.sizes()[along]; }

void check_k(int64_t k, int64_t least, int64_t most, const char* name) {
  if (k >= least && k <= most) return;
  throw IndexError(tensor_code::index_out_of_range, std::string(name) + ": k out of range", name,
                   "expected " + std::to_string(least) + " … " + std::to_string(most) + ", got " + std::to_string(k), "pass a k that the dimension has");
}

// Places first … first + count − 1 of the ascending order, or of the descending one: that of −x, in which equal values stand in the same order.
Ordered part_of_order(const OperationScope& op, const MPCTensor& x, int64_t along, int64_t first, int64_t count, bool descending, Places places, double bound) {
  if (x.dim() == 0) {
    const auto [value, place] = part_of_order(op, reshape(x, {1}), 0, first, count, false, places, bound);
    return {reshape(value, {}), place.defined() ? reshape(place, {}) : place};
  }
  Party& party = op.party();
  const bool named = places == Places::wanted;
  const int64_t size = x.sizes()[along];
  const MPCTensor& source = x;
  if (named && size > 1) {
    source.at_most(op.precision_bits());
    check_scaled(party, source.share(), place_bits(size));
  }
  const auto sorted = sort_along(party, descending ? -source.share() : source.share(), along, first, count, named,
                                 top_within(2 * bound, source.fraction_bits(), op.precision_bits()));
  // at_most() may just have rounded x: the result carries that.
  const MPCTensor value(source.party(), descending ? -sorted.value : sorted.value, source.fraction_bits(), source.dithered());
  return {value, named ? op.decision(sorted.place) : MPCTensor()};
}

Ordered without_dim(Ordered ordered, int64_t along, bool keepdim) {
  if (keepdim || ordered.value.dim() == 0) return ordered;
  return {squeeze(ordered.value, along), ordered.place.defined() ? squeeze(ordered.place, along) : ordered.place};
}

}  // namespace

Ordered sort(const MPCTensor& x, int64_t dim, bool descending, Places places, double bound) {
  const OperationScope op("sort", {x});
  check_bound(op, "sort", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "sort");
  op.fact(descending ? "descending" : "ascending");
  return part_of_order(op, x, along, 0, row_size(x, along), descending, places, bound);
}

Ordered topk(const MPCTensor& x, int64_t k, int64_t dim, bool largest, Places places, double bound) {
  const OperationScope op("topk", {x});
  check_bound(op, "topk", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "topk");
  op.fact(largest ? "largest" : "smallest");
  check_k(k, x.dim() == 0 ? 1 : 0, row_size(x, along), "topk");
  return part_of_order(op, x, along, 0, k, largest, places, bound);
}

Ordered kthvalue(const MPCTensor& x, int64_t k, int64_t dim, bool keepdim, Places places, double bound) {
  const OperationScope op("kthvalue", {x});
  check_bound(op, "kthvalue", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "kthvalue");
  check_k(k, 1, row_size(x, along), "kthvalue");
  return without_dim(part_of_order(op, x, along, k - 1, 1, false, places, bound), along, keepdim);
}

Ordered median(const MPCTensor& x, int64_t dim, bool keepdim, Places places, double bound) {
  const OperationScope op("median", {x});
  check_bound(op, "median", bound);
  const int64_t along = wrapped_dim(dim, x.dim(), "median"), size = row_size(x, along);
  check_k(1, 1, size, "median");
  return without_dim(part_of_order(op, x, along, (size - 1) / 2, 1, false, places, bound), along, keepdim);
}

MPCTensor median(const MPCTensor& x) {
  const OperationScope op("median", {x});
  return median(reshape(x, {-1}), 0, false, Places::none).value;
}

}  // namespace crypten
