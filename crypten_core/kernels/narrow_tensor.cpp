#include "crypten_core/kernels/narrow_tensor.h"

#include <absl/strings/str_cat.h>
#include <c10/util/accumulate.h>

#include <algorithm>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/narrow_words.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerUnpacking = 1 << 15;

template <class... Words>
void require_narrow(bool holds, const Words&... why) {  // a check that holds builds no string
  if (!holds)
    throw InvalidArgument(160, "narrow words of another form", "unpack_narrow", absl::StrCat(why...),
                          "pass 1 … 64 bits and as many contiguous int64 words as the elements take");
}

}  // namespace

void check_narrow(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes) {
  require_narrow(bits >= 1 && bits <= 64, bits, " bits");
  require_narrow(words.scalar_type() == at::kLong && words.is_contiguous(), "the words are not int64, or not contiguous");
  const auto count = static_cast<uint64_t>(c10::multiply_integers(sizes));
  const uint64_t needed = narrow_size(count, static_cast<int>(bits));
  require_narrow(static_cast<uint64_t>(words.numel()) * 8 >= needed, count, " elements in ", words.numel(), " words");
}

at::Tensor unpack_narrow_cpu(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes) {
  check_narrow(words, bits, sizes);
  auto result = empty_words(sizes);
  const auto packed = std::as_bytes(std::span(words_of(words), static_cast<size_t>(words.numel())));
  uint64_t* const out = mutable_words_of(result);
  parallel_for(result.numel(), kElementsPerUnpacking, [&](int64_t begin, int64_t end) {
    unpack_narrow(packed, static_cast<int>(bits), static_cast<uint64_t>(begin), {out + begin, static_cast<size_t>(end - begin)});
  });
  return result;
}

}  // namespace crypten
