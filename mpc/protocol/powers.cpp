#include "mpc/protocol/powers.h"

#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"
#include "crypten_core/power_of_two.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"

namespace crypten {
namespace {

PowerRequest request_of(const MaskedPtr& x, PowerDigits digits, int64_t base, int64_t slope, int width, const std::optional<TermRef>& sign) {
  PowerRequest request;
  request.masks = x->mask();
  request.low_bits = digits.low_bits, request.high_bits = digits.high_bits;
  request.base = base, request.slope = -slope;
  request.width = width;
  if (sign) request.sign.push_back(*sign);
  return request;
}

}  // namespace

PowerTable::PowerTable(Party& party, MaskedPtr x, PowerDigits digits, int64_t base, int64_t slope, int width, const std::optional<TermRef>& sign)
    : x_(std::move(x)), digits_(digits), slope_(slope), dealt_(party.provider().request(request_of(x_, digits, base, slope, width, sign), x_->device)) {}

std::vector<RingTensor> PowerTable::combine(int64_t offset, const std::vector<std::vector<int64_t>>& groups) const {
  if (!settle(x_)) throw InvalidArgument(mpc_code::not_open, "the value is not open yet", "PowerTable", "its opening is still to come", "open it first");
  const uint64_t entries = uint64_t{1} << digits_.high_bits;
  std::vector<int64_t> factors;
  for (size_t g = 0; g < groups.size(); ++g) {
    for (size_t h = 0; h < entries; ++h) {
      if (groups[g][h] == kNothing) continue;
      const auto power = power_of_two(groups[g][h]);
      factors.insert(factors.end(), {static_cast<int64_t>(g), static_cast<int64_t>(h), static_cast<int64_t>(power.mantissa), int64_t{power.exponent}});
    }
  }
  const auto Y = dense_words(expanded_words(x_->value.words(), x_->sizes()));
  const auto numbers = moved(at::tensor(factors, at::kLong).view({static_cast<int64_t>(factors.size() / 4), 4}), Y.device());
  std::vector<at::Tensor> tables;
  for (size_t u = 0; u < entries; ++u) tables.push_back(dense_words(dealt_.ring(u).words()));
  const auto sums = operators::power_sums(Y, tables, numbers, offset, digits_.low_bits, slope_, static_cast<int64_t>(groups.size()));
  std::vector<RingTensor> results;
  for (size_t g = 0; g < groups.size(); ++g) results.emplace_back(part_of(sums, static_cast<int64_t>(g)).view(Y.sizes()));
  return results;
}

}  // namespace crypten
