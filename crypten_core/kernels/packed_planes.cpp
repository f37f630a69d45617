#include "crypten_core/kernels/packed_planes.h"

#include <cstddef>
#include <span>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/word_tensor.h"

namespace crypten {

void check_packed(const at::Tensor& words, int64_t n, int64_t planes) {
  if (n >= 0 && planes >= 0 && words.scalar_type() == at::kLong && words.is_contiguous() && words.numel() == (packed_size(n, planes) + 7) / 8) return;
  throw InvalidArgument(160, "bit planes of another form", "unpack_planes",
                        std::to_string(planes) + " planes of " + std::to_string(n) + " elements from other words",
                        "pass what pack_planes gives, as contiguous int64 words");
}

at::Tensor pack_planes(const at::Tensor& planes, int64_t n) {
  if (elsewhere(planes)) return registered<at::Tensor(const at::Tensor&, int64_t)>("pack_planes", planes).call(planes, n);
  const auto bytes = static_cast<size_t>(n < 0 || planes.dim() != 3 ? 0 : packed_size(n, planes.size(1)));
  auto words = zero_words({static_cast<int64_t>((bytes + 7) / 8)});
  pack(planes, n, {reinterpret_cast<std::byte*>(words.mutable_data_ptr<int64_t>()), bytes});
  return words;
}

at::Tensor unpack_planes(const at::Tensor& words, int64_t n, int64_t planes) {
  if (elsewhere(words)) return registered<at::Tensor(const at::Tensor&, int64_t, int64_t)>("unpack_planes", words).call(words, n, planes);
  check_packed(words, n, planes);
  return unpack({reinterpret_cast<const std::byte*>(words.const_data_ptr<int64_t>()), static_cast<size_t>(packed_size(n, planes))}, n, planes);
}

}  // namespace crypten
