#include "mpc/protocol/maximum.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/bitwise.h"
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
ArithmeticShared with_odd_one(ArithmeticShared winners, const ArithmeticShared& candidates, int64_t dim) {
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

Maximum play_pairs(Party& party, const Maximum& level, int64_t dim, int top) {
  const bool with_index = level.index.defined();
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
  Maximum winners{with_odd_one(ArithmeticShared(second.share() + ahead.share()), level.value, dim), {}};
  if (with_index) winners.index = with_odd_one(first_index + selection.combine(party, bit, 1, index_step), level.index, dim);
  return winners;
}

// A level of groups along `dim`: where candidates and comparisons stand. Comparisons lie pair by pair, those of all groups together, so that a pair's are a slice:
// first (i, g − 1) for each i, by which the winner is selected as well, then (i, j) for i < j < g − 1.
class Groups {
 public:
  explicit Groups(const TournamentLevel& level) : level_(level), last_(level.group - 1) {
    for (int64_t i = 0; i < last_; ++i) pairs_.emplace_back(i, last_);
    for (int64_t j = 1; j < last_; ++j)
      for (int64_t i = 0; i < j; ++i) pairs_.emplace_back(i, j);
  }

  // x_i − x_j for the first `count` pairs of all groups, of words; and x_(g−1).
  at::Tensor differences(const at::Tensor& x, int64_t dim, size_t count) const { return at::sub(chosen(x, dim, count, true), chosen(x, dim, count, false)); }
  at::Tensor lasts(const at::Tensor& x, int64_t dim) const {
    std::vector<int64_t> places;
    for (int64_t group = 0; group < level_.groups; ++group) places.push_back(place(group, last_));
    return x.index_select(dim, moved(at::tensor(places, at::kLong), x.device()));
  }
  size_t pairs() const { return pairs_.size(); }
  size_t leads() const { return static_cast<size_t>(last_); }

  // The comparisons that candidates 0 … g − 2 must win: the number `factor` of each, and whether it wins where the second of the pair does not.
  std::pair<at::Tensor, at::Tensor> factor(int64_t factor, const at::TensorOptions& options) const {
    std::vector<int64_t> comparisons, inverted;
    for (int64_t i = 0; i < last_; ++i) {
      const int64_t other = factor < i ? factor : factor + 1;
      const auto pair = std::ranges::find(pairs_, std::pair(std::min(i, other), std::max(i, other))) - pairs_.begin();
      for (int64_t group = 0; group < level_.groups; ++group) comparisons.push_back(pair * level_.groups + group), inverted.push_back(i < other);
    }
    return {moved(at::tensor(comparisons, at::kLong), options.device()), moved(at::tensor(inverted, at::kLong), options.device())};
  }

 private:
  // What the last group lacks, the last candidate stands in for: it ties with itself, and the first of equals wins.
  int64_t place(int64_t group, int64_t member) const { return std::min(group * level_.group + member, level_.candidates - 1); }

  at::Tensor chosen(const at::Tensor& x, int64_t dim, size_t count, bool first) const {
    std::vector<int64_t> places;
    for (size_t pair = 0; pair < count; ++pair)
      for (int64_t group = 0; group < level_.groups; ++group) places.push_back(place(group, first ? pairs_[pair].first : pairs_[pair].second));
    return x.index_select(dim, moved(at::tensor(places, at::kLong), x.device()));
  }

  TournamentLevel level_;
  int64_t last_;
  std::vector<std::pair<int64_t, int64_t>> pairs_;
};

// By how much the candidates of each group are ahead of its last: public where they are (the indices of the first level), else without an opening.
ArithmeticShared leads_of(const Party& party, const ArithmeticShared& x, int64_t dim, const Groups& groups) {
  const auto known = x.masked();
  if (known && known->opened() && known->terms.empty()) return party.public_share(RingTensor(groups.differences(known->value.words().expand(x.sizes()), dim, groups.leads())));
  return ArithmeticShared(RingTensor(groups.differences(x.share().words(), dim, groups.leads())));
}

// Whether candidates 0 … g − 2 win all their comparisons: shares of a bit for each, in the order of the leads.
BitShared wins(Party& party, const BitShared& second_wins, int64_t dim, const Groups& groups) {
  const auto words = bit_to_words(second_wins.plane(), second_wins.numel()).view(second_wins.sizes());
  std::vector<BitShared> factors;
  for (int64_t f = 0; f < static_cast<int64_t>(groups.leads()); ++f) {
    const auto [comparisons, inverted] = groups.factor(f, words.options());
    auto factor = words.index_select(dim, comparisons);
    if (party.rank() == 0) {
      std::vector<int64_t> along(static_cast<size_t>(words.dim()), 1);
      along[static_cast<size_t>(dim)] = inverted.numel();
      factor.bitwise_xor_(inverted.view(along));
    }
    factors.emplace_back(slice_bits(factor, 0, 1), factor.sizes().vec());
  }
  return bit_and(party, factors);
}

// Every two of a group are compared from one opening each of their difference; who wins all is opened under a mask, and adds its lead over the last, whom else nobody beats.
Maximum play_groups(Party& party, const Maximum& level, int64_t dim, int top, const TournamentLevel& shape) {
  const bool with_index = level.index.defined();
  const Groups groups(shape);
  const auto values = level.value.share().words();
  const ArithmeticShared difference(RingTensor(groups.differences(values, dim, groups.pairs())));
  const auto opened = mask(party, difference);
  const auto lead = difference.view([=, count = static_cast<int64_t>(groups.leads()) * shape.groups](const at::Tensor& t) { return t.narrow(dim, 0, count); }, false);
  std::vector<MaskedPtr> selected{mask(party, lead)};
  ArithmeticShared index_lead;
  if (with_index) {
    index_lead = leads_of(party, level.index, dim, groups);
    selected.push_back(mask(party, index_lead));
  }
  Comparison second_wins(party, opened, Comparison::Kind::negative, 0, {.top = top}, Comparison::Outcome::shared);
  auto winner_mask = party.rng().take_bits(lead.numel(), 1, lead.device());
  MaskedBits winner{.mask = winner_mask.ref, .sizes = lead.sizes().vec()};
  const Selection selection(party, winner.term(), selected);
  open(party, selected);
  winner.value = open_bits(party, wins(party, second_wins.share(party), dim, groups).plane(), lead.numel(), winner_mask.share, "maximum");
  const auto chosen = [&](size_t i, const ArithmeticShared& leads, const at::Tensor& candidates) {
    const auto added = selection.combine(party, winner, i, leads).share().words().unflatten(dim, {shape.group - 1, shape.groups}).sum(dim);
    return ArithmeticShared(RingTensor(at::add(groups.lasts(candidates, dim), added)));
  };
  return {chosen(0, lead, values), with_index ? chosen(1, index_lead, level.index.share().words()) : ArithmeticShared()};
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

Maximum play_all(Party& party, Maximum level, int64_t dim, int top) {
  const auto at = party.scope("maximum");
  party.scopes().fact(level.value.sizes());
  party.scopes().fact(std::to_string(dim));
  const int64_t candidates = level.value.sizes()[static_cast<size_t>(dim)];
  for (const auto& shape : tournament(candidates, level.value.numel() / candidates)) level = play_level(party, level, dim, shape, top);
  return {only(level.value, dim), level.index.defined() ? only(level.index, dim) : ArithmeticShared()};
}

}  // namespace

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top) {
  dim = checked_dim(x, dim);
  return play_all(party, {x, with_index ? indices(party, x, dim) : ArithmeticShared()}, dim, top);
}

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top) {
  dim = checked_dim(x, dim);
  if (companion.sizes() != x.sizes())
    throw InvalidArgument(mpc_code::invalid_argument, "a companion of another shape", "maximum", "values and companions are not one to one", "give one for each value");
  return play_all(party, {x, companion}, dim, top);
}

Maximum play_level(Party& party, const Maximum& candidates, int64_t dim, const TournamentLevel& level, int top) {
  return level.group == 2 ? play_pairs(party, candidates, dim, top) : play_groups(party, candidates, dim, top, level);
}

}  // namespace crypten
