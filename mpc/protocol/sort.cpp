#include "mpc/protocol/sort.h"

#include <ATen/ops/index_copy.h>

#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/sorting_network.h"

namespace crypten {
namespace {

// The same distance upwards between all: then a strided view holds them, and an opening survives.
bool evenly_spaced(const std::vector<int64_t>& places) {
  for (size_t i = 1; i < places.size(); ++i)
    if (places[1] < places[0] || places[i] - places[i - 1] != places[1] - places[0]) return false;
  return true;
}

ArithmeticShared at_places(const ArithmeticShared& x, int64_t dim, const std::vector<int64_t>& places) {
  if (!evenly_spaced(places)) return ArithmeticShared(RingTensor(at::index_select(x.share().words(), dim, moved(at::tensor(places, at::kLong), x.share().device()))));
  const int64_t start = places.front(), step = places.size() > 1 ? places[1] - start : 1, end = places.back() + 1;
  return x.view([=](const at::Tensor& t) { return t.slice(dim, start, end, step); }, false);
}

ArithmeticShared exchange(Party& party, const ArithmeticShared& values, int64_t dim, const SortingNetwork::Stage& stage, int top) {
  const auto lower = at_places(values, dim, stage.lower), upper = at_places(values, dim, stage.upper), lead = lower - upper;
  const auto opening = mask_to_compare(party, lead);
  Comparison in_order(party, opening, Comparison::Kind::negative, 0, {.top = top});
  const Selection selection(party, in_order.term(), {opening});
  const auto bit = in_order.finish(party);
  const auto moved = selection.combine(party, bit, 0, lead).share();
  // Shares without their openings: of a sum that carries one operand's, the other operand would be opened in the next stage, not the sum.
  const auto smaller = upper.share() + moved, larger = lower.share() - moved;
  const auto words = at::index_copy(values.share().words(), dim, crypten::moved(at::tensor(stage.lower, at::kLong), smaller.device()), smaller.words());
  return ArithmeticShared(RingTensor(words.index_copy_(dim, crypten::moved(at::tensor(stage.upper, at::kLong), larger.device()), larger.words())));
}

ArithmeticShared public_places(const Party& party, const ArithmeticShared& x, int64_t dim) {
  std::vector<int64_t> along(static_cast<size_t>(x.dim()), 1);
  along[static_cast<size_t>(dim)] = x.sizes()[static_cast<size_t>(dim)];
  const auto numbers = at::arange(along[static_cast<size_t>(dim)], x.share().words().options()).view(along).expand(x.sizes());
  return party.public_share(RingTensor(numbers));
}

// key = value · 2^bits + place: the value is ⌊key / 2^bits⌋, which is (key − half) / 2^bits rounded half up.
Sorted taken_apart(Party& party, const ArithmeticShared& key, int bits) {
  const auto half = party.public_share(RingTensor(at::full({}, int64_t{1} << (bits - 1), key.share().words().options())));
  const auto value = truncate_exact(party, key - half, bits);
  return {value, key - value * (int64_t{1} << bits)};
}

}  // namespace

int place_bits(int64_t n) { return n < 2 ? 0 : static_cast<int>(std::bit_width(static_cast<uint64_t>(n - 1))); }

Sorted sort_along(Party& party, const ArithmeticShared& x, int64_t dim, int64_t first, int64_t count, bool with_places, int top) {
  const auto at = party.scope("sort");
  party.check_open("sort_along");
  party.scopes().fact(x.sizes());
  const int64_t dims = x.dim();
  if (dim < -dims || dim >= dims)
    throw IndexError(mpc_code::invalid_argument, "no such dimension", "sort", "dimension " + std::to_string(dim) + " of " + std::to_string(dims),
                     "name one of the tensor's dimensions");
  if (dim < 0) dim += dims;
  const int64_t n = x.sizes()[static_cast<size_t>(dim)];
  const auto network = sorting_network(n, first, count);
  party.scopes().fact(std::to_string(dim) + " places " + std::to_string(first) + " + " + std::to_string(count) + (with_places ? " named" : ""));

  if (network.stages.empty() || x.numel() == 0) {  // in order already
    const auto wanted = [=](const ArithmeticShared& share) { return share.view([=](const at::Tensor& t) { return t.narrow(dim, first, count); }, count == n); };
    return {wanted(x), with_places ? wanted(public_places(party, x, dim)) : ArithmeticShared()};
  }
  const int bits = with_places ? place_bits(n) : 0;
  if (top > 0) top = top + bits < party.ring().bits - 1 ? top + bits : 0;
  auto values = with_places ? x * (int64_t{1} << bits) + public_places(party, x, dim) : x;
  for (const auto& stage : network.stages) values = exchange(party, values, dim, stage, top);
  values = at_places(values, dim, network.outputs);
  return with_places ? taken_apart(party, values, bits) : Sorted{values, {}};
}

}  // namespace crypten
