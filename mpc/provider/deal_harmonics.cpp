#include "mpc/provider/deal_harmonics.h"

#include "crypten_core/aten.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/trigonometry.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kAnglesPerThread = 1 << 11;  // elements worth another thread

}  // namespace

at::Tensor deal_harmonics(const HarmonicRequest& request, const MaskValues& masks) {
  const at::Tensor angles = masks.lambda(request.masks).contiguous();
  const int64_t count = angles.numel();
  at::Tensor out = empty_words({static_cast<int64_t>(2 * request.harmonics.size()), count});
  const int64_t* lambda = angles.const_data_ptr<int64_t>();
  int64_t* clear = out.mutable_data_ptr<int64_t>();
  const int up = 32 - request.angle_bits, down = kPhasorBits - request.scale_bits;
  const auto scaled = [down](int64_t value) { return down == 0 ? value : rounded_shift(value, down); };
  parallel_for(count, kAnglesPerThread, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Phasor one = phasor(static_cast<uint32_t>(static_cast<uint64_t>(lambda[i]) << up));
      Phasor multiple = one;
      int at = 1;
      int64_t* to = clear + i;
      for (const int k : request.harmonics) {
        for (; at < k; ++at) multiple = multiple * one;
        to[0] = scaled(multiple.cosine);
        to[count] = scaled(multiple.sine);
        to += 2 * count;
      }
    }
  });
  return out;
}

}  // namespace crypten
