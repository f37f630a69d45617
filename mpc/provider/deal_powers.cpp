#include "mpc/provider/deal_powers.h"

#include "crypten_core/aten.h"
#include "crypten_core/power_of_two.h"
#include "crypten_core/thread_pool.h"

namespace crypten {

namespace {
constexpr int64_t kPowersPerThread = 1 << 12;  // elements worth another thread
}

std::vector<at::Tensor> deal_powers(const PowerRequest& request, const MaskValues& masks) {
  const at::Tensor r = masks.negated(request.masks).contiguous();
  const at::Tensor sign = request.sign.empty() ? at::Tensor() : masks.term(request.sign.front()).contiguous();
  std::vector<at::Tensor> tables;
  std::vector<int64_t*> out;
  for (int u = 0; u < 1 << request.high_bits; ++u) out.push_back(tables.emplace_back(at::zeros(r.sizes(), r.options())).mutable_data_ptr<int64_t>());
  const int64_t* digits = r.const_data_ptr<int64_t>();
  const int64_t* negated = sign.defined() ? sign.const_data_ptr<int64_t>() : nullptr;
  parallel_for(r.numel(), kPowersPerThread, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto word = static_cast<uint64_t>(digits[i]);
      const auto low = static_cast<int64_t>(word & ((uint64_t{1} << request.low_bits) - 1));
      const auto high = (word >> request.low_bits) & ((uint64_t{1} << request.high_bits) - 1);
      const auto power = static_cast<int64_t>(rounded(power_of_two(request.base + request.slope * low)));
      out[high][i] = negated && negated[i] != 0 ? -power : power;
    }
  });
  return tables;
}

}  // namespace crypten
