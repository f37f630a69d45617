#include "mpc/provider/share_layout.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/mask_values.h"

namespace crypten {
namespace {

static_assert(std::endian::native == std::endian::little, "streams and corrections are little endian");

constexpr int64_t kBlock = 2048;     // elements; a multiple of 8, so that a block begins at a word for every number of bytes
constexpr int64_t kElementsPerThread = 1 << 15;  // worth another thread

bool is_planes(const DealtShape& shape) { return shape.bytes == 0; }

template <int kBytes>
uint64_t load(const std::byte* from) {
  uint64_t value = 0;
  std::memcpy(&value, from, kBytes);
  return value;
}

template <int kBytes>
void store(std::byte* to, uint64_t value) {
  std::memcpy(to, &value, kBytes);
}

// Calls body(std::integral_constant<int, bytes>).
template <class Body>
void with_bytes(int bytes, Body body) {
  switch (bytes) {
    // clang-format off
    case 1: return body(std::integral_constant<int, 1>());
    case 2: return body(std::integral_constant<int, 2>());
    case 3: return body(std::integral_constant<int, 3>());
    case 4: return body(std::integral_constant<int, 4>());
    case 5: return body(std::integral_constant<int, 5>());
    case 6: return body(std::integral_constant<int, 6>());
    case 7: return body(std::integral_constant<int, 7>());
    default: return body(std::integral_constant<int, 8>());
      // clang-format on
  }
}

// Calls body(first element, number of elements) for blocks, on several threads.
template <class Body>
void for_blocks(int64_t elements, Body body) {
  const int64_t blocks = (elements + kBlock - 1) / kBlock;
  parallel_for(blocks, kElementsPerThread / kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) body(block * kBlock, std::min(kBlock, elements - block * kBlock));
  });
}

// The words of a stream that hold a block of elements, as bytes.
template <int kBytes>
class StreamBlock {
 public:
  const std::byte* fill(const WordSource& stream, uint64_t position, int64_t first, int64_t count) {
    const auto words = static_cast<size_t>((count * kBytes + 7) / 8);
    stream.fill({words_.data(), words}, position + static_cast<uint64_t>(first * kBytes / 8));
    return reinterpret_cast<const std::byte*>(words_.data());
  }

 private:
  std::array<uint64_t, kBlock * kBytes / 8> words_;
};

uint64_t* data(at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()); }
const uint64_t* data(const at::Tensor& tensor) { return reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>()); }

// Words straight from the stream: shares of 8 bytes, planes.
void fill_words(const WordSource& stream, uint64_t position, std::span<uint64_t> out) {
  for_blocks(static_cast<int64_t>(out.size()), [&](int64_t first, int64_t count) {
    stream.fill(out.subspan(static_cast<size_t>(first), static_cast<size_t>(count)), position + static_cast<uint64_t>(first));
  });
}

at::Tensor expand_planes(const WordSource& stream, uint64_t position, const DealtShape& shape) {
  auto planes = at::empty({tile_count(shape.count), shape.planes, kTileWords}, at::kLong);
  fill_words(stream, position, {data(planes), static_cast<size_t>(planes.numel())});
  clear_unused_lanes(planes, shape.count);
  return planes;
}

void write_planes(const at::Tensor& clear, std::span<const std::shared_ptr<const WordSource>> others, uint64_t position, const DealtShape& shape,
                  std::span<std::byte> out) {
  at::Tensor share = others.empty() ? clear : clear.clone(at::MemoryFormat::Contiguous);
  if (!others.empty()) {
    uint64_t* words = data(share);
    for_blocks(share.numel(), [&](int64_t first, int64_t count) {
      std::array<uint64_t, kBlock> block;
      for (const auto& stream : others) {
        stream->fill({block.data(), static_cast<size_t>(count)}, position + static_cast<uint64_t>(first));
        for (int64_t i = 0; i < count; ++i) words[first + i] ^= block[static_cast<size_t>(i)];
      }
    });
  }
  pack(share, shape.count, out);
}

}  // namespace

at::Tensor expand_share(const WordSource& stream, uint64_t position, const DealtShape& shape) {
  if (is_planes(shape)) return expand_planes(stream, position, shape);
  auto share = at::empty(shape.sizes, at::kLong);
  uint64_t* words = data(share);
  if (shape.bytes == 8) {
    fill_words(stream, position, {words, static_cast<size_t>(share.numel())});
    return share;
  }
  with_bytes(shape.bytes, [&]<int kBytes>(std::integral_constant<int, kBytes>) {
    for_blocks(share.numel(), [&](int64_t first, int64_t count) {
      StreamBlock<kBytes> block;
      const std::byte* from = block.fill(stream, position, first, count);
      for (int64_t i = 0; i < count; ++i) words[first + i] = load<kBytes>(from + i * kBytes);
    });
  });
  return share;
}

void expand_part(const WordSource& stream, uint64_t position, const DealtShape& shape, int64_t first, std::span<uint64_t> out) {
  with_bytes(shape.bytes, [&]<int kBytes>(std::integral_constant<int, kBytes>) {
    std::array<uint64_t, kBlock * kBytes / 8 + 1> words;  // a part may begin within a word
    for (size_t done = 0; done < out.size(); done += kBlock) {
      const size_t count = std::min(out.size() - done, static_cast<size_t>(kBlock));
      const uint64_t begin = (static_cast<uint64_t>(first) + done) * kBytes, skipped = begin % 8;
      stream.fill({words.data(), (skipped + count * kBytes + 7) / 8}, position + begin / 8);
      const auto* from = reinterpret_cast<const std::byte*>(words.data()) + skipped;
      for (size_t i = 0; i < count; ++i) out[done + i] = load<kBytes>(from + i * kBytes);
    }
  });
}

void read_part(std::span<const std::byte> correction, const DealtShape& shape, int64_t first, std::span<uint64_t> out) {
  with_bytes(shape.bytes, [&]<int kBytes>(std::integral_constant<int, kBytes>) {
    const std::byte* from = correction.data() + first * kBytes;
    for (size_t i = 0; i < out.size(); ++i) out[i] = load<kBytes>(from + i * static_cast<size_t>(kBytes));
  });
}

void write_correction(const at::Tensor& clear, std::span<const std::shared_ptr<const WordSource>> others, uint64_t position, const DealtShape& shape,
                      std::span<std::byte> out) {
  if (is_planes(shape)) return write_planes(clear, others, position, shape, out);
  const at::Tensor values = clear.contiguous();
  const uint64_t* words = data(values);
  with_bytes(shape.bytes, [&]<int kBytes>(std::integral_constant<int, kBytes>) {
    for_blocks(values.numel(), [&](int64_t first, int64_t count) {
      std::array<uint64_t, kBlock> share;
      std::copy_n(words + first, count, share.data());
      StreamBlock<kBytes> block;
      for (const auto& stream : others) {
        const std::byte* from = block.fill(*stream, position, first, count);
        for (int64_t i = 0; i < count; ++i) share[static_cast<size_t>(i)] -= load<kBytes>(from + i * kBytes);
      }
      std::byte* to = out.data() + first * kBytes;
      for (int64_t i = 0; i < count; ++i) store<kBytes>(to + i * kBytes, share[static_cast<size_t>(i)]);
    });
  });
}

at::Tensor read_correction(std::span<const std::byte> correction, const DealtShape& shape, std::shared_ptr<const void> owner) {
  if (is_planes(shape)) return unpack(correction, shape.count, shape.planes);
  if (shape.bytes == 8 && reinterpret_cast<uintptr_t>(correction.data()) % alignof(int64_t) == 0 && !correction.empty()) {
    // Nobody writes to dealt shares: torch has no read-only tensors.
    return at::from_blob(const_cast<std::byte*>(correction.data()), shape.sizes, [owner = std::move(owner)](void*) {}, at::kLong);
  }
  auto share = at::empty(shape.sizes, at::kLong);
  uint64_t* words = data(share);
  with_bytes(shape.bytes, [&]<int kBytes>(std::integral_constant<int, kBytes>) {
    for_blocks(share.numel(), [&](int64_t first, int64_t count) {
      const std::byte* from = correction.data() + first * kBytes;
      for (int64_t i = 0; i < count; ++i) words[first + i] = load<kBytes>(from + i * kBytes);
    });
  });
  return share;
}

}  // namespace crypten
