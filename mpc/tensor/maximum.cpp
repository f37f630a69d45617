#include "mpc/tensor/maximum.h"

#include <algorithm>
#include <bit>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/open.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/decision.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

const char* name(Extreme which) { return which == Extreme::largest ? "max" : "min"; }

// Rows of `choices` along `dim`, with a 1 where the index is.
ArithmeticShared one_hot(Party& party, const ArithmeticShared& index, int64_t dim, int64_t choices) {
  const Scope scope = party.scope("one_hot");
  if (index.numel() == 0) {
    auto sizes = index.sizes().vec();
    sizes.insert(sizes.begin() + dim, choices);
    return ArithmeticShared(RingTensor::zeros(sizes, index.device()));
  }
  open(party, {mask_to_compare(party, index)});
  auto sizes = index.share().words().unsqueeze(dim).sizes().vec();
  sizes[static_cast<size_t>(dim)] = choices;
  const auto repeated = index.view([dim, sizes](const at::Tensor& t) { return t.unsqueeze(dim).expand(sizes); }, true);
  std::vector<int64_t> along(sizes.size(), 1);
  along[static_cast<size_t>(dim)] = choices;
  const auto candidates = at::arange(choices, at::TensorOptions().dtype(at::kLong).device(index.device())).view(along).expand(sizes);
  return decide(party, repeated - party.public_share(RingTensor(candidates)), Comparison::Kind::zero, false,
                {.top = std::max(1, static_cast<int>(std::bit_width(static_cast<uint64_t>(choices - 1))))});  // |index − candidate| < choices
}

}  // namespace

Extremum extremum(const MPCTensor& x, Extreme which, int64_t dim, bool keepdim, Position position, double bound) {
  const OperationScope op(name(which), {x});
  check_bound(op, name(which), bound);
  const int64_t along = wrapped_dim(dim, x.dim(), name(which));
  op.fact("dim " + std::to_string(along) + (position == Position::none ? "" : position == Position::index ? " index" : " one_hot"));
  if (x.dim() == 0) {  // torch takes a single number for a row of one
    auto [value, where] = extremum(reshape(x, {1}), which, 0, false, position, bound);
    return {value, position == Position::one_hot ? reshape(where, {}) : where};
  }
  const int64_t choices = x.sizes()[along];
  if (choices == 0) {
    throw InvalidArgument(tensor_code::empty, std::string(name(which)) + ": no elements", name(which), "dimension " + std::to_string(along) + " of shape " + shape_text(x.sizes()) + " is empty",
                          "choose a dimension that has elements");
  }
  Party& party = op.party();
  const bool smallest = which == Extreme::smallest;
  auto sizes = x.sizes().vec();
  sizes.erase(sizes.begin() + along);
  Maximum best{op.zeros(sizes), op.zeros(sizes)};
  if (x.numel() > 0) best = maximum_along(party, smallest ? -x.share() : x.share(), along, position != Position::none, top_within(2 * bound, x.fraction_bits(), op.precision_bits()));

  Extremum result{op.result(smallest ? -best.value : best.value, x.fraction_bits()), {}};
  if (keepdim) result.value = unsqueeze(result.value, along);
  if (position == Position::index) {
    result.position = op.decision(best.index);
    if (keepdim) result.position = unsqueeze(result.position, along);
  } else if (position == Position::one_hot) {
    result.position = op.decision(one_hot(party, best.index, along, choices));
  }
  return result;
}

Extremum extremum(const MPCTensor& x, Extreme which, bool keepdim, Position position, double bound) {
  const OperationScope op(name(which), {x});
  check_bound(op, name(which), bound);
  if (x.numel() == 0) throw InvalidArgument(tensor_code::empty, std::string(name(which)) + ": no elements", name(which), "the shape is " + shape_text(x.sizes()), "pass a tensor that has elements");
  auto result = extremum(reshape(x, {-1}), which, 0, false, position, bound);
  const std::vector<int64_t> ones(static_cast<size_t>(x.dim()), 1);
  if (keepdim) result.value = reshape(result.value, ones);
  if (position == Position::one_hot) result.position = reshape(result.position, x.sizes());
  if (position == Position::index && keepdim) result.position = reshape(result.position, ones);
  return result;
}

}  // namespace crypten
