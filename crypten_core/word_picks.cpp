#include "crypten_core/word_picks.h"

#include <algorithm>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kPickedPerThread = 1 << 15;

bool is_here(const at::Tensor& words) { return words.scalar_type() == at::kLong && words.device().is_cpu(); }

// A tensor seen along one dimension: `outer` times `size` runs of `inner` words.
struct Along {
  int64_t outer = 1, size, inner = 1;
  Along(at::IntArrayRef sizes, int64_t dim) : size(sizes[static_cast<size_t>(dim)]) {
    for (size_t d = 0; d < sizes.size(); ++d)
      (static_cast<int64_t>(d) < dim ? outer : inner) *= static_cast<int64_t>(d) == dim ? 1 : sizes[d];
  }
};

bool fits(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places) {
  return is_here(words) && dim >= 0 && dim < words.dim() &&
         std::ranges::all_of(places, [size = words.size(dim)](int64_t place) { return place >= 0 && place < size; });
}

at::Tensor empty_along(at::IntArrayRef like, int64_t dim, size_t count) {
  auto sizes = like.vec();
  sizes[static_cast<size_t>(dim)] = static_cast<int64_t>(count);
  return empty_words(sizes);
}

// Calls run(o, j) for each of outer · count runs, in order, on several threads.
template <class Run>
void for_runs(const Along& along, int64_t count, Run run) {
  parallel_for(along.outer * count, std::max<int64_t>(1, kPickedPerThread / std::max<int64_t>(1, along.inner)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t o = begin / count, j = begin % count; begin < end; ++begin) {
                   run(o, j);
                   if (++j == count) j = 0, ++o;
                 }
               });
}

at::Tensor list(const std::vector<int64_t>& places, at::Device device) { return moved(at::tensor(places, at::kLong), device); }

// By torch. Every so manieth of the words is a view: that spares a device the list and a launch.
at::Tensor picked_there(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places) {
  if (places.empty() || dim < 0 || dim >= words.dim()) return words.index_select(dim, list(places, words.device()));
  const int64_t first = places.front(), step = places.size() < 2 ? 1 : places[1] - first;
  bool even = first >= 0 && step >= 1 && places.back() < words.size(dim);
  for (size_t j = 0; even && j < places.size(); ++j) even = places[j] == first + static_cast<int64_t>(j) * step;
  return even ? words.slice(dim, first, places.back() + 1, step) : words.index_select(dim, list(places, words.device()));
}

}  // namespace

at::Tensor picked(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places) {
  if (!fits(words, dim, places)) return picked_there(words, dim, places);
  auto result = empty_along(words.sizes(), dim, places.size());
  if (result.numel() == 0) return result;
  const auto from = dense_words(words);
  const Along along(words.sizes(), dim);
  const auto count = static_cast<int64_t>(places.size());
  const uint64_t* const source = words_of(from);
  uint64_t* const out = mutable_words_of(result);
  for_runs(along, count, [&, source, out](int64_t o, int64_t j) {
    const uint64_t* const run = source + (o * along.size + places[static_cast<size_t>(j)]) * along.inner;
    uint64_t* const to = out + (o * count + j) * along.inner;
    if (along.inner == 1) *to = *run;  // along the last dimension: a call for each word would take most of the time
    else std::copy_n(run, along.inner, to);
  });
  return result;
}

at::Tensor difference_of_picked(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& firsts,
                                const std::vector<int64_t>& seconds) {
  if (!fits(words, dim, firsts) || !fits(words, dim, seconds) || firsts.size() != seconds.size())
    return at::sub(picked(words, dim, firsts), picked(words, dim, seconds));
  auto result = empty_along(words.sizes(), dim, firsts.size());
  if (result.numel() == 0) return result;
  const auto from = dense_words(words);
  const Along along(words.sizes(), dim);
  const auto count = static_cast<int64_t>(firsts.size());
  const uint64_t* const source = words_of(from);
  uint64_t* const out = mutable_words_of(result);
  for_runs(along, count, [&, source, out](int64_t o, int64_t j) {
    const uint64_t* const first = source + (o * along.size + firsts[static_cast<size_t>(j)]) * along.inner;
    const uint64_t* const second = source + (o * along.size + seconds[static_cast<size_t>(j)]) * along.inner;
    uint64_t* const to = out + (o * count + j) * along.inner;
    for (int64_t i = 0; i < along.inner; ++i) to[i] = first[i] - second[i];
  });
  return result;
}

at::Tensor picked_plus(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places, const at::Tensor& added, int64_t parts) {
  auto result = picked(words, dim, places);
  const int64_t summed = added.size(dim) / parts, others = static_cast<int64_t>(places.size()) - summed;
  if (!is_here(words) || !is_here(added) || !added.is_contiguous() || summed == 0) {
    const auto more = parts == 1 ? added : added.unflatten(dim, {parts, summed}).sum(dim);
    if (others == 0) return at::add(result, more);
    return at::cat(std::vector{at::add(result.narrow(dim, 0, summed), more), result.narrow(dim, summed, others)}, dim);
  }
  const Along along(added.sizes(), dim);
  const auto count = static_cast<int64_t>(places.size());
  const uint64_t* const source = words_of(added);
  uint64_t* const out = mutable_words_of(result);
  for_runs(along, summed, [&, source, out](int64_t o, int64_t j) {
    uint64_t* const to = out + (o * count + j) * along.inner;
    for (int64_t part = 0; part < parts; ++part) {
      const uint64_t* const more = source + (o * along.size + part * summed + j) * along.inner;
      for (int64_t i = 0; i < along.inner; ++i) to[i] += more[i];
    }
  });
  return result;
}

at::Tensor bits_of_picked(const at::Tensor& words, int64_t dim, const std::vector<std::vector<int64_t>>& places,
                          const std::vector<int64_t>& flips) {
  auto result = picked(words, dim, places.front());
  const auto here = [&](const std::vector<int64_t>& list) { return fits(words, dim, list) && list.size() == places.front().size(); };
  if (!is_here(words) || !std::ranges::all_of(places, here) || (!flips.empty() && flips.size() != places.front().size())) {
    for (size_t f = 1; f < places.size(); ++f)
      result = at::add(result, at::bitwise_left_shift(picked(words, dim, places[f]), static_cast<int64_t>(f)));
    if (flips.empty()) return result;
    std::vector<int64_t> alone(static_cast<size_t>(words.dim()), 1);
    alone[static_cast<size_t>(dim)] = static_cast<int64_t>(flips.size());
    return at::bitwise_xor(result, list(flips, words.device()).view(alone));
  }
  if (result.numel() == 0) return result;
  const auto from = dense_words(words);
  const Along along(words.sizes(), dim);
  const auto count = static_cast<int64_t>(places.front().size());
  const uint64_t* const source = words_of(from);
  uint64_t* const out = mutable_words_of(result);
  for_runs(along, count, [&, source, out](int64_t o, int64_t j) {
    uint64_t* const to = out + (o * count + j) * along.inner;
    for (size_t f = 1; f < places.size(); ++f) {
      const uint64_t* const bits = source + (o * along.size + places[f][static_cast<size_t>(j)]) * along.inner;
      for (int64_t i = 0; i < along.inner; ++i) to[i] |= bits[i] << f;
    }
    if (flips.empty()) return;
    for (int64_t i = 0; i < along.inner; ++i) to[i] ^= static_cast<uint64_t>(flips[static_cast<size_t>(j)]);
  });
  return result;
}

at::Tensor numbers_along(at::IntArrayRef sizes, int64_t dim, at::Device device) {
  const Along along(sizes, dim);
  if (!device.is_cpu()) {
    std::vector<int64_t> alone(sizes.size(), 1);
    alone[static_cast<size_t>(dim)] = along.size;
    return at::arange(along.size, at::TensorOptions().dtype(at::kLong).device(device)).view(alone).expand(sizes);
  }
  auto result = empty_words(sizes);
  if (result.numel() == 0) return result;
  uint64_t* const out = mutable_words_of(result);
  for_runs(along, along.size, [&along, out](int64_t o, int64_t j) {
    std::fill_n(out + (o * along.size + j) * along.inner, along.inner, static_cast<uint64_t>(j));
  });
  return result;
}

}  // namespace crypten
