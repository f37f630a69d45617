#include "mpc/provider/deal_harmonics.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/trigonometry.h"

namespace crypten {
namespace {

constexpr int64_t kAngleBlock = 1024;         // elements: what is known of them stays in the first-level cache
constexpr int64_t kAngleBlocksPerThread = 2;  // worth another thread

}  // namespace

ClearValue deal_harmonics(const HarmonicRequest& request, const MaskValues& masks) {
  const int64_t count = c10::multiply_integers(request.masks.front().sizes);
  const auto lambda = masks.lambda_blocks(request.masks);
  at::Tensor rows = at::empty({static_cast<int64_t>(2 * request.harmonics.size()), count}, at::kInt);
  int32_t* const numbers = rows.mutable_data_ptr<int32_t>();
  const int up = 32 - request.angle_bits, down = kPhasorBits - request.scale_bits;
  parallel_for((count + kAngleBlock - 1) / kAngleBlock, kAngleBlocksPerThread, [&](int64_t begin, int64_t end) {
    const PhasorRuns& runs = *kPhasorRuns[kernel_path()];
    alignas(64) std::array<uint64_t, kAngleBlock> angles;
    alignas(64) std::array<int32_t, kAngleBlock> one_cosine, one_sine, cosine, sine;
    const PhasorRun one{one_cosine.data(), one_sine.data()}, multiple{cosine.data(), sine.data()};
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kAngleBlock;
      const auto size = static_cast<size_t>(std::min(kAngleBlock, count - first));
      lambda.read(first, std::span(angles).first(size));
      runs.phasors(angles.data(), up, one, size);
      std::copy_n(one.cosine, size, multiple.cosine);
      std::copy_n(one.sine, size, multiple.sine);
      int at = 1;
      int32_t* to = numbers + first;
      for (const int k : request.harmonics) {
        for (; at < k; ++at) runs.turn(multiple, one, size);
        std::copy_n(multiple.cosine, size, to);
        std::copy_n(multiple.sine, size, to + count);
        to += 2 * count;
      }
    }
  });
  return ClearValue([rows = std::move(rows), down](int64_t first, std::span<uint64_t> out) {
    kPhasorRuns[kernel_path()]->scaled(rows.const_data_ptr<int32_t>() + first, down, out.data(), out.size());
  });
}

}  // namespace crypten
