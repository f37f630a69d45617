#include "mpc/provider/deal_comparison.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/comparison_plan.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/planes.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerDeal = 16;

[[noreturn]] void refuse(const std::string& why) {
  throw InvalidArgument(provider_code::invalid_request, "a comparison that the dealer cannot deal", "deal_comparison", why,
                        "use the same version of this library on every side");
}

}  // namespace

ClearValue products_of_masks(const std::vector<std::vector<int>>& sets, const BitMaskRef& bits, const MaskValues& masks) {
  return ClearValue([&sets, masks = masks.plane_blocks(bits), planes = bits.planes](int64_t first, std::span<uint64_t> out) {
    const int64_t words_in_tile = static_cast<int64_t>(sets.size()) * kTileWords, words_of_masks = planes * kTileWords;
    WordVector of_tile(static_cast<size_t>(words_of_masks));
    for (int64_t tile = first / words_in_tile; !out.empty(); ++tile) {
      masks.read(tile * words_of_masks, of_tile);
      products_of_planes(sets, of_tile.data(), out.data());
      out = out.subspan(static_cast<size_t>(words_in_tile));
    }
  });
}

std::vector<ClearValue> deal_comparison(const CompareRequest& request, const MaskValues& masks) {
  const ComparisonPlan& plan = comparison_plan(request, masks.ring());
  if (request.bits.planes != plan.opened_bits) {
    refuse(std::to_string(plan.opened_bits) + " bits are opened under " + std::to_string(request.bits.planes) + " mask bits");
  }
  const int64_t count = c10::multiply_integers(request.masks.front().sizes);
  if (count != request.bits.count) refuse(std::to_string(count) + " elements have mask bits for " + std::to_string(request.bits.count));
  ClearValue tables([&plan, count, lambda = masks.lambda_blocks(request.masks), first_bit = request.first_bit, bits = request.compared_bits](int64_t first, std::span<uint64_t> out) {
    const auto slice = tile_planes(kernel_path()).slice;
    const int64_t words_in_tile = plan.table_planes * kTileWords;
    std::array<uint64_t, kTileElements> r, digits;
    for (int64_t tile = first / words_in_tile; !out.empty(); ++tile) {
      const auto used = std::span(r).first(static_cast<size_t>(std::min(kTileElements, count - tile * kTileElements)));
      lambda.read(tile * kTileElements, used);
      for (uint64_t& word : used) word = -word;  // no bit that is compared lies above the ring
      std::fill(r.begin() + static_cast<std::ptrdiff_t>(used.size()), r.end(), 0);
      slice(r.data(), first_bit, bits, digits.data());
      for (const auto& leaf : plan.leaves)
        one_hot_planes(digits.data() + leaf.low_bit * kTileWords, leaf.width, out.data() + leaf.first_table_plane * kTileWords);
      out = out.subspan(static_cast<size_t>(words_in_tile));
    }
  });
  return {std::move(tables), products_of_masks(plan.products, request.bits, masks)};
}

std::vector<at::Tensor> deal_bit_products(const BitProductRequest& request, const MaskValues& masks) {
  const int factors = static_cast<int>(request.factors.size());
  if (factors < 2 || factors > 8) refuse("an AND of " + std::to_string(factors) + " bits");
  std::vector<at::Tensor> planes;
  for (const auto& factor : request.factors) {
    if (factor.count != request.factors.front().count) refuse("the factors of an AND have equally many elements");
    planes.push_back(masks.plane(factor));
  }
  const int64_t tiles = tile_count(request.factors.front().count);
  at::Tensor products = empty_planes(tiles, (1 << factors) - factors - 1);
  parallel_for(tiles, kTilesPerDeal, [&](int64_t begin, int64_t end) {
    WordVector all(static_cast<size_t>(kTileWords) << factors);  // the product of every subset of this tile
    for (int64_t tile = begin; tile < end; ++tile) {
      uint64_t* product = tile_of(products, tile);
      for (unsigned subset = 1; subset < 1U << factors; ++subset) {
        const unsigned rest = subset & (subset - 1), last = static_cast<unsigned>(__builtin_ctz(subset));
        const uint64_t* factor = tile_of(planes[last], tile);
        uint64_t* value = all.data() + subset * kTileWords;
        if (rest == 0) {
          std::copy_n(factor, kTileWords, value);
          continue;
        }
        multiply_planes(value, all.data() + rest * kTileWords, factor);
        product = std::copy_n(value, kTileWords, product);
      }
    }
  });
  return {products};
}

}  // namespace crypten
