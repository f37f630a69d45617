#include "crypten_core/kernels/carry_chunks.h"

#include <emmintrin.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

static_assert(kPlaneWords == kTileWords);

constexpr int64_t kTilesPerCarry = 8;
constexpr const char* kCarries = "carry_chunks";

void require(bool holds, const char* why) {
  if (!holds)
    throw InvalidArgument(160, "bit planes of another form", kCarries, why, "pass int64 tensors laid out as kernels/bit_slice.h says, all on one device");
}

template <int kWidth>
void carry_tile(const CarryTile& chunk, int64_t tile) {
  for (int64_t word = 0; word < kPlaneWords; word += 2) carry_chunk<kWidth, __m128i>(chunk, tile, word);  // 128-bit registers belong to every x86-64
}
using CarryFunction = void (*)(const CarryTile& chunk, int64_t tile);
constexpr CarryFunction kCarryTile[kWidestCarryChunk]{carry_tile<1>, carry_tile<2>, carry_tile<3>, carry_tile<4>, carry_tile<5>, carry_tile<6>, carry_tile<7>};

// Planes first … of a tensor.
CarryPlanes planes_from(const at::Tensor& planes, int64_t first, int64_t count) {
  require(planes.scalar_type() == at::kLong && planes.is_contiguous() && planes.dim() == 3 && planes.size(2) == kTileWords, "expected contiguous planes");
  require(first >= 0 && first + count <= planes.size(1), "a plane that the tensor does not have");
  return {words_of(planes) + first * kTileWords, planes.size(1) * kTileWords};
}
CarryResults results_from(at::Tensor& planes, int64_t first) { return {mutable_words_of(planes) + first * kTileWords, planes.size(1) * kTileWords}; }

void place_planes(const std::vector<int>& planes, size_t expected, int64_t limit, int16_t* to) {
  require(planes.size() == expected, "another number of planes than the chunk's width asks for");
  for (const int plane : planes) {
    require(plane >= -1 && plane < limit && plane <= INT16_MAX, "a plane that the tensor does not have");
    *to++ = static_cast<int16_t>(plane);
  }
}

}  // namespace

std::vector<CarryTile> carry_tiles(const CarryOperands& o, std::span<const CarryChunk> chunks, bool holds_one, at::Tensor& generated, at::Tensor& opened) {
  for (const auto* planes : {&o.words, &o.masks, &o.products})
    require(planes->dim() == 3 && planes->size(0) == o.words.size(0), "tensors of different numbers of tiles");
  std::vector<CarryTile> tiles;
  for (const auto& chunk : chunks) {
    require(chunk.width >= 1 && chunk.width <= kWidestCarryChunk && chunk.low_bit >= 0 && chunk.low_bit + chunk.width <= o.word_bits,
            "a chunk that is not of 1 … 7 bits of a word");
    CarryTile tile{};
    tile.width = chunk.width, tile.lift = o.lift;
    tile.one[0] = tile.one[1] = holds_one ? ~uint64_t{0} : 0;
    tile.a_public = planes_from(o.words, chunk.low_bit, chunk.width);
    tile.products = planes_from(o.products, 0, 0);
    if (!o.lift) {
      tile.b_public = planes_from(o.words, o.word_bits + chunk.low_bit, chunk.width);
      tile.a_mask = planes_from(o.masks, chunk.low_bit, chunk.width);
      tile.b_mask = planes_from(o.masks, o.word_bits + chunk.low_bit, chunk.width);
    }
    const size_t sets = (size_t{1} << chunk.width) - 1;
    place_planes(chunk.both, sets, o.products.size(1), tile.both);
    place_planes(chunk.a, sets, o.products.size(1), tile.a);
    place_planes(chunk.b, sets, o.products.size(1), tile.b);
    // What is read must be there.
    for (size_t i = 0, place = 0; i < static_cast<size_t>(chunk.width); ++i) {
      for (size_t above = 0; above < size_t{1} << (static_cast<size_t>(chunk.width) - 1 - i); ++above, ++place) {
        const bool products = o.lift ? tile.b[place] >= 0 : tile.both[place] >= 0 && (above == 0 || (tile.a[place] >= 0 && tile.b[place] >= 0));
        require(products, "a product is missing");
      }
    }
    const auto width = static_cast<size_t>(chunk.width);
    place_planes(chunk.open_generated, width, opened.size(1), tile.open_generated), place_planes(chunk.open_passed, width, opened.size(1), tile.open_passed);
    tile.generated = results_from(generated, chunk.low_bit), tile.opened = results_from(opened, 0);
    tiles.push_back(tile);
  }
  return tiles;
}

std::vector<int64_t> numbers_of(std::span<const CarryChunk> chunks) {
  std::vector<int64_t> numbers;
  for (const auto& chunk : chunks) {
    numbers.insert(numbers.end(), {chunk.low_bit, chunk.width});
    for (const auto* list : {&chunk.both, &chunk.a, &chunk.b, &chunk.open_generated, &chunk.open_passed})
      numbers.insert(numbers.end(), list->begin(), list->end());
  }
  return numbers;
}

std::vector<CarryChunk> carry_chunks_of(at::IntArrayRef numbers) {
  std::vector<CarryChunk> chunks;
  const auto* next = numbers.begin();
  while (next != numbers.end()) {
    require(numbers.end() - next >= 2 && next[1] >= 1 && next[1] <= kWidestCarryChunk, "a chunk that is not of 1 … 7 bits");
    auto& chunk = chunks.emplace_back(CarryChunk{.low_bit = static_cast<int>(next[0]), .width = static_cast<int>(next[1])});
    next += 2;
    const int64_t sets = (int64_t{1} << chunk.width) - 1;
    require(numbers.end() - next >= 3 * sets + 2 * chunk.width, "a description that ends early");
    const auto read = [&next](std::vector<int>& list, int64_t count) {
      for (; count > 0; --count) list.push_back(static_cast<int>(*next++));
    };
    for (auto* list : {&chunk.both, &chunk.a, &chunk.b}) read(*list, sets);
    for (auto* list : {&chunk.open_generated, &chunk.open_passed}) read(*list, chunk.width);
  }
  return chunks;
}

std::pair<at::Tensor, at::Tensor> carry_chunks(const CarryOperands& given, std::span<const CarryChunk> chunks, int64_t opened_planes, bool holds_one) {
  if (!on_cpu(kCarries, {given.words, given.masks, given.products})) {
    using Signature =
        std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, const at::Tensor&, const at::Tensor&, at::IntArrayRef, int64_t, bool, int64_t, bool);
    auto [generated, opened] = registered<Signature>(kCarries, given.words)
                                   .call(given.words, given.masks, given.products, numbers_of(chunks), given.word_bits, given.lift, opened_planes, holds_one);
    return {std::move(generated), std::move(opened)};
  }
  const CarryOperands o{given.words.contiguous(), given.masks.contiguous(), given.products.contiguous(), given.word_bits, given.lift};
  const int64_t tiles = o.words.size(0);
  auto generated = empty_words({tiles, o.word_bits, kTileWords}), opened = empty_words({tiles, opened_planes, kTileWords});
  const auto all = carry_tiles(o, chunks, holds_one, generated, opened);
  parallel_for(tiles, kTilesPerCarry, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile)
      for (const auto& chunk : all) kCarryTile[chunk.width - 1](chunk, tile);
  });
  return {std::move(generated), std::move(opened)};
}

}  // namespace crypten
