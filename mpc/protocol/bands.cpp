#include "mpc/protocol/bands.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/merge_tree.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

void check_bands(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "bands", why, todo);
}

// Planes of all thresholds, those of a level one threshold after the other.
at::Tensor side_by_side(const std::vector<at::Tensor>& planes) { return planes.size() == 1 ? planes.front() : at::cat(planes, 1); }

}  // namespace

struct Bands::State {
  MaskedPtr x;
  int first_bit = 0, top = 0;
  const ComparisonPlan* plan = nullptr;
  struct Threshold {
    int64_t value;
    BitMaskRef mask;
    at::Tensor mask_share;
    std::optional<Dealt> dealt;
    MaskedBits bit;  // of the band above it
  };
  std::vector<Threshold> thresholds;
};

Bands::Bands(Party& party, MaskedPtr x, std::vector<int64_t> thresholds, int first_bit, int top_bit) : state_(std::make_shared<State>()) {
  auto& s = *state_;
  const int top = top_bit == 0 ? party.ring().bits - 1 : top_bit;
  check_bands(top > 0 && top < party.ring().bits, "top_bit out of range", std::to_string(top_bit), "choose a bit of the ring");
  check_bands(!thresholds.empty() && std::adjacent_find(thresholds.begin(), thresholds.end(), std::greater_equal<>()) == thresholds.end(), "thresholds out of order",
        std::to_string(thresholds.size()) + " thresholds", "give at least one, ascending");
  check_bands(first_bit >= 0 && first_bit < top, "first_bit out of range", std::to_string(first_bit), "leave at least one bit to compare");
  check_bands(x->constant_coefficients() && !x->terms.empty() && x->narrow_bits == 0, "this form of a value cannot be compared", "it is public, narrow, or has public coefficients",
        "use mask_to_compare()");
  s.x = std::move(x);
  s.first_bit = first_bit, s.top = top;
  int64_t count = 1;
  for (const int64_t size : s.x->sizes()) count *= size;
  CompareRequest request{.masks = s.x->mask(), .compared_bits = top - first_bit, .first_bit = first_bit};
  s.plan = &comparison_plan(request, party.ring());
  for (size_t i = 0; i < thresholds.size(); ++i) {
    auto mask = party.rng().take_bits(count, s.plan->opened_bits, s.x->device);
    request.bits = mask.ref;
    request.tables = i == 0;
    MaskedBits bit;
    bit.mask = mask.ref;
    bit.mask.plane = s.plan->result;
    // In the difference of two comparisons the top bits of r cancel; in the last one it stays, as part of what masks the bit.
    if (i + 1 == thresholds.size()) bit.top_bit_of = request.masks, bit.top_bit = top_bit == 0 ? bit.top_bit : top_bit;
    bit.sizes = s.x->sizes();
    s.thresholds.push_back({thresholds[i], mask.ref, std::move(mask.share), party.provider().request(request, s.x->device), std::move(bit)});
  }
}

void Bands::finish(Party& party) {
  auto& s = *state_;
  if (!s.x) return;
  open(party, {s.x});
  const int top = s.top;
  const auto X = dense_words(expanded_words(s.x->value.words(), s.x->sizes()));
  const bool holds_one = party.rank() == 0;
  std::vector<MergeTree> trees;
  std::vector<at::Tensor> above;  // msb(X − t), of which x < t is the XOR with msb(r) and the comparison
  const auto tables = s.thresholds.front().dealt->bits(0);
  for (const auto& threshold : s.thresholds) {
    const auto digits = slice_bits(linear_of(X, 1, static_cast<int64_t>(-static_cast<uint64_t>(threshold.value))), s.first_bit, top + 1 - s.first_bit);
    above.push_back(narrow_words(digits, 1, top - s.first_bit, 1));
    trees.emplace_back(*s.plan, digits, tables, threshold.dealt->bits(1), threshold.mask_share, holds_one);
  }
  const size_t count = trees.size();
  while (!trees.front().finished()) {
    const auto& level = s.plan->levels[static_cast<size_t>(trees.front().level())];
    std::vector<at::Tensor> next, masks;
    for (auto& tree : trees) next.push_back(tree.next()), masks.push_back(narrow_words(tree.masks(), 1, level.first_opened, level.opened));
    const bool last = trees.front().level() + 1 == s.plan->rounds();
    if (last)
      for (size_t i = 0; i + 1 < count; ++i) next[i] = exclusive_or_of(next[i], next[i + 1]);
    const auto opened = open_bits(party, side_by_side(next), s.thresholds.front().mask.count, side_by_side(masks), "bands");
    for (size_t i = 0; i < count; ++i) trees[i].opened(narrow_words(opened, 1, static_cast<int64_t>(i) * level.opened, level.opened));
  }
  for (size_t i = 0; i < count; ++i) {
    const auto bit = trees[i].opened_plane(s.plan->result);
    const auto with = exclusive_or_of(bit, above[i]);
    // [t_i ≤ x < t_{i+1}] = [x < t_i] ⊕ [x < t_{i+1}]; [x ≥ t_last] = ¬[x < t_last].
    s.thresholds[i].bit.value = i + 1 < count ? exclusive_or_of(with, above[i + 1]) : with;
    if (i + 1 == count) s.thresholds[i].bit = ~s.thresholds[i].bit;
    s.thresholds[i].dealt.reset(), s.thresholds[i].mask_share.reset();
  }
  s.x.reset();
}

TermRef Bands::term(size_t i) const { return state_->thresholds.at(i).bit.term(); }

const MaskedBits& Bands::bit(size_t i) const {
  const auto& bit = state_->thresholds.at(i).bit;
  if (!bit.value.defined()) throw InvalidArgument(mpc_code::not_open, "the bands are not known yet", "bands", "their rounds are still to come", "finish() first");
  return bit;
}

}  // namespace crypten
