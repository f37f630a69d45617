#include "mpc/protocol/powers.h"

#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/power_of_two.h"
#include "crypten_core/thread_pool.h"
#include "mpc/error_codes.h"

namespace crypten {
namespace {

constexpr int64_t kPowerGrain = 1 << 12;  // elements worth another thread

PowerRequest request_of(const MaskedPtr& x, PowerDigits digits, int64_t base, int64_t slope, int width, const std::optional<TermRef>& sign) {
  PowerRequest request;
  request.masks = x->mask();
  request.low_bits = digits.low_bits, request.high_bits = digits.high_bits;
  request.base = base, request.slope = -slope;
  request.width = width;
  if (sign) request.sign.push_back(*sign);
  return request;
}

struct Factor {
  size_t group, digit;
  PowerOfTwo power;
};

}  // namespace

PowerTable::PowerTable(Party& party, MaskedPtr x, PowerDigits digits, int64_t base, int64_t slope, int width, const std::optional<TermRef>& sign)
    : x_(std::move(x)), digits_(digits), slope_(slope), dealt_(party.provider().request(request_of(x_, digits, base, slope, width, sign))) {}

std::vector<RingTensor> PowerTable::combine(int64_t offset, const std::vector<std::vector<int64_t>>& groups) const {
  if (!settle(x_)) throw InvalidArgument(mpc_code::not_open, "the value is not open yet", "PowerTable", "its opening is still to come", "open it first");
  const uint64_t entries = uint64_t{1} << digits_.high_bits;
  std::vector<Factor> factors;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t h = 0; h < entries; ++h)
      if (groups[g][h] != kNothing) factors.push_back({g, h, power_of_two(groups[g][h])});
  }
  const auto Y = x_->value.words().expand(x_->sizes()).to(at::kCPU).contiguous();
  std::vector<at::Tensor> tables, sums;
  std::vector<const int64_t*> in;
  std::vector<int64_t*> out;
  for (size_t u = 0; u < entries; ++u) in.push_back(tables.emplace_back(dealt_.ring(u).words().contiguous()).const_data_ptr<int64_t>());
  for (size_t g = 0; g < groups.size(); ++g) out.push_back(sums.emplace_back(at::zeros(Y.sizes(), Y.options())).mutable_data_ptr<int64_t>());
  const int64_t* opened = Y.const_data_ptr<int64_t>();
  parallel_for(Y.numel(), kPowerGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const uint64_t word = static_cast<uint64_t>(opened[i]) + static_cast<uint64_t>(offset), high = word >> digits_.low_bits;
      const auto low = power_of_two(slope_ * static_cast<int64_t>(word & ((uint64_t{1} << digits_.low_bits) - 1)));
      for (const auto& factor : factors) {
        const auto u = (high - factor.digit) & (entries - 1);
        const uint64_t part = static_cast<uint64_t>(in[u][i]) * rounded_product(low, factor.power);
        out[factor.group][i] = static_cast<int64_t>(static_cast<uint64_t>(out[factor.group][i]) + part);
      }
    }
  });
  std::vector<RingTensor> results;
  for (auto& sum : sums) results.emplace_back(sum.to(x_->device));
  return results;
}

}  // namespace crypten
