// The CUDA kernels of the operators on bit planes (schemas: crypten_core/register.cpp).
#include <torch/library.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/carry_chunks.h"
#include "crypten_core/kernels/class_lanes.h"
#include "crypten_core/kernels/compare_places.h"
#include "crypten_core/kernels/digit_tables.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/sums_of_planes.h"
#include "cuda/bit_slice.h"
#include "cuda/carry_chunks.h"
#include "cuda/class_planes.h"
#include "cuda/compare_bits.h"
#include "cuda/on_device.h"

namespace crypten::cuda {
namespace {

// --- bit planes

at::Tensor slice_bits_cuda(const at::Tensor& words, int64_t first_bit, int64_t count) {
  const OnDevice on("slice_bits", {words});
  require(first_bit >= 0 && count >= 0 && first_bit + count <= 64, "slice_bits", "bits that do not lie in a 64-bit word");
  require(words.is_contiguous(), "slice_bits", "expected contiguous words");
  auto planes = new_words({tile_count(words.numel()), count, kTileWords}, words);
  check(slice_bits(words_of(words), words.numel(), static_cast<int>(first_bit), static_cast<int>(count), mutable_words_of(planes), on.stream), "slice_bits");
  return planes;
}

at::Tensor unslice_bits_cuda(const at::Tensor& given, int64_t n, int64_t first_bit) {
  const OnDevice on("unslice_bits", {given});
  require(n >= 0 && given.dim() == 3 && given.size(0) == tile_count(n) && given.size(2) == kTileWords, "unslice_bits",
          "the planes are not for " + std::to_string(n) + " elements");
  require(first_bit >= 0 && first_bit + given.size(1) <= 64, "unslice_bits", "bits that do not lie in a 64-bit word");
  const at::Tensor planes = given.stride(2) == 1 ? given : given.contiguous();
  auto words = new_words({n}, planes);
  check(unslice_bits(words_of(planes), planes.stride(0), planes.stride(1), static_cast<int>(planes.size(1)), static_cast<int>(first_bit), n,
                     mutable_words_of(words), on.stream),
        "unslice_bits");
  return words;
}

at::Tensor bit_to_words_cuda(const at::Tensor& plane, int64_t n) {
  const at::Tensor planes = plane.dim() == 2 ? plane.unsqueeze(1) : plane;
  require(planes.dim() == 3 && planes.size(1) == 1, "bit_to_words", "expected one plane");
  return unslice_bits_cuda(planes, n, 0);
}

at::Tensor difference_or_second_cuda(const at::Tensor& plane, bool inverted, const at::Tensor& a, const at::Tensor& b) {
  const OnDevice on("difference_or_second", {plane, a, b});
  require(a.sizes() == b.sizes(), "difference_or_second", "two tensors of different sizes");
  require(plane.sizes() == at::IntArrayRef({tile_count(a.numel()), 1, kTileWords}), "difference_or_second",
          "the plane is not for " + std::to_string(a.numel()) + " elements");
  const auto bits = plane.contiguous(), first = a.contiguous(), second = b.contiguous();
  auto result = new_words(a.sizes(), a);
  check(difference_or_second(words_of(bits), inverted, words_of(first), words_of(second), mutable_words_of(result), a.numel(), on.stream),
        "difference_or_second");
  return result;
}

void add_or_complement_cuda(at::Tensor& sum, const at::Tensor& plane, const at::Tensor& a, bool holds_one) {
  const OnDevice on("add_or_complement", {sum, plane, a});
  require(sum.is_contiguous() && a.numel() == sum.numel(), "add_or_complement", "two tensors of different sizes, or a sum that is not contiguous");
  require(plane.sizes() == at::IntArrayRef({tile_count(a.numel()), 1, kTileWords}), "add_or_complement",
          "the plane is not for " + std::to_string(a.numel()) + " elements");
  const auto bits = plane.contiguous(), shares = a.contiguous();
  check(add_or_complement(words_of(bits), words_of(shares), holds_one ? 1 : 0, mutable_words_of(sum), sum.numel(), on.stream), "add_or_complement");
}

at::Tensor pack_planes_cuda(const at::Tensor& given, int64_t n) {
  const OnDevice on("pack_planes", {given});
  require(n >= 0 && given.dim() == 3 && given.size(0) == tile_count(n) && given.size(2) == kTileWords, "pack_planes",
          "the planes are not for " + std::to_string(n) + " elements");
  const at::Tensor planes = given.stride(2) == 1 ? given : given.contiguous();
  auto packed = new_words({(packed_size(n, planes.size(1)) + 7) / 8}, planes);
  check(pack_planes(words_of(planes), planes.stride(0), planes.stride(1), planes.size(1), n, mutable_words_of(packed), packed.numel(), on.stream),
        "pack_planes");
  return packed;
}

at::Tensor unpack_planes_cuda(const at::Tensor& words, int64_t n, int64_t count) {
  const OnDevice on("unpack_planes", {words});
  check_packed(words, n, count);
  auto planes = new_words({tile_count(n), count, kTileWords}, words);
  check(unpack_planes(words_of(words), count, n, mutable_words_of(planes), planes.numel(), on.stream), "unpack_planes");
  return planes;
}

// --- comparisons

PlanePlace on_device(const Place& place) { return {place.words, place.stride}; }
uint64_t* plane_of(const at::Tensor& result, int64_t plane) { return plane < 0 ? nullptr : mutable_words_of(result) + plane * kTileWords; }
uint64_t share_of_one(bool holds_one) { return holds_one ? ~uint64_t{0} : 0; }

at::Tensor look_up_digits_cuda(const at::Tensor& numbers, const at::Tensor& tables, at::IntArrayRef description, int64_t result_planes, bool holds_one) {
  const OnDevice on("look_up_digits", {numbers, tables});
  const auto lookups = lookups_of(description);
  std::vector<LookupPlace> places;
  for (const auto& lookup : lookups) places.push_back(lookup_place(lookup, numbers, tables, result_planes));
  const int64_t tiles = numbers.size(0);
  auto result = new_words({tiles, result_planes, kTileWords}, numbers);
  std::vector<Lookup> all;
  for (size_t i = 0; i < lookups.size(); ++i) {
    all.push_back({lookups[i].width, on_device(places[i].digit), on_device(places[i].table), share_of_one(holds_one), plane_of(result, lookups[i].less),
                   plane_of(result, lookups[i].equal), result_planes * kTileWords});
  }
  check(look_up(all.data(), static_cast<int64_t>(all.size()), tiles, on.stream), "look_up_digits");
  return result;
}

at::Tensor merge_pairs_cuda(at::TensorList planes, at::IntArrayRef description, int64_t tiles, int64_t result_planes, bool holds_one) {
  require(!planes.empty(), "merge_pairs", "expected planes");
  const OnDevice on("merge_pairs", planes);
  const auto merges = merges_of(planes, description);
  std::vector<MergePlaces> places;
  for (const auto& pairs : merges) places.emplace_back(pairs, tiles, result_planes, planes[0].device());
  auto result = new_words({tiles, result_planes, kTileWords}, planes[0]);
  for (const auto& place : places) {
    Merge arguments{};
    arguments.pairs = static_cast<int>(place.public_equal.size());
    const auto list = [](const std::vector<Place>& from, PlanePlace* to) { std::transform(from.begin(), from.end(), to, on_device); };
    list(place.public_less, arguments.public_less), list(place.public_equal, arguments.public_equal);
    list(place.masks_less, arguments.masks_less), list(place.masks_equal, arguments.masks_equal);
    arguments.one = share_of_one(holds_one);
    arguments.less = plane_of(result, place.less), arguments.equal = plane_of(result, place.equal);
    arguments.result_stride = result_planes * kTileWords;
    check(merge(arguments, tiles, on.stream), "merge_pairs");
  }
  return result;
}

// --- size classes and private words

std::tuple<at::Tensor, at::Tensor, at::Tensor> digit_tables_cuda(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits,
                                                                 bool holds_one) {
  const OnDevice on("digit_tables", {digits, tables});
  check_digit_tables(digits, tables, chunks, chunk_bits);
  const at::Tensor numbers = digits.contiguous(), shares = tables.contiguous();
  const int64_t tiles = digits.size(0);
  const auto planes = [&](int64_t of_chunk) { return new_words({tiles, chunks * of_chunk, kTileWords}, digits); };
  auto values = planes(int64_t{1} << chunk_bits), derived = planes(class_lanes::derived_planes(static_cast<int>(chunk_bits))),
       flags = planes(class_lanes::kFlags);
  check(digit_tables(words_of(numbers), words_of(shares), tiles, static_cast<int>(chunks), static_cast<int>(chunk_bits), share_of_one(holds_one),
                     mutable_words_of(values), mutable_words_of(derived), mutable_words_of(flags), on.stream),
        "digit_tables");
  return {std::move(values), std::move(derived), std::move(flags)};
}

// Planes of a tile that follow one another, which the tensor keeps.
struct Tiles {
  at::Tensor tensor;
  explicit Tiles(const at::Tensor& planes) : tensor(planes.stride(2) == 1 && planes.stride(1) == kTileWords ? planes : planes.contiguous()) {}
  operator TilePlanes() const { return {words_of(tensor), tensor.stride(0)}; }
};

at::Tensor sums_of_pairs_cuda(const at::Tensor& a, const at::Tensor& b, at::IntArrayRef numbers, int64_t sums) {
  const OnDevice on("sums_of_pairs", {a, b});
  check_sums_of_pairs(a, b, pairs_of(numbers, sums));
  const auto program = numbers_on(numbers, a);
  const Tiles left(a), right(b);
  auto result = new_words({a.size(0), sums, kTileWords}, a);
  check(sums_of_pairs(program.const_data_ptr<int64_t>(), sums, left, right, a.size(0), mutable_words_of(result), on.stream), "sums_of_pairs");
  return result;
}

at::Tensor sums_of_products_cuda(const at::Tensor& flags, const at::Tensor& bits, const at::Tensor& masks, const at::Tensor& products, at::IntArrayRef numbers,
                                 int64_t sums, bool holds_one) {
  const OnDevice on("sums_of_products", {flags, bits, masks, products});
  check_sums_of_products({flags, bits, masks, products}, polynomials_of(numbers, sums));
  const auto program = numbers_on(numbers, flags);
  const Tiles of_flags(flags), of_bits(bits), of_masks(masks), of_products(products);
  auto result = new_words({flags.size(0), sums, kTileWords}, flags);
  check(sums_of_products(program.const_data_ptr<int64_t>(), sums, of_flags, of_bits, of_masks, of_products, share_of_one(holds_one), flags.size(0),
                         mutable_words_of(result), on.stream),
        "sums_of_products");
  return result;
}

std::tuple<at::Tensor, at::Tensor> carry_chunks_cuda(const at::Tensor& words, const at::Tensor& masks, const at::Tensor& products, at::IntArrayRef description,
                                                     int64_t word_bits, bool lift, int64_t opened_planes, bool holds_one) {
  const OnDevice on("carry_chunks", {words, masks, products});
  const CarryOperands operands{words.contiguous(), masks.contiguous(), products.contiguous(), word_bits, lift};
  const int64_t tiles = words.size(0);
  auto generated = new_words({tiles, word_bits, kTileWords}, words), opened = new_words({tiles, opened_planes, kTileWords}, words);
  for (const auto& chunk : carry_tiles(operands, carry_chunks_of(description), holds_one, generated, opened))
    check(carry_chunk(chunk, tiles, on.stream), "carry_chunks");
  return {std::move(generated), std::move(opened)};
}

}  // namespace

TORCH_LIBRARY_IMPL(crypten, CRYPTEN_DEVICE_KEY, m) {
  m.impl("slice_bits", slice_bits_cuda);
  m.impl("unslice_bits", unslice_bits_cuda);
  m.impl("bit_to_words", bit_to_words_cuda);
  m.impl("difference_or_second", difference_or_second_cuda);
  m.impl("add_or_complement", add_or_complement_cuda);
  m.impl("pack_planes", pack_planes_cuda);
  m.impl("unpack_planes", unpack_planes_cuda);
  m.impl("look_up_digits", look_up_digits_cuda);
  m.impl("merge_pairs", merge_pairs_cuda);
  m.impl("digit_tables", digit_tables_cuda);
  m.impl("sums_of_pairs", sums_of_pairs_cuda);
  m.impl("sums_of_products", sums_of_products_cuda);
  m.impl("carry_chunks", carry_chunks_cuda);
}

}  // namespace crypten::cuda
