#include "mpc/provider/share_layout.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/stream_tensor.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"
#include "mpc/provider/mask_values.h"

namespace crypten {
namespace {

constexpr int64_t kBlock = 2048;                 // elements; a multiple of 64, so that a block begins at a word for every width
constexpr int64_t kElementsPerThread = 1 << 15;  // worth another thread

bool is_planes(const DealtShape& shape) { return shape.width == 0; }

// Calls body(first element, number of elements) for blocks, on several threads.
template <class Body>
void for_blocks(int64_t elements, Body body) {
  const int64_t blocks = (elements + kBlock - 1) / kBlock;
  parallel_for(blocks, kElementsPerThread / kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) body(block * kBlock, std::min(kBlock, elements - block * kBlock));
  });
}

// A block of elements of a stream, from any of them on. A block may begin within a word.
class StreamBlock {
 public:
  StreamBlock(const WordSource& stream, uint64_t position, int width) : stream_(stream), position_(position), width_(static_cast<uint64_t>(width)) {}

  void read(uint64_t first, std::span<uint64_t> out) {
    // Eight elements are `width` bytes: from the word in which such a group begins.
    const uint64_t byte = first / 8 * width_, inside = byte % 8, skipped = first % 8;
    const uint64_t words = (inside + narrow_size(skipped + out.size(), static_cast<int>(width_)) + 7) / 8;
    const auto block = std::span(words_).first(words);
    stream_.fill(block, position_ + byte / 8);
    unpack_narrow(std::as_bytes(block).subspan(inside), static_cast<int>(width_), skipped, out);
  }

 private:
  const WordSource& stream_;
  uint64_t position_, width_;
  std::array<uint64_t, kBlock + 16> words_;
};

uint64_t* data(at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()); }

// Words straight from the stream: shares of 64 bits, planes.
void fill_words(const WordSource& stream, uint64_t position, std::span<uint64_t> out) {
  for_blocks(static_cast<int64_t>(out.size()), [&](int64_t first, int64_t count) {
    stream.fill(out.subspan(static_cast<size_t>(first), static_cast<size_t>(count)), position + static_cast<uint64_t>(first));
  });
}

at::Tensor expand_planes(const WordSource& stream, uint64_t position, const DealtShape& shape) {
  auto planes = empty_words({tile_count(shape.count), shape.planes, kTileWords});
  fill_words(stream, position, {data(planes), static_cast<size_t>(planes.numel())});
  clear_unused_lanes(planes, shape.count);
  return planes;
}

// Full tiles travel as they lie in memory, so their shares are written where they leave from; the last, shorter one is packed.
void write_planes(const ClearValue& clear, std::span<const std::shared_ptr<const WordSource>> others, uint64_t position, const DealtShape& shape,
                  std::span<std::byte> out) {
  const auto exclusive_or = kWordRuns[kernel_path()]->exclusive_or;
  const auto share_of = [&](int64_t first, std::span<uint64_t> share) {
    clear.read(first, share);
    std::array<uint64_t, kBlock> block;
    for (size_t done = 0; done < share.size(); done += kBlock) {
      const auto part = share.subspan(done, std::min(share.size() - done, static_cast<size_t>(kBlock)));
      for (const auto& stream : others) {
        stream->fill(std::span(block).first(part.size()), position + static_cast<uint64_t>(first) + done);
        exclusive_or(part.data(), block.data(), part.size());
      }
    }
  };
  const int64_t full = shape.count / kTileElements, words_in_tile = shape.planes * kTileWords;
  if (words_in_tile == 0) return;
  const int64_t tiles_at_once = std::max<int64_t>(1, kBlock / words_in_tile);
  parallel_for(full, std::max<int64_t>(1, kElementsPerThread / words_in_tile), [&](int64_t begin, int64_t end) {
    WordVector share(static_cast<size_t>(tiles_at_once * words_in_tile));
    for (int64_t tile = begin; tile < end; tile += tiles_at_once) {
      const auto words = std::span(share).first(static_cast<size_t>(std::min(tiles_at_once, end - tile) * words_in_tile));
      share_of(tile * words_in_tile, words);
      std::memcpy(out.data() + 8 * tile * words_in_tile, words.data(), words.size_bytes());
    }
  });
  if (full == tile_count(shape.count)) return;
  at::Tensor last = empty_words({1, shape.planes, kTileWords});
  share_of(full * words_in_tile, {data(last), static_cast<size_t>(words_in_tile)});
  pack(last, shape.count - full * kTileElements, out.subspan(static_cast<size_t>(8 * full * words_in_tile)));
}

LazyWords made_where_read(const DealtShape& shape, LazyWords::Read read) {
  const int64_t count = c10::multiply_integers(shape.sizes);
  if (count >= LazyWords::kFewest) return LazyWords(shape.sizes, std::move(read));
  auto words = empty_words(shape.sizes);
  const std::span out(data(words), static_cast<size_t>(count));
  for (int64_t first = 0; first < count; first += LazyWords::kBlock)
    read(first, out.subspan(static_cast<size_t>(first), static_cast<size_t>(std::min(LazyWords::kBlock, count - first))));
  return words;
}

// --- on another device

at::Tensor expand_there(const WordSource& stream, uint64_t position, const DealtShape& shape, at::Device device) {
  if (is_planes(shape)) {
    auto planes = empty_words({tile_count(shape.count), shape.planes, kTileWords}, device);
    crypten::fill_words(stream, planes, position);
    clear_unused_lanes(planes, shape.count);
    return planes;
  }
  if (shape.width == 64) {
    auto share = empty_words(shape.sizes, device);
    crypten::fill_words(stream, share, position);
    return share;
  }
  auto packed = empty_words({static_cast<int64_t>(shape.stream_words())}, device);
  crypten::fill_words(stream, packed, position);
  return operators::unpack_narrow(packed, shape.width, shape.sizes);
}

// Through pinned memory, on the queue that openings come by: the host does not wait for the device, and the copy runs beside what the device does until then.
at::Tensor read_there(std::span<const std::byte> correction, const DealtShape& shape, at::Device device) {
  CopyToDevice copy(correction.size(), device);
  for (size_t done = 0; done < correction.size();) {
    const size_t count = std::min(kCopyTile, correction.size() - done);
    std::memcpy(copy.bytes().data() + done, correction.data() + done, count);
    copy.arrived(done += count);
  }
  const auto packed = copy.take();
  if (!is_planes(shape) && shape.width == 64) return packed.view(shape.sizes);
  return is_planes(shape) ? unpack_planes(packed, shape.count, shape.planes) : operators::unpack_narrow(packed, shape.width, shape.sizes);
}

}  // namespace

LazyWords expand_share(std::shared_ptr<const WordSource> stream, uint64_t position, const DealtShape& shape, at::Device device) {
  if (!device.is_cpu()) return expand_there(*stream, position, shape, device);
  if (is_planes(shape)) return expand_planes(*stream, position, shape);
  return made_where_read(shape, [stream = std::move(stream), position, shape](int64_t first, std::span<uint64_t> out) { expand_part(*stream, position, shape, first, out); });
}

void expand_part(const WordSource& stream, uint64_t position, const DealtShape& shape, int64_t first, std::span<uint64_t> out) {
  if (shape.width == 64) return stream.fill(out, position + static_cast<uint64_t>(first));
  StreamBlock block(stream, position, shape.width);
  for (size_t done = 0; done < out.size(); done += kBlock)
    block.read(static_cast<uint64_t>(first) + done, out.subspan(done, std::min(out.size() - done, static_cast<size_t>(kBlock))));
}

void read_part(std::span<const std::byte> correction, const DealtShape& shape, int64_t first, std::span<uint64_t> out) {
  unpack_narrow(correction, shape.width, static_cast<uint64_t>(first), out);
}

void write_correction(const ClearValue& clear, std::span<const std::shared_ptr<const WordSource>> others, uint64_t position, const DealtShape& shape,
                      std::span<std::byte> out) {
  if (is_planes(shape)) return write_planes(clear, others, position, shape, out);
  const auto subtract = kWordRuns[kernel_path()]->subtract;
  for_blocks(c10::multiply_integers(shape.sizes), [&](int64_t first, int64_t count) {
    std::array<uint64_t, kBlock> buffer, other;
    const auto share = std::span(buffer).first(static_cast<size_t>(count)), theirs = std::span(other).first(share.size());
    clear.read(first, share);
    for (const auto& stream : others) {
      if (shape.width == 64) stream->fill(theirs, position + static_cast<uint64_t>(first));
      else StreamBlock(*stream, position, shape.width).read(static_cast<uint64_t>(first), theirs);
      subtract(share.data(), theirs.data(), share.size());
    }
    if (shape.width == 64) std::memcpy(out.data() + 8 * first, share.data(), share.size_bytes());
    else pack_narrow(share, shape.width, out.subspan(narrow_size(static_cast<uint64_t>(first), shape.width), narrow_size(share.size(), shape.width)));
  });
}

LazyWords read_correction(std::span<const std::byte> correction, const DealtShape& shape, std::shared_ptr<const void> owner, at::Device device) {
  if (!device.is_cpu()) return read_there(correction, shape, device);
  const auto where_it_lies = [&](at::IntArrayRef sizes) {  // nobody writes to dealt shares: torch has no read-only tensors
    return at::from_blob(const_cast<std::byte*>(correction.data()), sizes, [owner = std::move(owner)](void*) {}, at::kLong);
  };
  const auto aligned_to = [&](size_t bytes) { return !correction.empty() && reinterpret_cast<uintptr_t>(correction.data()) % bytes == 0; };
  if (is_planes(shape)) {
    if (shape.count % kTileElements != 0 || !aligned_to(sizeof(uint64_t) * kTileWords)) return unpack(correction, shape.count, shape.planes);
    return where_it_lies({tile_count(shape.count), shape.planes, kTileWords});
  }
  if (shape.width == 64 && aligned_to(alignof(int64_t))) return where_it_lies(shape.sizes);
  return made_where_read(shape, [correction, shape, owner = std::move(owner)](int64_t first, std::span<uint64_t> out) { read_part(correction, shape, first, out); });
}

}  // namespace crypten
