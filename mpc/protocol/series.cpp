#include "mpc/protocol/series.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/kernels/phasor_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/trigonometry.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"

namespace crypten {
namespace {

constexpr int64_t kSeriesBlock = 512;      // elements: what is known of them stays in the first-level cache
constexpr int64_t kSeriesGrain = 1 << 11;  // elements worth another thread

void check_series(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "series", why, todo);
}

HarmonicRequest harmonics_of(const MaskedPtr& angle, const std::vector<int>& harmonics, int scale_bits, int factor_bits, int width) {
  check_series(factor_bits >= 1 && factor_bits <= 36, "fractional bits of a series out of range", std::to_string(factor_bits), "use 1 … 36");
  check_series(angle->narrow_bits != 0, "this is not the opening of an angle", "it was not made by mask_angle", "use mask_angle()");
  return {.masks = angle->mask(), .angle_bits = angle->narrow_bits, .harmonics = harmonics, .scale_bits = scale_bits, .width = width};
}

}  // namespace

MaskedPtr mask_angle(Party& party, const RingTensor& share, int bits) {
  auto angle = mask_angle_ahead(party, share.sizes(), share.device(), bits);
  give_angle(angle, share, bits);
  return angle;
}

MaskedPtr mask_angle_ahead(Party& party, at::IntArrayRef sizes, at::Device device, int bits) { return mask_narrow_ahead(party, sizes, device, std::min(bits, kAngleBits), "angle"); }

void give_angle(const MaskedPtr& ahead, const RingTensor& share, int bits) {
  const int dropped = bits - ahead->narrow_bits;
  give(ahead, dropped == 0 ? share : RingTensor(bits_of_words(share.words(), dropped, ahead->narrow_bits)));
}

SeriesOfAngle::SeriesOfAngle(Party& party, MaskedPtr angle, std::vector<int> harmonics, int scale_bits, int factor_bits, int width)
    : angle_(std::move(angle)),
      harmonics_(std::move(harmonics)),
      scale_bits_(scale_bits),
      factor_bits_(factor_bits),
      dealt_(party.provider().request(harmonics_of(angle_, harmonics_, scale_bits, factor_bits, width), angle_->device)) {}

RingTensor SeriesOfAngle::evaluate(Party& party, const Series& series) const {
  check_series(series.harmonics == harmonics_ && series.cosine.size() == harmonics_.size() && series.sine.size() == harmonics_.size(), "this series has other harmonics",
        std::to_string(series.harmonics.size()) + " harmonics, " + std::to_string(harmonics_.size()) + " were asked for", "request the series that is evaluated");
  if (!settle(angle_)) throw InvalidArgument(mpc_code::not_open, "the angle is not open yet", "series", "its opening is still to come", "open it first");
  const auto opened = angle_->value.words().contiguous();
  const uint64_t constant = party.rank() == 0 ? static_cast<uint64_t>(rescaled(series.constant, kCoefficientBits, scale_bits_ + factor_bits_)) : 0;
  if (!opened.device().is_cpu()) return evaluate_there(opened, series, constant);
  dealt_.await();
  auto result = at::empty(opened.sizes(), opened.options());
  const int64_t count = opened.numel();
  const auto* angles = reinterpret_cast<const uint64_t*>(opened.const_data_ptr<int64_t>());
  auto* out = reinterpret_cast<uint64_t*>(result.mutable_data_ptr<int64_t>());
  parallel_for((count + kSeriesBlock - 1) / kSeriesBlock, kSeriesGrain / kSeriesBlock, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kSeriesBlock, size = std::min(kSeriesBlock, count - first);
      add_harmonics({angles + first, static_cast<size_t>(size)}, first, count, series, constant, {out + first, static_cast<size_t>(size)});
    }
  });
  return RingTensor(result);
}

RingTensor SeriesOfAngle::evaluate_there(const at::Tensor& opened, const Series& series, uint64_t constant) const {
  std::vector<int64_t> terms(harmonics_.begin(), harmonics_.end());
  terms.insert(terms.end(), series.cosine.begin(), series.cosine.end());
  terms.insert(terms.end(), series.sine.begin(), series.sine.end());
  const auto numbers = moved(at::tensor(terms, at::kLong), opened.device()).view({3, static_cast<int64_t>(harmonics_.size())});
  return RingTensor(operators::series_sum(opened, dealt_.ring().words(), numbers, up(), down(), static_cast<int64_t>(constant)));
}

void SeriesOfAngle::add_harmonics(std::span<const uint64_t> angles, int64_t first, int64_t count, const Series& series, uint64_t constant, std::span<uint64_t> out) const {
  const PhasorRuns& runs = *kPhasorRuns[kernel_path()];
  alignas(64) std::array<int32_t, kSeriesBlock> one_cosine, one_sine, cosine, sine;
  alignas(64) std::array<uint64_t, kSeriesBlock> cosine_shares, sine_shares;
  const PhasorRun one{one_cosine.data(), one_sine.data()}, multiple{cosine.data(), sine.data()};
  const size_t size = out.size();
  runs.phasors(angles.data(), up(), one, size);
  std::copy_n(one.cosine, size, multiple.cosine);
  std::copy_n(one.sine, size, multiple.sine);
  std::fill(out.begin(), out.end(), constant);
  int at = 1;
  for (size_t j = 0; j < harmonics_.size(); ++j) {
    for (; at < harmonics_[j]; ++at) runs.turn(multiple, one, size);
    const auto row = static_cast<int64_t>(2 * j) * count;
    dealt_.part(0, row + first, {cosine_shares.data(), size});
    dealt_.part(0, row + count + first, {sine_shares.data(), size});
    runs.add_harmonic({series.cosine[j], series.sine[j], down()}, multiple, cosine_shares.data(), sine_shares.data(), out.data(), size);
  }
}

}  // namespace crypten
