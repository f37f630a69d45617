#include "mpc/protocol/series.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/trigonometry.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

constexpr int64_t kGrain = 1 << 11;  // elements worth another thread

void check(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "series", why, todo);
}

HarmonicRequest request_of(const MaskedPtr& angle, const std::vector<int>& harmonics, int scale_bits, int factor_bits, int width) {
  check(factor_bits >= 1 && factor_bits <= 36, "fractional bits of a series out of range", std::to_string(factor_bits), "use 1 … 36");
  check(angle->narrow_bits != 0, "this is not the opening of an angle", "it was not made by mask_angle", "use mask_angle()");
  return {.masks = angle->mask(), .angle_bits = angle->narrow_bits, .harmonics = harmonics, .scale_bits = scale_bits, .width = width};
}

}  // namespace

MaskedPtr mask_angle(Party& party, const RingTensor& share, int bits) {
  const int opened = std::min(bits, kAngleBits);
  return mask_narrow(party, bits == opened ? share : shift_right_logical(low_bits(share, bits), bits - opened), opened, "angle");
}

SeriesOfAngle::SeriesOfAngle(Party& party, MaskedPtr angle, std::vector<int> harmonics, int scale_bits, int factor_bits, int width)
    : angle_(std::move(angle)),
      harmonics_(std::move(harmonics)),
      scale_bits_(scale_bits),
      factor_bits_(factor_bits),
      dealt_(party.provider().request(request_of(angle_, harmonics_, scale_bits, factor_bits, width))) {}

RingTensor SeriesOfAngle::evaluate(Party& party, const Series& series) const {
  check(series.harmonics == harmonics_ && series.cosine.size() == harmonics_.size() && series.sine.size() == harmonics_.size(), "this series has other harmonics",
        std::to_string(series.harmonics.size()) + " harmonics, " + std::to_string(harmonics_.size()) + " were asked for", "request the series that is evaluated");
  if (!settle(angle_)) throw InvalidArgument(mpc_code::not_open, "the angle is not open yet", "series", "its opening is still to come", "open it first");
  const auto device = angle_->value.device();
  const auto opened = angle_->value.words().to(at::kCPU).contiguous(), shares = dealt_.ring().words().to(at::kCPU).contiguous();
  const int64_t count = opened.numel();
  auto result = at::empty(opened.sizes(), opened.options());
  const int64_t* angles = opened.const_data_ptr<int64_t>();
  const auto* dealt = reinterpret_cast<const uint64_t*>(shares.const_data_ptr<int64_t>());
  auto* out = reinterpret_cast<uint64_t*>(result.mutable_data_ptr<int64_t>());
  // factor · 2^(coefficient bits + phasor bits) → 2^factor_bits.
  const int down = kCoefficientBits + kPhasorBits - factor_bits_, up = 32 - angle_->narrow_bits;
  const int constant_shift = scale_bits_ + factor_bits_ - kCoefficientBits;
  uint64_t constant = 0;
  if (party.rank() == 0) constant = static_cast<uint64_t>(constant_shift >= 0 ? series.constant * (int64_t{1} << constant_shift) : rounded_shift(series.constant, -constant_shift));
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Phasor one = phasor(static_cast<uint32_t>(static_cast<uint64_t>(angles[i]) << up));
      Phasor multiple = one;
      uint64_t sum = constant;
      const uint64_t* share = dealt + i;
      int at = 1;
      for (size_t j = 0; j < harmonics_.size(); ++j, share += 2 * count) {
        for (; at < harmonics_[j]; ++at) multiple = multiple * one;
        const int64_t a = series.cosine[j], b = series.sine[j];
        sum += share[0] * static_cast<uint64_t>(rounded_shift(a * multiple.cosine + b * multiple.sine, down));
        sum += share[count] * static_cast<uint64_t>(rounded_shift(b * multiple.cosine - a * multiple.sine, down));
      }
      out[i] = sum;
    }
  });
  return RingTensor(result.to(device));
}

}  // namespace crypten
