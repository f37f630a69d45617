#include "crypten_core/kernels/compare_bits.h"

#include <emmintrin.h>

#include <array>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits_lanes.h"
#include "crypten_core/kernels/compare_places.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {

// 128-bit registers belong to every x86-64.
void look_up_digit_portable(const TileLookup& lookup) { look_up_digit<__m128i>(lookup); }
void merge_pairs_portable(const TileMerge& merge) { merge_pairs<__m128i>(merge); }

namespace {

static_assert(kPlaneWords == kTileWords);

constexpr int64_t kTilesPerComparison = 16;  // of a comparison: 100 KiB of tables

// Result planes that are not wanted have no place.
uint64_t* out(uint64_t* tile, int64_t plane) { return plane < 0 ? nullptr : tile + plane * kTileWords; }

struct Result {
  at::Tensor planes;
  uint64_t* words;
  int64_t stride;
  Result(int64_t tiles, int64_t count)
      : planes(empty_words({tiles, count, kTileWords})), words(reinterpret_cast<uint64_t*>(planes.mutable_data_ptr<int64_t>())), stride(count * kTileWords) {}
};

template <size_t kMost>
void locate(const std::vector<Place>& places, int64_t tile, std::array<const uint64_t*, kMost>& words) {
  for (size_t i = 0; i < places.size(); ++i) words[i] = places[i].in(tile);
}

}  // namespace

at::Tensor look_up_digits(const at::Tensor& numbers, const at::Tensor& tables, std::span<const DigitLookup> lookups, int64_t result_planes, bool holds_one) {
  if (elsewhere(numbers) || elsewhere(tables)) {
    on_cpu("look_up_digits", {numbers, tables});
    using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, int64_t, bool);
    return registered<Signature>("look_up_digits", numbers).call(numbers, tables, numbers_of(lookups), result_planes, holds_one);
  }
  const int64_t tiles = numbers.size(0);
  std::vector<LookupPlace> places;
  for (const auto& lookup : lookups) places.push_back(lookup_place(lookup, numbers, tables, result_planes));
  const Result result(tiles, result_planes);
  const uint64_t one = holds_one ? ~uint64_t{0} : 0;
  const auto kernel = kLookUpDigit[kernel_path()];
  parallel_for(tiles, kTilesPerComparison, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* to = result.words + tile * result.stride;
      for (size_t i = 0; i < lookups.size(); ++i) {
        kernel({.width = lookups[i].width,
                .digit = places[i].digit.in(tile),
                .table = places[i].table.in(tile),
                .one = one,
                .less = out(to, lookups[i].less),
                .equal = out(to, lookups[i].equal)});
      }
    }
  });
  return result.planes;
}

at::Tensor merge_pairs(std::span<const PairMerge> merges, int64_t tiles, int64_t result_planes, bool holds_one) {
  if (!device_of(merges).is_cpu()) {
    const auto arguments = arguments_of(merges);
    on_cpu("merge_pairs", arguments.tensors);
    using Signature = at::Tensor(at::TensorList, at::IntArrayRef, int64_t, int64_t, bool);
    return registered<Signature>("merge_pairs", arguments.tensors.front()).call(arguments.tensors, arguments.numbers, tiles, result_planes, holds_one);
  }
  std::vector<MergePlaces> places;
  for (const auto& merge : merges) places.emplace_back(merge, tiles, result_planes, at::kCPU);
  const Result result(tiles, result_planes);
  const uint64_t one = holds_one ? ~uint64_t{0} : 0;
  const auto kernel = kMergePairs[kernel_path()];
  parallel_for(tiles, kTilesPerComparison, [&](int64_t begin, int64_t end) {
    std::array<const uint64_t*, kMostFactors> public_less{}, public_equal{};
    std::array<const uint64_t*, size_t{1} << kMostFactors> masks_less{}, masks_equal{};
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* to = result.words + tile * result.stride;
      for (const auto& merge : places) {
        locate(merge.public_less, tile, public_less), locate(merge.public_equal, tile, public_equal);
        locate(merge.masks_less, tile, masks_less), locate(merge.masks_equal, tile, masks_equal);
        kernel({.pairs = static_cast<int>(merge.public_equal.size()),
                .public_less = public_less.data(),
                .public_equal = public_equal.data(),
                .masks_less = masks_less.data(),
                .masks_equal = masks_equal.data(),
                .one = one,
                .less = out(to, merge.less),
                .equal = out(to, merge.equal)});
      }
    }
  });
  return result.planes;
}

}  // namespace crypten
