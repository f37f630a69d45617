#include "mpc/provider/clear_value.h"

#include <algorithm>

#include "crypten_core/aten.h"

namespace crypten {

ClearValue::ClearValue(const at::Tensor& words)
    : read_([kept = words.contiguous()](int64_t first, std::span<uint64_t> out) {
        std::copy_n(reinterpret_cast<const uint64_t*>(kept.const_data_ptr<int64_t>()) + first, out.size(), out.data());
      }) {}

}  // namespace crypten
