#include "crypten_core/kernels/bit_slice.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_lanes.h"
#include "crypten_core/kernels/chosen_words.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

static_assert(bit_lanes::kElements == kTileElements && bit_lanes::kWords == kTileWords);

constexpr int64_t kTilesPerSlicing = 64;  // 256 KiB of words: worth another thread

[[noreturn]] void refuse(const char* where, const std::string& why) {
  throw InvalidArgument(160, "bit planes of another form", where, why, "pass CPU int64 tensors laid out as kernels/bit_slice.h says");
}

void check_words(const char* where, const at::Tensor& tensor) {
  if (!tensor.defined() || tensor.scalar_type() != at::kLong || !tensor.device().is_cpu())
    refuse(where, "expected an int64 tensor on the CPU");
}

// Planes with their strides; the eight words of a plane lie together.
struct Planes {
  at::Tensor tensor;  // keeps the words alive
  const uint64_t* words;
  int64_t tiles, count, tile_stride, plane_stride;

  const uint64_t* plane(int64_t tile, int64_t p) const { return words + tile * tile_stride + p * plane_stride; }
  bool dense() const { return plane_stride == kTileWords && tile_stride == count * kTileWords; }
};

Planes planes_of(const char* where, at::Tensor tensor, int64_t n) {
  check_words(where, tensor);
  if (n < 0 || tensor.dim() != 3 || tensor.size(0) != tile_count(n) || tensor.size(2) != kTileWords) {
    refuse(where, "expected planes of shape [" + std::to_string(tile_count(n)) + ", P, 8] for " + std::to_string(n) + " elements");
  }
  if (tensor.stride(2) != 1) tensor = tensor.contiguous();
  const auto* words = reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>());
  const int64_t tiles = tensor.size(0), count = tensor.size(1), tile_stride = tensor.stride(0), plane_stride = tensor.stride(1);
  return {std::move(tensor), words, tiles, count, tile_stride, plane_stride};
}

void check_bits(const char* where, int64_t first_bit, int64_t count) {
  if (first_bit < 0 || count < 0 || first_bit + count > 64) {
    refuse(where, "bits " + std::to_string(first_bit) + " … +" + std::to_string(count) + " do not lie in a 64-bit word");
  }
}

int64_t elements_of_tile(int64_t tile, int64_t n) { return std::min(kTileElements, n - tile * kTileElements); }
constexpr int64_t kPlaneBytes = kTileWords * 8;  // of a full tile

int64_t plane_bytes(int64_t tile, int64_t n) { return (elements_of_tile(tile, n) + 7) / 8; }

// Clears the bits of a byte string that lie beyond n elements.
void clear_unused(std::byte* plane, int64_t elements) {
  if (elements % 8 != 0) plane[elements / 8] &= static_cast<std::byte>((1 << (elements % 8)) - 1);
}

// The last tile, if it has fewer elements than the others: only there does the wire form differ from memory.
std::byte* shorter_tile(const char* where, const at::Tensor& tensor, int64_t n) {
  const Planes planes = planes_of(where, tensor, n);
  if (!tensor.is_contiguous()) refuse(where, "expected contiguous planes");
  if (n % kTileElements == 0) return nullptr;
  return static_cast<std::byte*>(tensor.mutable_data_ptr()) + (planes.tiles - 1) * planes.count * kPlaneBytes;
}

}  // namespace

at::Tensor slice_bits(const at::Tensor& words, int first_bit, int count) {
  if (elsewhere(words)) return registered<at::Tensor(const at::Tensor&, int64_t, int64_t)>("slice_bits", words).call(words, first_bit, count);
  check_words("slice_bits", words);
  check_bits("slice_bits", first_bit, count);
  if (!words.is_contiguous()) refuse("slice_bits", "expected contiguous words");
  const int64_t n = words.numel();
  auto planes = empty_words({tile_count(n), count, kTileWords});
  const auto* in = reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>());
  auto* out = reinterpret_cast<uint64_t*>(planes.mutable_data_ptr<int64_t>());
  const auto slice = tile_planes(kernel_path()).slice;
  parallel_for(tile_count(n), kTilesPerSlicing, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      const uint64_t* elements = in + tile * kTileElements;
      uint64_t last[kTileElements];
      if (const int64_t in_tile = elements_of_tile(tile, n); in_tile < kTileElements) {
        std::fill_n(std::copy_n(elements, in_tile, last), kTileElements - in_tile, 0);
        elements = last;
      }
      slice(elements, first_bit, count, out + tile * count * kTileWords);
    }
  });
  return planes;
}

at::Tensor unslice_bits(const at::Tensor& tensor, int64_t n, int first_bit) {
  if (elsewhere(tensor)) return registered<at::Tensor(const at::Tensor&, int64_t, int64_t)>("unslice_bits", tensor).call(tensor, n, first_bit);
  const Planes planes = planes_of("unslice_bits", tensor, n);
  check_bits("unslice_bits", first_bit, planes.count);
  auto words = empty_words({n});
  auto* out = reinterpret_cast<uint64_t*>(words.mutable_data_ptr<int64_t>());
  const auto unslice = tile_planes(kernel_path()).unslice;
  parallel_for(planes.tiles, kTilesPerSlicing, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      const auto unslice_to = [&](uint64_t* to) { unslice(planes.plane(tile, 0), planes.plane_stride, first_bit, static_cast<int>(planes.count), to); };
      uint64_t* const elements = out + tile * kTileElements;
      if (const int64_t in_tile = elements_of_tile(tile, n); in_tile < kTileElements) {
        uint64_t last[kTileElements];
        unslice_to(last);
        std::copy_n(last, in_tile, elements);
      } else {
        unslice_to(elements);
      }
    }
  });
  return words;
}

at::Tensor bit_to_words(const at::Tensor& plane, int64_t n) {
  if (elsewhere(plane)) return registered<at::Tensor(const at::Tensor&, int64_t)>("bit_to_words", plane).call(plane, n);
  const at::Tensor tensor = plane.defined() && plane.dim() == 2 ? plane.unsqueeze(1) : plane;
  const Planes planes = planes_of("bit_to_words", tensor, n);
  if (planes.count != 1) refuse("bit_to_words", "expected one plane, got " + std::to_string(planes.count));
  auto words = empty_words({n});
  auto* out = words.mutable_data_ptr<int64_t>();
  const auto bit64 = kChosenWords[kernel_path()]->bit;
  parallel_for(planes.tiles, kTilesPerSlicing, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin * kTileElements; i < std::min(n, end * kTileElements); i += 64) {
      uint64_t word = planes.plane(i / kTileElements, 0)[i % kTileElements / 64];
      if (i + 64 <= n) {
        bit64(word, reinterpret_cast<uint64_t*>(out) + i);
        continue;
      }
      for (int64_t j = i; j < n; ++j, word >>= 1) out[j] = static_cast<int64_t>(word & 1);
    }
  });
  return words;
}

int64_t packed_size(int64_t n, int64_t planes) {
  const int64_t full = n / kTileElements, rest = n % kTileElements;
  return planes * (full * kTileWords * 8 + (rest + 7) / 8);
}

void pack(const at::Tensor& tensor, int64_t n, std::span<std::byte> out) {
  const Planes planes = planes_of("pack", tensor, n);
  if (static_cast<int64_t>(out.size()) != packed_size(n, planes.count)) refuse("pack", "the buffer has another size than packed_size()");
  std::byte* to = out.data();
  int64_t tile = 0;
  if (planes.dense()) {  // full tiles travel as they lie in memory
    tile = n / kTileElements;
    const int64_t bytes = packed_size(tile * kTileElements, planes.count);
    if (bytes > 0) std::memcpy(to, planes.words, static_cast<size_t>(bytes));
    to += bytes;
  }
  for (; tile < planes.tiles; ++tile) {
    const int64_t bytes = plane_bytes(tile, n);
    for (int64_t p = 0; p < planes.count; ++p, to += bytes) {
      std::memcpy(to, planes.plane(tile, p), static_cast<size_t>(bytes));
      clear_unused(to, elements_of_tile(tile, n));
    }
  }
}

at::Tensor unpack(std::span<const std::byte> packed, int64_t n, int64_t count) {
  if (n < 0 || count < 0 || static_cast<int64_t>(packed.size()) != packed_size(n, count)) {
    refuse("unpack",
           std::to_string(packed.size()) + " bytes are not " + std::to_string(count) + " planes of " + std::to_string(n) + " elements");
  }
  auto planes = empty_words({tile_count(n), count, kTileWords});
  auto* to = reinterpret_cast<std::byte*>(planes.mutable_data_ptr<int64_t>());
  const std::byte* from = packed.data();
  const int64_t full = n / kTileElements, full_bytes = packed_size(full * kTileElements, count);
  if (full_bytes > 0) std::memcpy(to, from, static_cast<size_t>(full_bytes));
  from += full_bytes;
  to += full_bytes;
  for (int64_t tile = full; tile < tile_count(n); ++tile) {
    const int64_t bytes = plane_bytes(tile, n);
    for (int64_t p = 0; p < count; ++p, from += bytes, to += kTileWords * 8) {
      std::memcpy(to, from, static_cast<size_t>(bytes));
      std::memset(to + bytes, 0, static_cast<size_t>(kTileWords * 8 - bytes));
      clear_unused(to, elements_of_tile(tile, n));
    }
  }
  return planes;
}

std::span<std::byte> pack_in_place(const at::Tensor& tensor, int64_t n) {
  std::byte* const tile = shorter_tile("pack_in_place", tensor, n);
  const int64_t planes = tensor.size(1), elements = n % kTileElements, bytes = (elements + 7) / 8;
  for (int64_t p = 0; tile && p < planes; ++p) {
    std::memmove(tile + p * bytes, tile + p * kPlaneBytes, static_cast<size_t>(bytes));
    clear_unused(tile + p * bytes, elements);
  }
  return {static_cast<std::byte*>(tensor.mutable_data_ptr()), static_cast<size_t>(packed_size(n, planes))};
}

void unpack_in_place(const at::Tensor& tensor, int64_t n) {
  std::byte* const tile = shorter_tile("unpack_in_place", tensor, n);
  const int64_t elements = n % kTileElements, bytes = (elements + 7) / 8;
  for (int64_t p = tensor.size(1); tile && p-- > 0;) {  // from behind: no plane is moved onto one that is still to be moved
    std::byte* const plane = tile + p * kPlaneBytes;
    std::memmove(plane, tile + p * bytes, static_cast<size_t>(bytes));
    std::memset(plane + bytes, 0, static_cast<size_t>(kPlaneBytes - bytes));
    clear_unused(plane, elements);
  }
}

}  // namespace crypten
