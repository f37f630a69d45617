#include "mpc/provider/deal_comparison.h"

#include <algorithm>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
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

std::vector<at::Tensor> deal_comparison(const CompareRequest& request, const MaskValues& masks) {
  const ComparisonPlan& plan = comparison_plan(request, masks.ring());
  if (request.bits.planes != plan.opened_bits) {
    refuse(std::to_string(plan.opened_bits) + " bits are opened under " + std::to_string(request.bits.planes) + " mask bits");
  }
  const at::Tensor r = masks.negated(request.masks).contiguous();
  if (r.numel() != request.bits.count) {
    refuse(std::to_string(r.numel()) + " elements have mask bits for " + std::to_string(request.bits.count));
  }
  const at::Tensor digits = slice_bits(r, request.first_bit, request.compared_bits), bits = masks.planes(request.bits).contiguous();
  const int64_t tiles = tile_count(r.numel());
  at::Tensor tables = empty_planes(tiles, request.tables ? plan.table_planes : 0), products = empty_planes(tiles, plan.product_planes);
  parallel_for(tiles, kTilesPerDeal, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      const uint64_t *digit = tile_of(digits, tile), *bit = tile_of(bits, tile);
      uint64_t *table = tile_of(tables, tile), *product = tile_of(products, tile);
      for (const auto& leaf : plan.leaves) {
        if (!request.tables) break;
        one_hot_planes(digit + leaf.low_bit * kTileWords, leaf.width, table + leaf.first_table_plane * kTileWords);
      }
      for (const auto& factors : plan.products) {
        multiply_planes(product, bit + factors[0] * kTileWords, bit + factors[1] * kTileWords);
        for (size_t i = 2; i < factors.size(); ++i) multiply_planes(product, product, bit + factors[i] * kTileWords);
        product += kTileWords;
      }
    }
  });
  return {tables, products};
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
    std::vector<uint64_t> all(static_cast<size_t>(kTileWords) << factors);  // the product of every subset of this tile
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
