#include "mpc/protocol/maximum.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_picks.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"

namespace crypten {
namespace {

using Places = std::vector<int64_t>;

std::vector<int64_t> with_size(at::IntArrayRef sizes, int64_t dim, int64_t size) {
  auto result = sizes.vec();
  result[static_cast<size_t>(dim)] = size;
  return result;
}

// Where candidates and comparisons of a level stand along a dimension. Comparisons lie pair by pair, those of all groups together, so that a pair's are a slice:
// first (i, g − 1) for each i, by which the winner is selected as well, then (i, j) for i < j < g − 1.
class Groups {
 public:
  explicit Groups(const TournamentLevel& level) : level_(level), last_(level.group - 1) {
    for (int64_t i = 0; i < last_; ++i) pairs_.emplace_back(i, last_);
    for (int64_t j = 1; j < last_; ++j)
      for (int64_t i = 0; i < j; ++i) pairs_.emplace_back(i, j);
    for (const auto& [first, second] : pairs_)
      for (int64_t group = 0; group < level_.groups; ++group) firsts_.push_back(place(group, first)), seconds_.push_back(place(group, second));
    for (int64_t group = 0; group < level_.groups; ++group) lasts_.push_back(place(group, last_));
    if (level_.left() > level_.groups) lasts_.push_back(level_.candidates - 1);  // of pairs, an odd one out
  }

  int64_t comparisons() const { return static_cast<int64_t>(firsts_.size()); }
  int64_t leads() const { return last_ * level_.groups; }  // of candidates 0 … g − 2 over the last of their group: the first comparisons
  const Places& lasts() const { return lasts_; }          // and whoever goes on without a comparison

  at::Tensor differences(const at::Tensor& x, int64_t dim) const { return difference_of_picked(x, dim, firsts_, seconds_); }
  at::Tensor leads_of(const at::Tensor& x, int64_t dim) const {
    return difference_of_picked(x, dim, {firsts_.begin(), firsts_.begin() + leads()}, {seconds_.begin(), seconds_.begin() + leads()});
  }

  // Of each lead the comparisons that its candidate must win, bit by bit, and in which of them it is the first of the pair, so that it wins where the second does not.
  struct Factors {
    std::vector<Places> comparisons;
    Places inverted;
  };
  Factors factors() const {
    Factors result{.comparisons = std::vector<Places>(static_cast<size_t>(last_)), .inverted = {}};
    for (int64_t i = 0; i < last_; ++i) {
      int64_t first_of = 0;
      for (int64_t f = 0; f < last_; ++f) {
        const int64_t other = f < i ? f : f + 1;
        const auto pair = std::ranges::find(pairs_, std::pair(std::min(i, other), std::max(i, other))) - pairs_.begin();
        for (int64_t group = 0; group < level_.groups; ++group) result.comparisons[static_cast<size_t>(f)].push_back(pair * level_.groups + group);
        first_of |= int64_t{i < other} << f;
      }
      result.inverted.insert(result.inverted.end(), static_cast<size_t>(level_.groups), first_of);
    }
    return result;
  }

 private:
  // What the last group lacks, the last candidate stands in for: it ties with itself, and the first of equals wins.
  int64_t place(int64_t group, int64_t member) const { return std::min(group * level_.group + member, level_.candidates - 1); }

  TournamentLevel level_;
  int64_t last_;
  std::vector<std::pair<int64_t, int64_t>> pairs_;
  Places firsts_, seconds_, lasts_;
};

ArithmeticShared every_second(const ArithmeticShared& x, int64_t dim, int64_t first, int64_t count) {
  return x.view([=](const at::Tensor& t) { return t.slice(dim, first, first + 2 * count, 2); }, false);
}

// A level of which the dealer has been asked everything: whom it compares follows from the number of candidates alone. Every two of a group are compared from one opening of
// their difference, and the winner adds its lead over the last of its group, whom else nobody beats. Of a pair the one comparison's bit selects; of a larger group a bit for
// each candidate but the last, which is opened under a mask after the AND of the comparisons that it must win.
class Level {
 public:
  // `known`: the candidates, where they are there; else play() learns them, of the sizes of `like`.
  Level(Party& party, const TournamentLevel& shape, int64_t dim, int top, const ArithmeticShared& like, bool with_index, const Maximum* known)
      : groups_(shape), dim_(dim), pairs_(shape.group == 2), parts_(shape.group - 1), given_(known != nullptr) {
    const auto device = like.device();
    const auto compared = with_size(like.sizes(), dim, groups_.comparisons()), leading = with_size(like.sizes(), dim, groups_.leads());
    if (known) difference_ = differences(*known), index_lead_ = index_leads(party, *known);
    const auto opened = known ? mask_to_compare(party, difference_) : mask_ahead(party, compared, device);
    const auto leads = [dim, count = groups_.leads()](const at::Tensor& t) { return narrow_words(t, dim, 0, count); };
    selected_.push_back(pairs_ ? opened : view(opened, leads));
    if (with_index) selected_.push_back(known ? mask(party, index_lead_) : mask_ahead(party, leading, device));
    if (!given_) waiting_ = {opened};
    second_wins_.emplace(party, opened, Comparison::Kind::negative, 0, ComparedBits{.top = top}, pairs_ ? Comparison::Outcome::masked : Comparison::Outcome::shared);
    if (!pairs_) {
      auto bits = party.rng().take_bits(c10::multiply_integers(leading), 1, device);
      winner_ = {.mask = bits.ref, .sizes = leading};
      winner_mask_ = std::move(bits.share);
    }
    selection_.emplace(party, pairs_ ? second_wins_->term() : winner_.term(), selected_);
    if (!pairs_) all_won_.emplace(party, static_cast<int>(parts_), leading, device);
  }

  Maximum play(Party& party, const Maximum& candidates) {
    if (!given_) {
      difference_ = differences(candidates), index_lead_ = index_leads(party, candidates);
      give(waiting_, difference_.share());
      if (index_lead_.defined()) give(selected_[1], index_lead_.share());
    }
    open(party, selected_);  // indices and values in one message
    if (pairs_) {
      winner_ = second_wins_->finish(party);
    } else {
      const auto won = wins(party, second_wins_->share(party));
      winner_.value = open_bits(party, won.plane(), won.numel(), winner_mask_, "maximum");
    }
    const auto lead = pairs_ ? difference_ : ArithmeticShared(RingTensor(dense_words(narrow_words(difference_.share().words(), dim_, 0, groups_.leads()))));
    return {chosen(party, 0, lead, candidates.value), index_lead_.defined() ? chosen(party, 1, index_lead_, candidates.index) : ArithmeticShared()};
  }

 private:
  // Of pairs of an open value: open, too.
  ArithmeticShared differences(const Maximum& candidates) const {
    const auto& x = candidates.value;
    if (pairs_ && x.masked()) return every_second(x, dim_, 0, groups_.comparisons()) - every_second(x, dim_, 1, groups_.comparisons());
    return ArithmeticShared(RingTensor(groups_.differences(x.share().words(), dim_)));
  }

  // Public where the indices are (those of the first level), else without an opening.
  ArithmeticShared index_leads(const Party& party, const Maximum& candidates) const {
    const auto& x = candidates.index;
    if (!x.defined()) return {};
    const auto known = x.masked();
    if (known && known->opened() && known->terms.empty()) return party.public_share(RingTensor(groups_.leads_of(expanded_words(known->value.words(), x.sizes()), dim_)));
    return ArithmeticShared(RingTensor(groups_.leads_of(x.share().words(), dim_)));
  }

  // Whether candidates 0 … g − 2 win all their comparisons: shares of a bit for each, in the order of the leads.
  BitShared wins(Party& party, const BitShared& second_wins) const {
    const auto words = bit_to_words(second_wins.plane(), second_wins.numel()).view(second_wins.sizes());
    const auto factors = groups_.factors();
    return all_won_->run(party, slice_bits(bits_of_picked(words, dim_, factors.comparisons, party.rank() == 0 ? factors.inverted : Places()), 0, static_cast<int>(parts_)));
  }

  // The last of each group and what the winner is ahead of it: shares without their openings, since opening such a sum opens more than it.
  ArithmeticShared chosen(Party& party, size_t i, const ArithmeticShared& lead, const ArithmeticShared& candidates) const {
    const auto added = selection_->combine(party, winner_, i, lead, pairs_);
    return ArithmeticShared(RingTensor(picked_plus(candidates.share().words(), dim_, groups_.lasts(), added.share().words(), parts_)));
  }

  Groups groups_;
  int64_t dim_;
  bool pairs_;
  int64_t parts_;  // leads of a group
  bool given_;
  ArithmeticShared difference_, index_lead_;
  MaskedPtr waiting_;                // for its share
  std::vector<MaskedPtr> selected_;  // leads, and those of indices
  std::optional<Comparison> second_wins_;
  MaskedBits winner_;  // of a pair: whether it is the second
  at::Tensor winner_mask_;
  std::optional<Selection> selection_;
  std::optional<PendingAnd> all_won_;
};

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

ArithmeticShared only(const ArithmeticShared& x, int64_t dim) {
  return x.view([dim](const at::Tensor& t) { return t.select(dim, 0); }, true);
}

}  // namespace

struct PendingMaximum::State {
  Maximum candidates;
  int64_t dim, rows;
  int top;
  std::vector<TournamentLevel> levels;
  size_t next = 0;          // level to be asked about
  std::deque<Level> asked;  // from the one that is played next on
  int64_t ahead = 0;        // comparisons of the others

  State(Party& party, Maximum first, int64_t along, int top_bit)
      : candidates(std::move(first)), dim(along), rows(candidates.value.numel() / candidates.value.sizes()[static_cast<size_t>(dim)]), top(top_bit) {
    const auto at = party.scope("maximum");
    party.scopes().fact(candidates.value.sizes());
    party.scopes().fact(std::to_string(dim));
    levels = tournament(candidates.value.sizes()[static_cast<size_t>(dim)], rows);
    ask(party);
  }

  int64_t comparisons(size_t level) const { return rows * levels[level].comparisons(); }

  void ask(Party& party) {
    for (; next < levels.size() && (asked.empty() || comparisons(next) <= kMostAskedAhead - ahead); ++next) {
      const bool known = asked.empty();
      asked.emplace_back(party, levels[next], dim, top, candidates.value, candidates.index.defined(), known ? &candidates : nullptr);
      if (!known) ahead += comparisons(next);
    }
  }

  Maximum play(Party& party) {
    const auto at = party.scope("maximum");
    for (size_t level = 0; level < levels.size(); ++level) {
      candidates = asked.front().play(party, candidates);
      asked.pop_front();
      if (!asked.empty()) ahead -= comparisons(level + 1);
      ask(party);
    }
    return {only(candidates.value, dim), candidates.index.defined() ? only(candidates.index, dim) : ArithmeticShared()};
  }
};

PendingMaximum::PendingMaximum(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top) {
  dim = checked_dim(x, dim);
  state_ = std::make_shared<State>(party, Maximum{x, with_index ? party.public_share(RingTensor(numbers_along(x.sizes(), dim, x.device()))) : ArithmeticShared()}, dim, top);
}

PendingMaximum::PendingMaximum(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top) {
  dim = checked_dim(x, dim);
  if (companion.sizes() != x.sizes())
    throw InvalidArgument(mpc_code::invalid_argument, "a companion of another shape", "maximum", "values and companions are not one to one", "give one for each value");
  state_ = std::make_shared<State>(party, Maximum{x, companion}, dim, top);
}

Maximum PendingMaximum::play(Party& party) { return state_->play(party); }

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, bool with_index, int top) { return PendingMaximum(party, x, dim, with_index, top).play(party); }

Maximum maximum_along(Party& party, const ArithmeticShared& x, int64_t dim, const ArithmeticShared& companion, int top) {
  return PendingMaximum(party, x, dim, companion, top).play(party);
}

Maximum play_level(Party& party, const Maximum& candidates, int64_t dim, const TournamentLevel& level, int top) {
  return Level(party, level, dim, top, candidates.value, candidates.index.defined(), &candidates).play(party, candidates);
}

}  // namespace crypten
