#include "mpc/sharing/masked.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ExpandUtils.h>
#include <c10/util/strides.h>

#include <optional>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(const char* what, const char* where, const char* why) {
  throw InvalidArgument(mpc_code::not_open, what, where, why, "open the value first: open(party, {mask(party, x)})");
}

bool plain(const Term& term) { return term.ref.kind == TermRef::Kind::mask && !term.coefficient.defined(); }

// The descriptor of the same mask words, repeated to `sizes`.
MaskRef expanded(const MaskRef& mask, at::IntArrayRef sizes) {
  MaskRef wide = mask;
  const size_t lead = sizes.size() - mask.sizes.size();
  wide.sizes = sizes.vec();
  wide.strides.assign(sizes.size(), 0);
  for (size_t d = 0; d < mask.sizes.size(); ++d)
    if (mask.sizes[d] != 1) wide.strides[lead + d] = mask.strides[d];
  return wide;
}

// A tensor without memory.
at::Tensor laid_out(at::IntArrayRef sizes, at::IntArrayRef strides) { return at::detail::empty_strided_meta(sizes, strides, at::kLong); }

// Descriptors are viewed by viewing a tensor without memory that lies as they do.
std::optional<MaskRef> viewed(const MaskRef& mask, const View& view) {
  const auto layout = laid_out(mask.sizes, mask.strides);
  const auto result = view(layout);
  if (!result.is_alias_of(layout)) return std::nullopt;
  MaskRef moved = mask;
  moved.offset += static_cast<uint64_t>(result.storage_offset());
  moved.sizes = result.sizes().vec();
  moved.strides = result.strides().vec();
  return moved;
}

// A bit mask has no strides: only a reshape leaves it where it is.
bool only_reshapes(at::IntArrayRef sizes, const View& view) {
  const auto layout = layout_of(sizes);
  const auto result = view(layout);
  return result.is_alias_of(layout) && result.is_contiguous() && result.numel() == layout.numel() && result.storage_offset() == 0;
}

std::optional<Term> viewed(const Term& term, at::IntArrayRef sizes, const View& view) {
  Term result = term;
  const bool smaller = at::IntArrayRef(term.ref.sizes) != sizes;
  if (term.ref.kind == TermRef::Kind::bit && (smaller || !only_reshapes(sizes, view))) return std::nullopt;
  for (auto& mask : result.ref.masks) {
    auto moved = viewed(expanded(mask, sizes), view);
    if (!moved) return std::nullopt;
    mask = std::move(*moved);
  }
  const auto share = view(smaller ? expanded_words(term.share.words(), sizes) : term.share.words());
  result.ref.sizes = share.sizes().vec();
  result.share = RingTensor(share);
  if (term.coefficient.defined() && term.coefficient.dim() > 0)
    result.coefficient = RingTensor(view(expanded_words(term.coefficient.words(), sizes)));
  return result;
}

// x with other terms; its value is map(value of x), now or when x is opened.
MaskedPtr derived(const MaskedPtr& x, std::vector<Term> terms, std::vector<int64_t> sizes, std::function<RingTensor(const RingTensor&)> map) {
  auto result = std::make_shared<Masked>();
  result->terms = std::move(terms);
  result->device = x->device;
  if (settle(x)) {
    result->value = map(x->value);
  } else {
    if (!x->reserved) refuse("the expression is not known yet", "masked", "its coefficients depend on an opening that is still to come");
    result->reserved = std::make_shared<Masked::Reserved>();
    result->reserved->sizes = std::move(sizes);
    result->reserved->sources = {x};
    result->reserved->value_from_sources = [source = x.get(), map = std::move(map)] { return map(source->value); };
  }
  return result;
}

std::vector<Term> scaled(const std::vector<Term>& terms, int64_t factor) {
  auto result = terms;
  for (auto& term : result) {
    if (plain(term)) {
      term.share = term.share * factor;
      for (auto& mask : term.ref.masks)
        mask.factor = static_cast<int64_t>(static_cast<uint64_t>(mask.factor) * static_cast<uint64_t>(factor));
    } else if (term.coefficient.defined()) {
      term.coefficient = term.coefficient * factor;
    } else {
      term.coefficient = RingTensor(at::full({}, factor, at::TensorOptions().dtype(at::kLong).device(term.share.device())));
    }
  }
  return result;
}

}  // namespace

at::Tensor layout_of(at::IntArrayRef sizes) { return laid_out(sizes, c10::contiguous_strides(sizes)); }

std::vector<int64_t> Masked::sizes() const {
  if (value.defined()) return value.sizes().vec();
  if (reserved) return reserved->sizes;
  std::vector<int64_t> result;
  for (const auto& term : terms) result = at::infer_size(result, term.ref.sizes);
  return result;
}

bool Masked::constant_coefficients() const { return std::all_of(terms.begin(), terms.end(), plain); }

MaskExpression Masked::mask() const {
  if (!constant_coefficients())
    throw InvalidArgument(mpc_code::invalid_argument, "the expression has public coefficients", "Masked::mask",
                          "the dealer must not learn coefficients that depend on opened values", "open the value anew: mask_plain(party, x)");
  const auto whole = sizes();
  MaskExpression sum;
  for (const auto& term : terms)
    for (const auto& mask : term.ref.masks) sum.push_back(mask.sizes == whole ? mask : expanded(mask, whole));
  return sum;
}

bool settle(const MaskedPtr& x) {
  if (x->opened()) return true;
  if (!x->reserved || x->reserved->sources.empty()) return false;
  for (const auto& source : x->reserved->sources)
    if (!settle(source)) return false;
  x->value = x->reserved->value_from_sources();
  x->reserved.reset();
  return true;
}

RingTensor own_share(const Masked& x, bool adds_value) {
  RingTensor sum = adds_value ? x.value : RingTensor();
  for (const auto& term : x.terms) {
    const RingTensor part = term.coefficient.defined() ? term.coefficient * term.share : RingTensor(term.share);
    sum = sum.defined() ? sum + part : part;
  }
  if (!sum.defined()) return RingTensor::zeros(x.value.sizes(), x.value.device());
  return RingTensor(expanded_words(sum.words(), x.value.sizes()));
}

MaskedPtr negate(const MaskedPtr& x) { return scale(x, -1); }

MaskedPtr scale(const MaskedPtr& x, int64_t factor) {
  return derived(x, scaled(x->terms, factor), x->sizes(), [factor](const RingTensor& value) { return value * factor; });
}

MaskedPtr add_public(const MaskedPtr& x, const RingTensor& value) {
  return derived(x, x->terms, at::infer_size(x->sizes(), value.sizes()), [value](const RingTensor& opened) { return opened + value; });
}

MaskedPtr add(const MaskedPtr& x, const MaskedPtr& y) {
  auto terms = x->terms;
  terms.insert(terms.end(), y->terms.begin(), y->terms.end());
  if (settle(y)) return derived(x, std::move(terms), at::infer_size(x->sizes(), y->sizes()), [y](const RingTensor& value) { return value + y->value; });
  if (settle(x)) return derived(y, std::move(terms), at::infer_size(x->sizes(), y->sizes()), [x](const RingTensor& value) { return x->value + value; });
  auto result = derived(x, std::move(terms), at::infer_size(x->sizes(), y->sizes()), [y](const RingTensor& value) { return value + y->value; });
  if (!y->reserved) refuse("the expression is not known yet", "masked", "its coefficients depend on an opening that is still to come");
  result->reserved->sources.push_back(y);
  return result;
}

MaskedPtr view(const MaskedPtr& x, const View& view) {
  const auto sizes = x->sizes();
  std::vector<Term> terms;
  for (const auto& term : x->terms) {
    auto moved = viewed(term, sizes, view);
    if (!moved) return nullptr;
    terms.push_back(std::move(*moved));
  }
  const auto result_sizes = view(layout_of(sizes)).sizes().vec();
  return derived(x, std::move(terms), result_sizes, [sizes, view](const RingTensor& value) { return RingTensor(view(expanded_words(value.words(), sizes))); });
}

MaskedPtr moved(const MaskedPtr& x, at::Device device) {
  const auto there = [device](const RingTensor& words) { return words.defined() ? RingTensor(words.words().to(device)) : words; };
  auto terms = x->terms;
  for (auto& term : terms) term.share = there(term.share), term.coefficient = there(term.coefficient);
  auto result = derived(x, std::move(terms), x->sizes(), there);
  result->device = device;
  return result;
}

std::vector<Term> with_masks_merged(const Masked& x) {
  if (x.narrow_bits != 0)
    throw InvalidArgument(mpc_code::invalid_argument, "a narrow opening has no products", "masked", "it holds modulo 2^" + std::to_string(x.narrow_bits) + " only",
                          "lift it first (mpc/protocol/truncate)");
  std::vector<Term> merged;
  std::vector<int64_t> sizes;
  int masks = 0;
  for (const auto& term : x.terms)
    if (plain(term)) ++masks, sizes = at::infer_size(sizes, term.ref.sizes);
  if (masks < 2) return x.terms;
  Term sum;
  sum.ref.sizes = sizes;
  sum.width = 0;
  for (const auto& term : x.terms) {
    if (!plain(term)) continue;
    for (const auto& mask : term.ref.masks) sum.ref.masks.push_back(mask.sizes == sizes ? mask : expanded(mask, sizes));
    if (term.share.defined()) sum.share = sum.share.defined() ? sum.share + term.share : RingTensor(term.share);
    sum.width = std::max(sum.width, term.width);
  }
  merged.push_back(std::move(sum));
  for (const auto& term : x.terms)
    if (!plain(term)) merged.push_back(term);
  return merged;
}

}  // namespace crypten
