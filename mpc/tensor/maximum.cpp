#include "mpc/tensor/maximum.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/word_picks.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/table.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/decision.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/reshape.h"

namespace crypten {
namespace {

const char* name(Extreme which) { return which == Extreme::largest ? "max" : "min"; }

int place_bits(int64_t choices) { return std::max(1, static_cast<int>(std::bit_width(static_cast<uint64_t>(choices - 1)))); }

// Rows of `choices` along `dim`, with a 1 where the index is, by comparing: for more choices than a table may have.
ArithmeticShared compared(Party& party, const ArithmeticShared& index, int64_t dim, int64_t choices) {
  const Scope scope = party.scope("one_hot");
  open(party, {mask_to_compare(party, index)});
  auto sizes = index.share().words().unsqueeze(dim).sizes().vec();
  sizes[static_cast<size_t>(dim)] = choices;
  const auto repeated = index.view([dim, sizes](const at::Tensor& t) { return t.unsqueeze(dim).expand(sizes); }, true);
  return decide(party, repeated - party.public_share(RingTensor(numbers_along(sizes, dim, index.device()))), Comparison::Kind::zero, false,
                {.top = place_bits(choices)});  // |index − candidate| < choices
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
  const bool hot = position == Position::one_hot, some = x.numel() > 0;
  Maximum best{op.zeros(sizes), op.zeros(sizes)};
  ArithmeticShared vectors = hot && !some ? op.zeros(x.sizes()) : ArithmeticShared();
  if (some) {
    PendingMaximum pending(party, smallest ? -x.share() : x.share(), along, position != Position::none, top_within(2 * bound, x.fraction_bits(), op.precision_bits()));
    std::optional<PendingOneHot> table;
    if (hot && choices <= kMostTableEntries) table.emplace(party, sizes, x.share().device(), 0, place_bits(choices));
    best = pending.play(party);
    if (hot) vectors = table ? table->read(party, best.index, along, choices) : compared(party, best.index, along, choices);
  }
  Extremum result{op.result(smallest ? -best.value : best.value, x.fraction_bits()), {}};
  if (keepdim) result.value = unsqueeze(result.value, along);
  if (position == Position::index) {
    result.position = op.decision(best.index);
    if (keepdim) result.position = unsqueeze(result.position, along);
  } else if (position == Position::one_hot) {
    result.position = op.decision(std::move(vectors));
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
