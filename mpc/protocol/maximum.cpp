#include "mpc/protocol/maximum.h"

#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"

namespace crypten {
namespace {

// Candidates in the order of their indices, so that the first of two neighbours has the lower one: it wins a tie.
ArithmeticShared every_second(const ArithmeticShared& x, int64_t dim, int64_t first, int64_t count) {
  return x.view([=](const at::Tensor& t) { return t.slice(dim, first, first + 2 * count, 2); }, false);
}

// The winners, and the last candidate where it had no neighbour.
ArithmeticShared next_level(ArithmeticShared winners, const ArithmeticShared& candidates, int64_t dim) {
  const int64_t size = candidates.sizes()[static_cast<size_t>(dim)];
  if (size % 2 == 0) return winners;
  return ArithmeticShared(RingTensor(at::cat({winners.share().words(), candidates.share().words().narrow(dim, size - 1, 1)}, dim)));
}

ArithmeticShared only(const ArithmeticShared& x, int64_t dim) {
  return x.view([dim](const at::Tensor& t) { return t.select(dim, 0); }, true);
}

ArithmeticShared indices(const Party& party, const ArithmeticShared& x, int64_t dim) {
  std::vector<int64_t> along(static_cast<size_t>(x.dim()), 1);
  along[static_cast<size_t>(dim)] = x.sizes()[static_cast<size_t>(dim)];
  const auto numbers = at::arange(along[static_cast<size_t>(dim)], x.share().words().options()).view(along).expand(x.sizes());
  return party.public_share(RingTensor(numbers));
}

void play(Party& party, Maximum& level, int64_t dim, bool with_index, int top) {
  const int64_t pairs = level.value.sizes()[static_cast<size_t>(dim)] / 2;
  const auto first = every_second(level.value, dim, 0, pairs), second = every_second(level.value, dim, 1, pairs), lead = first - second;
  std::vector<MaskedPtr> values{mask_to_compare(party, lead)};
  ArithmeticShared first_index, index_step;
  if (with_index) {
    first_index = every_second(level.index, dim, 0, pairs);
    index_step = every_second(level.index, dim, 1, pairs) - first_index;
    values.push_back(mask(party, index_step));
  }
  Comparison second_wins(party, values[0], Comparison::Kind::negative, 0, {.top = top});
  const Selection selection(party, second_wins.term(), values);
  open(party, values);  // indices and values in one message
  const auto bit = second_wins.finish(party);
  // Shares without their openings: of a sum that carries one operand's, the other operand would be opened at the next level, not the sum.
  const auto ahead = selection.combine(party, bit, 0, lead, true);
  if (with_index) level.index = next_level(first_index + selection.combine(party, bit, 1, index_step), level.index, dim);
  level.value = next_level(ArithmeticShared(second.share() + ahead.share()), level.value, dim);
}

int64_t checked_dim(const ArithmeticShared& x, int64_t dim) {
  const int64_t dims = x.dim();
  if (dim < -dims || dim >= dims)
    throw IndexError(mpc_code::invalid_argument, "no such dimension", "maximum", "dimension " + std::to_string(dim) + " of " + std::to_string(dims),
                     "name one of the tensor's dimensions");
  if (dim < 0) dim += dims;
  if (x.sizes()[static_cast<size_t>(dim)] == 0)
    throw InvalidArgument(mpc_code::invalid_argument, "no elements to take the maximum of", "maximum", "dimension " + std::to_string(dim) + " is empty",
                          "take the maximum along a dimension that has elements");
  return dim;
}

Maximum tournament(Party& party, Maximum level, int64_t dim, int top) {
  const auto at = party.scope("maximum");
  party.scopes().fact(level.value.sizes());
  party.scopes().fact(std::to_string(dim));
  const bool with_index = level.index.defined();
  while (level.value.sizes()[static_cast<size_t>(dim)] > 1) play(party, level, dim, with_index, top);
  return {only(level.value, dim), with_index ? only(level.index, dim) : ArithmeticShared()};
}

}  // namespace

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top) {
  dim = checked_dim(x, dim);
  return tournament(party, {x, with_index ? indices(party, x, dim) : ArithmeticShared()}, dim, top);
}

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top) {
  dim = checked_dim(x, dim);
  if (companion.sizes() != x.sizes())
    throw InvalidArgument(mpc_code::invalid_argument, "a companion of another shape", "maximum", "values and companions are not one to one", "give one for each value");
  return tournament(party, {x, companion}, dim, top);
}

}  // namespace crypten
