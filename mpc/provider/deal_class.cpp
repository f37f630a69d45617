#include "mpc/provider/deal_class.h"

#include "crypten_core/aten.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/planes.h"

namespace crypten {

namespace {
constexpr int64_t kTilesPerClassDeal = 4;
}

std::vector<at::Tensor> deal_class(const ClassRequest& request, const MaskValues& masks) {
  const ClassPlan& plan = class_plan(request, masks.ring());
  const at::Tensor r = masks.negated(request.masks).contiguous();
  const at::Tensor digits = slice_bits(r, request.low_bit, plan.chunks * plan.chunk_bits), bits = masks.planes(request.bits).contiguous();
  const int64_t tiles = tile_count(r.numel());
  at::Tensor tables = empty_planes(tiles, plan.table_planes), products = empty_planes(tiles, plan.product_planes);
  parallel_for(tiles, kTilesPerClassDeal, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      for (int chunk = 0; chunk < plan.chunks; ++chunk) {
        one_hot_planes(tile_of(digits, tile) + chunk * plan.chunk_bits * kTileWords, plan.chunk_bits,
                       tile_of(tables, tile) + chunk * ((1 << plan.chunk_bits) - 1) * kTileWords);
      }
      products_of_planes(plan.products, tile_of(bits, tile), tile_of(products, tile));
    }
  });
  return {tables, products};
}

}  // namespace crypten
