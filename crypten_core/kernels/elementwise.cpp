#include "crypten_core/kernels/elementwise.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerThread = 1 << 16;

template <typename Function, size_t... I>
at::Tensor map(const Function& function, std::array<at::Tensor, sizeof...(I)> operands, std::index_sequence<I...>) {
  std::vector<int64_t> sizes;
  for (const auto& operand : operands) {
    check_cpu_words("elementwise", operand);
    sizes = Bilinear::elementwise().output_sizes(sizes, operand.sizes());
  }
  for (auto& operand : operands) operand = operand.expand(sizes).contiguous();
  auto result = at::empty(sizes, at::kLong);
  const std::array<const uint64_t*, sizeof...(I)> in{words_of(operands[I])...};
  uint64_t* const out = mutable_words_of(result);
  parallel_for(result.numel(), kElementsPerThread, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = function(in[I][i]...);
  });
  return result;
}

template <typename Function, typename... Operands>
at::Tensor map(const Function& function, const Operands&... operands) {
  return map(function, {operands...}, std::make_index_sequence<sizeof...(Operands)>());
}

}  // namespace

at::Tensor multiply_combine_cpu(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu,
                                const at::Tensor& product, bool add_public) {
  return map(elementwise::MultiplyCombine{add_public}, x, y, lambda, mu, product);
}

at::Tensor truncate_combine_cpu(const at::Tensor& y, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits,
                                bool add_public) {
  check_truncation(shift, bits);
  return map(elementwise::TruncateCombine{static_cast<int>(shift), static_cast<int>(bits), add_public}, y, high, top);
}

at::Tensor sum_cpu(at::TensorList parts) {
  check_parts(parts);
  std::vector<at::Tensor> kept;  // contiguous
  for (const at::Tensor& part : parts) {
    check_cpu_words("sum", part);
    kept.push_back(part.contiguous());
  }
  auto result = at::empty(kept[0].sizes(), at::kLong);
  uint64_t* const out = mutable_words_of(result);
  parallel_for(result.numel(), kElementsPerThread, [&](int64_t begin, int64_t end) {
    constexpr int64_t kBlock = 1024;  // stays in the first-level cache while all parts are added to it
    for (; begin < end; begin += kBlock) {
      const int64_t count = std::min(kBlock, end - begin);
      std::copy_n(words_of(kept[0]) + begin, count, out + begin);
      for (size_t p = 1; p < kept.size(); ++p) {
        const uint64_t* const part = words_of(kept[p]);
        for (int64_t i = begin; i < begin + count; ++i) out[i] = elementwise::Add{}(out[i], part[i]);
      }
    }
  });
  return result;
}

}  // namespace crypten
