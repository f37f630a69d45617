#include "mpc/provider/deal_class.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/tile_planes.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/deal_comparison.h"
#include "mpc/provider/planes.h"

namespace crypten {

std::vector<ClearValue> deal_class(const ClassRequest& request, const MaskValues& masks) {
  const ClassPlan& plan = class_plan(request, masks.ring());
  const int64_t count = c10::multiply_integers(request.masks.front().sizes);
  ClearValue tables([&plan, count, lambda = masks.lambda_blocks(request.masks), low_bit = request.low_bit](int64_t first, std::span<uint64_t> out) {
    const auto slice = tile_planes(kernel_path()).slice;
    const int bits = plan.chunks * plan.chunk_bits;
    const int64_t words_in_tile = plan.table_planes * kTileWords, words_in_table = ((int64_t{1} << plan.chunk_bits) - 1) * kTileWords;
    std::array<uint64_t, kTileElements> r, digits;
    for (int64_t tile = first / words_in_tile; !out.empty(); ++tile) {
      const auto used = std::span(r).first(static_cast<size_t>(std::min(kTileElements, count - tile * kTileElements)));
      lambda.read(tile * kTileElements, used);
      for (uint64_t& word : used) word = -word;  // the chunks are of bits of the ring
      std::fill(r.begin() + static_cast<std::ptrdiff_t>(used.size()), r.end(), 0);
      slice(r.data(), low_bit, bits, digits.data());
      for (int chunk = 0; chunk < plan.chunks; ++chunk)
        one_hot_planes(digits.data() + chunk * plan.chunk_bits * kTileWords, plan.chunk_bits, out.data() + chunk * words_in_table);
      out = out.subspan(static_cast<size_t>(words_in_tile));
    }
  });
  return {std::move(tables), products_of_masks(plan.products, request.bits, masks)};
}

}  // namespace crypten
