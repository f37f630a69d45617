#include "mpc/provider/deal_class.h"

#include "crypten_core/aten.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/one_hot.h"

namespace crypten {

namespace {

constexpr int64_t kTilesPerChunk = 4;

const uint64_t* tile_of(const at::Tensor& planes, int64_t tile) {
  return reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()) + tile * planes.stride(0);
}
uint64_t* tile_of(at::Tensor& planes, int64_t tile) {
  return reinterpret_cast<uint64_t*>(planes.mutable_data_ptr<int64_t>()) + tile * planes.stride(0);
}

}  // namespace

std::vector<at::Tensor> deal_class(const ClassRequest& request, const MaskValues& masks) {
  const ClassPlan& plan = class_plan(request, masks.ring());
  const at::Tensor r = masks.negated(request.masks).contiguous();
  const at::Tensor digits = slice_bits(r, request.low_bit, plan.chunks * plan.chunk_bits), bits = masks.planes(request.bits).contiguous();
  const int64_t tiles = tile_count(r.numel());
  at::Tensor tables = at::empty({tiles, plan.table_planes, kTileWords}, at::kLong), products = at::empty({tiles, plan.product_planes, kTileWords}, at::kLong);
  parallel_for(tiles, kTilesPerChunk, [&](int64_t begin, int64_t end) {
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
