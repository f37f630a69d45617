#include "mpc/provider/deal_powers.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <memory>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/power_runs.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

constexpr int64_t kPowerBlock = 512;           // elements: what is known of them stays in the first-level cache
constexpr int64_t kPowerBlocksPerThread = 8;  // worth another thread

// Of each element its power and its high digit: what all tables consist of.
struct PlacedPowers {
  at::Tensor powers, places;  // int64, uint8
};

}  // namespace

std::vector<ClearValue> deal_powers(const PowerRequest& request, const MaskValues& masks) {
  const int64_t count = c10::multiply_integers(request.masks.front().sizes);
  const auto lambda = masks.lambda_blocks(request.masks);
  std::vector<ClearValue> sign;
  for (const auto& term : request.sign) sign.push_back(masks.term_blocks(term));
  const auto placed = std::make_shared<PlacedPowers>(PlacedPowers{at::empty({count}, at::kLong), at::empty({count}, at::kByte)});
  auto* const powers = reinterpret_cast<uint64_t*>(placed->powers.mutable_data_ptr<int64_t>());
  uint8_t* const places = placed->places.mutable_data_ptr<uint8_t>();
  const uint64_t ring = ~uint64_t{0} >> (64 - masks.ring().bits), last_low = (uint64_t{1} << request.low_bits) - 1, last_high = (uint64_t{1} << request.high_bits) - 1;
  const PowerRuns& runs = *kPowerRuns[kernel_path()];
  parallel_for((count + kPowerBlock - 1) / kPowerBlock, kPowerBlocksPerThread, [&](int64_t begin, int64_t end) {
    std::array<uint64_t, kPowerBlock> digits, negative{}, mantissas;
    std::array<int64_t, kPowerBlock> exponents, wholes;
    const PowerRun run{mantissas.data(), wholes.data()};
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kPowerBlock;
      const auto size = static_cast<size_t>(std::min(kPowerBlock, count - first));
      lambda.read(first, std::span(digits).first(size));
      if (!sign.empty()) sign.front().read(first, std::span(negative).first(size));
      for (size_t i = 0; i < size; ++i) {
        const uint64_t r = -digits[i] & ring;
        exponents[i] = request.base + request.slope * static_cast<int64_t>(r & last_low);
        places[first + static_cast<int64_t>(i)] = static_cast<uint8_t>(r >> request.low_bits & last_high);
      }
      uint64_t* const power = powers + first;
      runs.powers(exponents.data(), run, size);
      runs.rounded_products(run, {}, power, size);
      if (sign.empty()) continue;
      for (size_t i = 0; i < size; ++i) {
        const uint64_t minus = -static_cast<uint64_t>(negative[i] != 0);  // all bits set, or none
        power[i] = (power[i] ^ minus) - minus;
      }
    }
  });
  std::vector<ClearValue> tables;
  for (int u = 0; u < 1 << request.high_bits; ++u) {
    tables.emplace_back([placed, u](int64_t first, std::span<uint64_t> out) {
      const auto* const power = reinterpret_cast<const uint64_t*>(placed->powers.const_data_ptr<int64_t>()) + first;
      const uint8_t* const place = placed->places.const_data_ptr<uint8_t>() + first;
      for (size_t i = 0; i < out.size(); ++i) out[i] = power[i] & -static_cast<uint64_t>(place[i] == u);
    });
  }
  return tables;
}

}  // namespace crypten
