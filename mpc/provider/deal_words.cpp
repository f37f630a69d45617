#include "mpc/provider/deal_words.h"

#include <algorithm>

#include "crypten_core/aten.h"
#include "crypten_core/thread_pool.h"
#include "mpc/provider/planes.h"
#include "mpc/provider/word_plan.h"

namespace crypten {

namespace {
constexpr int64_t kTilesPerWordDeal = 4;
}

at::Tensor deal_words(const WordRequest& request, const MaskValues& masks) {
  const WordPlan& plan = word_plan(request.kind, request.word_bits, masks.ring());
  const at::Tensor opened = masks.planes(request.bits);
  const int64_t words = request.word_bits, tiles = tile_count(request.bits.count);
  const at::Tensor passes = request.kind == WordRequest::Kind::lift ? slice_bits(masks.lambda(request.masks).contiguous(), 0, request.word_bits)
                                                                    : at::bitwise_xor(opened.narrow(1, 0, words), opened.narrow(1, words, words));
  const at::Tensor known = at::cat({passes, opened}, 1);
  at::Tensor products = empty_planes(tiles, static_cast<int64_t>(plan.products.size()));
  parallel_for(tiles, kTilesPerWordDeal, [&](int64_t begin, int64_t end) {
    for (int64_t tile = begin; tile < end; ++tile) {
      const uint64_t* bit = tile_of(known, tile);
      uint64_t* product = tile_of(products, tile);
      for (const auto& factors : plan.products) {
        std::copy_n(bit + factors[0] * kTileWords, kTileWords, product);
        for (size_t i = 1; i < factors.size(); ++i) multiply_planes(product, product, bit + factors[i] * kTileWords);
        product += kTileWords;
      }
    }
  });
  return products;
}

}  // namespace crypten
