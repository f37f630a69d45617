#include "crypten_core/kernels/bit_lanes.h"
#include "cuda/bit_slice.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

using bit_lanes::Slice;

// A warp for four plane words of every plane. The vote on plane p is kept by lane p mod 32, which writes it with its 31 neighbours.
__global__ void __launch_bounds__(kThreads) slice(Slice slice, int64_t plane_words) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  constexpr int kWords = Slice::kWordsPerVote;
  for (int64_t word = first_index() / 32 * kWords; word < plane_words; word += index_step() / 32 * kWords) {
    uint64_t elements[kWords][2];
#pragma unroll
    for (int w = 0; w < kWords; ++w) {
      elements[w][0] = slice.element(word + w, 0, lane);
      elements[w][1] = slice.element(word + w, 1, lane);
    }
    for (int first = 0; first < slice.count; first += 32) {
      uint64_t kept[kWords] = {};
      const int planes = slice.count - first < 32 ? slice.count - first : 32;
      for (int p = 0; p < planes; ++p) {
#pragma unroll
        for (int w = 0; w < kWords; ++w) {
          const uint64_t low = __ballot_sync(~0u, slice.vote(elements[w][0], first + p)), high = __ballot_sync(~0u, slice.vote(elements[w][1], first + p));
          if (lane == p) kept[w] = low | high << 32;
        }
      }
      if (lane < planes) {
        auto* const to = reinterpret_cast<ulonglong2*>(slice.place(word, first + lane));  // 32 bytes at a multiple of 32
        to[0] = make_ulonglong2(kept[0], kept[1]);
        to[1] = make_ulonglong2(kept[2], kept[3]);
      }
    }
  }
}

__global__ void __launch_bounds__(kThreads) unslice(bit_lanes::WordFromPlanes word, int64_t n, uint64_t* words) {
  for (int64_t i = first_index(); i < n; i += index_step()) words[i] = word(i);
}

__global__ void __launch_bounds__(kThreads)
    choose(bit_lanes::DifferenceOrSecond function, const uint64_t* plane, const uint64_t* a, const uint64_t* b, uint64_t* out, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_step()) out[i] = function(plane[i / 64], static_cast<int>(i % 64), a[i], b[i]);
}

__global__ void __launch_bounds__(kThreads) add_chosen(bit_lanes::AddOrComplement function, const uint64_t* plane, const uint64_t* a, uint64_t* sum, int64_t n) {
  for (int64_t i = first_index(); i < n; i += index_step()) sum[i] = function(plane[i / 64], static_cast<int>(i % 64), a[i], sum[i]);
}

template <class Function>
__global__ void __launch_bounds__(kThreads) make_words(Function word, uint64_t* out, int64_t words) {
  for (int64_t i = first_index(); i < words; i += index_step()) out[i] = word(i);
}

}  // namespace

cudaError_t slice_bits(const uint64_t* words, int64_t n, int first_bit, int count, uint64_t* planes, cudaStream_t stream) {
  if (n == 0 || count == 0) return cudaSuccess;
  const int64_t plane_words = (n + bit_lanes::kElements - 1) / bit_lanes::kElements * bit_lanes::kWords;
  return launch(slice, blocks_for(plane_words / Slice::kWordsPerVote * 32), stream, Slice{words, n, first_bit, count, planes}, plane_words);
}

cudaError_t unslice_bits(const uint64_t* planes, int64_t tile_stride, int64_t plane_stride, int count, int first_bit, int64_t n, uint64_t* words,
                         cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return launch(unslice, blocks_for(n), stream, bit_lanes::WordFromPlanes{planes, tile_stride, plane_stride, count, first_bit}, n, words);
}

cudaError_t difference_or_second(const uint64_t* plane, bool inverted, const uint64_t* a, const uint64_t* b, uint64_t* out, int64_t n, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return launch(choose, blocks_for(n), stream, bit_lanes::DifferenceOrSecond{inverted ? ~uint64_t{0} : 0}, plane, a, b, out, n);
}

cudaError_t add_or_complement(const uint64_t* plane, const uint64_t* a, uint64_t one, uint64_t* sum, int64_t n, cudaStream_t stream) {
  if (n == 0) return cudaSuccess;
  return launch(add_chosen, blocks_for(n), stream, bit_lanes::AddOrComplement{one}, plane, a, sum, n);
}

cudaError_t pack_planes(const uint64_t* planes, int64_t tile_stride, int64_t plane_stride, int64_t count, int64_t n, uint64_t* packed, int64_t words, cudaStream_t stream) {
  if (words == 0) return cudaSuccess;
  return launch(make_words<bit_lanes::Pack>, blocks_for(words), stream, bit_lanes::Pack{planes, tile_stride, plane_stride, count, n}, packed, words);
}

cudaError_t unpack_planes(const uint64_t* packed, int64_t count, int64_t n, uint64_t* planes, int64_t words, cudaStream_t stream) {
  if (words == 0) return cudaSuccess;
  return launch(make_words<bit_lanes::Unpack>, blocks_for(words), stream, bit_lanes::Unpack{packed, count, n}, planes, words);
}

}  // namespace crypten::cuda
