#include "crypten_core/kernels/compare_bits_lanes.h"
#include "cuda/compare_bits.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

static_assert(kMostPairs == kMostFactors);

// Results of a kernel's thread: word `word` of tile `tile`.
template <class Arguments>
__device__ void write(const Arguments& to, int64_t tile, int64_t word, uint64_t* base, uint64_t value) {
  base[tile * to.result_stride + word] = value;
}

struct Lookups {
  Lookup of[32];  // 2.3 of the 4 KiB that the parameters of a launch may take
};
constexpr int64_t kMostLookups = sizeof(Lookups) / sizeof(Lookup);

template <int kWidth>
__global__ void __launch_bounds__(kThreads) look_up_words(const __grid_constant__ Lookups lookups, int64_t count, int64_t words) {
  for (int64_t i = first_index(); i < count * words; i += index_step()) {
    const Lookup& lookup = lookups.of[i / words];
    const int64_t tile = i % words / kPlaneWords, w = i % kPlaneWords;
    const auto found =
        look_up_lanes<kWidth, uint64_t>(lookup.digit.words + tile * lookup.digit.stride + w, lookup.table.words + tile * lookup.table.stride + w, lookup.one);
    if (lookup.less != nullptr) write(lookup, tile, w, lookup.less, found.less);
    if (lookup.equal != nullptr) write(lookup, tile, w, lookup.equal, found.equal);
  }
}

// Only as many places as this number of pairs has, so that few kilobytes travel with a launch.
template <int kPairs>
struct Arguments {
  PlanePlace less_bits[kPairs], equal_bits[kPairs], less_masks[(1 << kPairs) - 1], equal_masks[1 << kPairs];
  uint64_t one;
  uint64_t *less, *equal;
  int64_t result_stride;

  explicit Arguments(const Merge& merge) : one(merge.one), less(merge.less), equal(merge.equal), result_stride(merge.result_stride) {
    for (int i = 0; i < kPairs; ++i) less_bits[i] = merge.public_less[i], equal_bits[i] = merge.public_equal[i];
    for (int i = 0; i < (1 << kPairs) - 1; ++i) less_masks[i] = merge.masks_less[i];
    for (int i = 0; i < 1 << kPairs; ++i) equal_masks[i] = merge.masks_equal[i];
  }
};

template <int kPairs>
struct WordPlaces {
  const Arguments<kPairs>& arguments;
  int64_t tile, word;
  __device__ __forceinline__ const uint64_t* in(const PlanePlace& place) const { return place.words + tile * place.stride + word; }
  __device__ __forceinline__ const uint64_t* public_less(int i) const { return in(arguments.less_bits[i]); }
  __device__ __forceinline__ const uint64_t* public_equal(int i) const { return in(arguments.equal_bits[i]); }
  __device__ __forceinline__ const uint64_t* masks_less(unsigned i) const { return in(arguments.less_masks[i]); }
  __device__ __forceinline__ const uint64_t* masks_equal(unsigned i) const { return in(arguments.equal_masks[i]); }
};

template <int kPairs>
__global__ void __launch_bounds__(kThreads) merge_words(const __grid_constant__ Arguments<kPairs> arguments, int64_t words) {
  for (int64_t i = first_index(); i < words; i += index_step()) {
    const int64_t tile = i / kPlaneWords, w = i % kPlaneWords;
    const WordPlaces<kPairs> places{arguments, tile, w};
    const Merging<kPairs, WordPlaces<kPairs>, uint64_t> merging{places, arguments.one};
    if (arguments.less != nullptr) write(arguments, tile, w, arguments.less, merging.less());
    if (arguments.equal != nullptr) write(arguments, tile, w, arguments.equal, merging.equal());
  }
}

template <int kPairs>
cudaError_t start(const Merge& merge, int64_t words, cudaStream_t stream) {
  return launch(merge_words<kPairs>, blocks_for(words), stream, Arguments<kPairs>(merge), words);
}

}  // namespace

cudaError_t look_up(const Lookup* lookups, int64_t count, int64_t tiles, cudaStream_t stream) {
  const int64_t words = tiles * kPlaneWords;
  if (words == 0) return cudaSuccess;
  for (int64_t first = 0, together = 0; first < count; first += together) {
    Lookups chosen{};
    const auto same = [&](int64_t i) { return i < count && i < first + kMostLookups && lookups[i].width == lookups[first].width; };
    for (together = 0; same(first + together); ++together) chosen.of[together] = lookups[first + together];
    const auto error = with_constant<1, 7>(lookups[first].width, [&](auto width) {
      return launch(look_up_words<width()>, blocks_for(together * words), stream, chosen, together, words);
    });
    if (error != cudaSuccess) return error;
  }
  return cudaSuccess;
}

cudaError_t merge(const Merge& merge, int64_t tiles, cudaStream_t stream) {
  const int64_t words = tiles * kPlaneWords;
  if (words == 0) return cudaSuccess;
  return with_constant<1, 8>(merge.pairs, [&](auto pairs) { return start<pairs()>(merge, words, stream); });
}

}  // namespace crypten::cuda
