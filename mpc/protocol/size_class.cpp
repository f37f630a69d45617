#include "mpc/protocol/size_class.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/class_tree.h"
#include "mpc/protocol/merge_tree.h"
#include "mpc/protocol/open.h"
#include "mpc/provider/planes.h"

namespace crypten {
namespace {

constexpr int kClassBits = 6, kFewClassBits = 5;  // e modulo 64; modulo 32 where e < 16

// One-hot tables as a comparison of all bits but the topmost wants them, most significant chunk first, from those of all chunks, lowest first: the top chunk loses a bit.
at::Tensor tables_without_top_bit(const at::Tensor& tables, int chunks, int chunk_bits) {
  const int entries = (1 << chunk_bits) - 1, half = 1 << (chunk_bits - 1);
  std::vector<at::Tensor> parts;
  // [u mod 2^(c − 1) = v] = [u = v] ⊕ [u = v + 2^(c − 1)], without the last v.
  const auto top = narrow_words(tables, 1, (chunks - 1) * entries, entries);
  parts.push_back(at::bitwise_xor(top.narrow(1, 0, half - 1), top.narrow(1, half, half - 1)));
  for (int chunk = chunks - 2; chunk >= 0; --chunk) parts.push_back(narrow_words(tables, 1, chunk * entries, entries));
  return at::cat(parts, 1);
}

// On another device than the CPU: a level at a time.
RingTensor count_there(const ClassPlan& plan, const at::Tensor& opened, const Dealt& masks, at::IntArrayRef sizes, bool holds_one) {
  auto sum = at::zeros(sizes, opened.options());
  for (size_t level = 0; level < plan.levels.size(); ++level) add_or_complement(sum, narrow_words(opened, 1, plan.levels[level], 1), masks.ring(level).words(), holds_one);
  return RingTensor(sum);
}

// e = number of level bits that are 0: Σ over the levels of 1 − [σ] where b̂ = b ⊕ σ is clear, of [σ] where it is set. In blocks, so that shares of σ are never whole tensors.
RingTensor count_of_zeros(const ClassPlan& plan, const at::Tensor& opened, const Dealt& masks, at::IntArrayRef sizes, bool holds_one) {
  if (!opened.device().is_cpu()) return count_there(plan, opened, masks, sizes, holds_one);
  constexpr int64_t kBlockTiles = 4;
  auto sum = zero_words(sizes);
  const int64_t count = sum.numel();
  auto* const out = reinterpret_cast<uint64_t*>(sum.mutable_data_ptr<int64_t>());
  const auto add64 = kChosenWords[kernel_path()]->add_or_complement;
  const uint64_t* const planes = tile_of(opened, 0);
  const int64_t words_in_tile = opened.stride(0);
  masks.await();
  parallel_for(tile_count(count), 16, [&](int64_t begin, int64_t end) {
    alignas(64) std::array<uint64_t, kBlockTiles * kTileElements> shares, sums;
    for (int64_t tile = begin; tile < end; tile += kBlockTiles) {
      const int64_t first = tile * kTileElements, elements = std::min(std::min(end, tile + kBlockTiles) * kTileElements, count) - first;
      sums.fill(0);
      for (size_t level = 0; level < plan.levels.size(); ++level) {
        masks.part(level, first, std::span(shares).first(static_cast<size_t>(elements)));
        for (int64_t i = 0; i < elements; i += 64) {
          const uint64_t bits = planes[(tile + i / kTileElements) * words_in_tile + plan.levels[level] * kTileWords + i % kTileElements / 64];
          add64(bits, shares.data() + i, holds_one ? 1 : 0, sums.data() + i);
        }
      }
      std::copy_n(sums.begin(), elements, out + first);
    }
  });
  return RingTensor(sum);
}

}  // namespace

struct SizeClass::State {
  MaskedPtr x;
  ClassRequest request;
  const ClassPlan* plan = nullptr;
  at::Tensor mask_share;
  std::optional<Dealt> dealt, level_masks;
  struct Sign {
    CompareRequest request;
    const ComparisonPlan* plan = nullptr;
    at::Tensor mask_share;
    std::optional<Dealt> dealt;
    MaskedBits bit;
  };
  std::optional<Sign> sign;
  RingTensor share;
};

SizeClass::SizeClass(Party& party, MaskedPtr x, int low_bit, int chunks, bool both_signs) : state_(std::make_shared<State>()) {
  auto& s = *state_;
  if (!x->constant_coefficients() || x->terms.empty() || x->narrow_bits != 0)
    throw InvalidArgument(mpc_code::invalid_argument, "this form of a value has no size class", "size_class", "it is public, narrow, or has public coefficients", "use mask_to_compare()");
  s.x = std::move(x);
  const auto sizes = s.x->sizes();
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  s.request = {.masks = s.x->mask(), .low_bit = low_bit, .chunks = chunks, .both_signs = both_signs, .bits = {}};
  s.plan = &class_plan(s.request, party.ring());
  auto mask = party.rng().take_bits(count, s.plan->opened_bits, s.x->device);
  s.request.bits = mask.ref;
  s.mask_share = std::move(mask.share);
  s.dealt = party.provider().request(s.request, s.x->device);
  ShareRequest masks;
  for (const int level : s.plan->levels) {
    TermRef term{.kind = TermRef::Kind::bit, .bit = mask.ref, .sizes = sizes};
    term.bit.plane = level;
    masks.items.push_back({std::move(term), std::min(bits(), party.ring().bits)});
  }
  s.level_masks = party.provider().request(std::move(masks), s.x->device);
  if (!both_signs) return;
  auto& sign = s.sign.emplace();
  sign.request = {.masks = s.request.masks, .compared_bits = chunks * party.ring().chunk_bits - 1, .first_bit = low_bit, .tables = false};
  sign.plan = &comparison_plan(sign.request, party.ring());
  auto bits = party.rng().take_bits(count, sign.plan->opened_bits, s.x->device);
  sign.request.bits = bits.ref;
  sign.mask_share = std::move(bits.share);
  sign.dealt = party.provider().request(sign.request, s.x->device);
  sign.bit.mask = sign.request.bits;
  sign.bit.mask.plane = sign.plan->result;
  sign.bit.top_bit_of = s.request.masks;
  sign.bit.top_bit = low_bit + chunks * party.ring().chunk_bits - 1;
  sign.bit.sizes = sizes;
}

int SizeClass::bits() const { return largest() < 1 << (kFewClassBits - 1) ? kFewClassBits : kClassBits; }
int SizeClass::largest() const { return static_cast<int>(state_->plan->levels.size()); }

TermRef SizeClass::sign_term() const { return state_->sign.value().bit.term(); }

void SizeClass::finish(Party& party) {
  auto& s = *state_;
  if (s.share.defined()) return;
  open(party, {s.x});
  const bool holds_one = party.rank() == 0;
  const auto sizes = s.x->sizes();
  const int bits = s.plan->chunks * s.plan->chunk_bits;
  const auto digits = slice_bits(s.x->value.words().expand(sizes).contiguous(), s.request.low_bit, bits);  // public
  const auto tables = s.dealt->bits(0);
  const int64_t count = s.request.bits.count;
  party.together({[&] {
                    ClassTree tree(*s.plan, digits, tables, s.dealt->bits(1), s.mask_share, holds_one);
                    while (!tree.finished()) tree.opened(open_bits(party, tree.next(), count, tree.masks(), "size class"));
                    s.share = count_of_zeros(*s.plan, tree.opened(), *s.level_masks, sizes, holds_one);
                  },
                  [&] {
                    if (!s.sign) return;
                    auto& sign = *s.sign;
                    MergeTree tree(*sign.plan, digits, tables_without_top_bit(tables, s.plan->chunks, s.plan->chunk_bits), sign.dealt->bits(1), sign.mask_share, holds_one);
                    while (!tree.finished()) {
                      const auto& level = sign.plan->levels[static_cast<size_t>(tree.level())];
                      tree.opened(open_bits(party, tree.next(), count, narrow_words(tree.masks(), 1, level.first_opened, level.opened), "size class"));
                    }
                    sign.bit.value = exclusive_or_of(tree.opened_plane(sign.plan->result), narrow_words(digits, 1, bits - 1, 1));
                    sign.dealt.reset(), sign.mask_share.reset();
                  }});
  s.dealt.reset(), s.level_masks.reset(), s.mask_share.reset(), s.x.reset();
}

const RingTensor& SizeClass::share() const {
  if (!state_->share.defined()) throw InvalidArgument(mpc_code::not_open, "the size class is not known yet", "size_class", "its rounds are still to come", "finish() first");
  return state_->share;
}

const MaskedBits& SizeClass::sign() const {
  if (!state_->sign || !state_->sign->bit.value.defined())
    throw InvalidArgument(mpc_code::not_open, "the sign is not known", "size_class", "it was not asked for, or its rounds are still to come", "ask for both signs, and finish() first");
  return state_->sign->bit;
}

}  // namespace crypten
