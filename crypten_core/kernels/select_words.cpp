#include "crypten_core/kernels/select_words.h"

#include <absl/strings/str_cat.h>
#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_lanes.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerSelection = 64;

template <class... Words>
void check(bool holds, const Words&... why) {  // a check that holds builds no string
  if (!holds) {
    throw InvalidArgument(160, "a selection of another form", "difference_or_second", absl::StrCat(why...),
                          "pass CPU int64 tensors of equal sizes and one bit plane for them");
  }
}

// A block of words after the other: of a tensor, of what is made where it is read, or one word again and again.
class Operand {
 public:
  Operand(const at::Tensor& tensor, at::IntArrayRef sizes) {
    if (tensor.dim() == 0) word_ = *words_of(tensor);
    else words_ = dense_words(expanded_words(tensor, sizes));
  }
  Operand(const LazyWords& words, at::IntArrayRef sizes)
      : Operand(words.there() || words.sizes() != sizes ? Operand(words.words(), sizes) : Operand(words)) {}

  const uint64_t* block(int64_t first, std::span<uint64_t> room) const {
    if (!word_) return words_.block(first, room);
    std::fill(room.begin(), room.end(), *word_);
    return room.data();
  }

 private:
  explicit Operand(LazyWords words) : words_(std::move(words)) {}
  LazyWords words_;
  std::optional<uint64_t> word_;
};

struct SumOfTerms {
  struct Item {
    Operand share;
    std::optional<Operand> coefficient;
  };
  std::vector<Item> items;

  // Words from `first` on, as many as fit into `out`: there, or where a single term has them.
  const uint64_t* block(int64_t first, std::span<uint64_t> out) const {
    if (items.size() == 1 && !items.front().coefficient) return items.front().share.block(first, out);
    const auto& runs = *kWordRuns[kernel_path()];
    std::array<uint64_t, LazyWords::kBlock> room, product;
    const auto part = std::span(room).first(out.size());
    for (const auto& item : items) {
      const bool is_first = &item == &items.front();
      if (!item.coefficient) {
        const uint64_t* const share = item.share.block(first, is_first ? out : part);
        if (!is_first) runs.add(out.data(), share, out.size());
        else if (share != out.data()) std::copy_n(share, out.size(), out.data());
        continue;
      }
      uint64_t* const into = is_first ? out.data() : product.data();
      const uint64_t* const coefficient = item.coefficient->block(first, part);
      std::copy_n(coefficient, out.size(), into);
      runs.multiply(into, item.share.block(first, part), out.size());
      if (!is_first) runs.add(out.data(), into, out.size());
    }
    return out.data();
  }
};

bool anywhere_else(const at::Tensor& plane, const at::Tensor& x, std::span<const SharedTerm> terms) {
  return elsewhere(plane) || elsewhere(x) ||
         std::any_of(terms.begin(), terms.end(), [](const SharedTerm& term) { return !term.share.device().is_cpu(); });
}

}  // namespace

at::Tensor chosen_constants(const at::Tensor& plane, at::IntArrayRef sizes, int64_t set, int64_t clear) {
  const int64_t n = c10::multiply_integers(sizes);
  if (!plane.device().is_cpu()) return bit_to_words(plane, n).mul_(set - clear).add_(clear).view(sizes);
  check(plane.scalar_type() == at::kLong && plane.sizes() == at::IntArrayRef({tile_count(n), 1, kTileWords}),
        "the plane is not for ", n, " elements");
  const auto bits = plane.contiguous();
  auto result = empty_words(sizes);
  const uint64_t* const words = words_of(bits);
  auto* const out = mutable_words_of(result);
  const auto constants = kChosenWords[kernel_path()]->constants;
  parallel_for(tile_count(n), kTilesPerSelection, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin * kTileElements; i < std::min(n, end * kTileElements); i += 64) {
      if (i + 64 <= n) {
        constants(words[i / 64], static_cast<uint64_t>(set), static_cast<uint64_t>(clear), out + i);
        continue;
      }
      for (int64_t j = i; j < n; ++j)
        out[j] =
            bit_lanes::ChosenConstant{static_cast<uint64_t>(set), static_cast<uint64_t>(clear)}(words[i / 64], static_cast<int>(j - i));
    }
  });
  return result;
}

at::Tensor difference_or_sum(const at::Tensor& plane, bool inverted, const at::Tensor& x, std::span<const SharedTerm> terms,
                             at::IntArrayRef sizes) {
  check(!terms.empty(), "no terms");
  if (anywhere_else(plane, x, terms)) {
    // It begins with a term that needs no product of its own, if there is one: fewer launches.
    const auto alone = std::find_if(terms.begin(), terms.end(), [](const SharedTerm& term) { return !term.coefficient.defined(); });
    const auto& first = alone == terms.end() ? terms.front() : *alone;
    at::Tensor sum = first.coefficient.defined() ? at::mul(first.coefficient, first.share.words()) : first.share.words();
    for (const auto& term : terms) {
      if (&term == &first) continue;
      sum = term.coefficient.defined() ? at::addcmul(sum, term.coefficient, term.share.words()) : at::add(sum, term.share.words());
    }
    return difference_or_second(plane, inverted, x.expand(sizes), sum.expand(sizes));
  }
  check(x.defined() && x.scalar_type() == at::kLong, "expected int64 tensors on the CPU");
  auto result = empty_words(sizes);
  const int64_t n = result.numel();
  check(plane.scalar_type() == at::kLong && plane.sizes() == at::IntArrayRef({tile_count(n), 1, kTileWords}),
        "the plane is not for ", n, " elements");
  SumOfTerms sum;
  for (const auto& term : terms) {
    auto& item = sum.items.emplace_back(SumOfTerms::Item{Operand(term.share, sizes), {}});
    if (term.coefficient.defined()) item.coefficient.emplace(term.coefficient, sizes);
  }
  const auto bits = plane.contiguous();
  const Operand first_operand(x, sizes);
  const uint64_t* const words = words_of(bits);
  auto* const out = mutable_words_of(result);
  const uint64_t flip = inverted ? ~uint64_t{0} : 0;
  const auto choose64 = kChosenWords[kernel_path()]->difference_or_second;
  constexpr int64_t kBlockTiles = LazyWords::kBlock / kTileElements;
  parallel_for((n + LazyWords::kBlock - 1) / LazyWords::kBlock, kTilesPerSelection / kBlockTiles, [&, n](int64_t begin, int64_t end) {
    std::array<uint64_t, LazyWords::kBlock> room, room_of_sum;
    for (int64_t first = begin * LazyWords::kBlock; first < std::min(n, end * LazyWords::kBlock); first += LazyWords::kBlock) {
      const int64_t count = std::min(LazyWords::kBlock, n - first);
      const auto size = static_cast<size_t>(count);
      const uint64_t* const second = sum.block(first, std::span(room_of_sum).first(size));
      const uint64_t* const from = first_operand.block(first, std::span(room).first(size));
      int64_t i = 0;
      for (; i + 64 <= count; i += 64) choose64(words[(first + i) / 64] ^ flip, from + i, second + i, out + first + i);
      for (; i < count; ++i)
        out[first + i] = bit_lanes::DifferenceOrSecond{flip}(words[(first + i) / 64], static_cast<int>(i % 64), from[i], second[i]);
    }
  });
  return result;
}

at::Tensor difference_or_second(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b) {
  if (elsewhere(plane) || elsewhere(a) || elsewhere(b)) {
    on_cpu("difference_or_second", {plane, a, b});
    using Signature = at::Tensor(const at::Tensor&, bool, const at::Tensor&, const at::Tensor&);
    return registered<Signature>("difference_or_second", a).call(plane, inverted, a, b);
  }
  for (const auto* tensor : {&plane, &a, &b}) {
    check(tensor->defined() && tensor->scalar_type() == at::kLong && tensor->device().is_cpu(), "expected int64 tensors on the CPU");
  }
  check(a.sizes() == b.sizes(), "two tensors of different sizes");
  const SharedTerm second{b, {}};
  return difference_or_sum(plane, inverted, a, {&second, 1}, a.sizes());
}

void add_or_complement(at::Tensor& sum, const at::Tensor& plane, const at::Tensor& a, bool holds_one) {
  if (elsewhere(plane) || elsewhere(a) || elsewhere(sum)) {
    on_cpu("add_or_complement", {sum, plane, a});
    registered<void(at::Tensor&, const at::Tensor&, const at::Tensor&, bool)>("add_or_complement", a).call(sum, plane, a, holds_one);
    return;
  }
  for (const auto* tensor : {&plane, &a, const_cast<const at::Tensor*>(&sum)}) {
    check(tensor->defined() && tensor->scalar_type() == at::kLong && tensor->device().is_cpu(), "expected int64 tensors on the CPU");
  }
  const int64_t n = sum.numel();
  check(sum.is_contiguous() && a.numel() == n, "two tensors of different sizes, or a sum that is not contiguous");
  check(plane.sizes() == at::IntArrayRef({tile_count(n), 1, kTileWords}), "the plane is not for ", n, " elements");
  const auto bits = plane.contiguous(), shares = a.contiguous();
  const auto* bit_words = reinterpret_cast<const uint64_t*>(bits.const_data_ptr<int64_t>());
  const auto* from = reinterpret_cast<const uint64_t*>(shares.const_data_ptr<int64_t>());
  auto* to = reinterpret_cast<uint64_t*>(sum.mutable_data_ptr<int64_t>());
  const auto add64 = kChosenWords[kernel_path()]->add_or_complement;
  const uint64_t one = holds_one ? 1 : 0;
  parallel_for(tile_count(n), kTilesPerSelection, [=](int64_t begin, int64_t end) {
    for (int64_t w = begin * kTileWords; w < end * kTileWords && w * 64 < n; ++w) {
      if (64 * w + 64 <= n) {
        add64(bit_words[w], from + 64 * w, one, to + 64 * w);
        continue;
      }
      for (int64_t i = 64 * w; i < n; ++i) to[i] = bit_lanes::AddOrComplement{one}(bit_words[w], static_cast<int>(i % 64), from[i], to[i]);
    }
  });
}

}  // namespace crypten
