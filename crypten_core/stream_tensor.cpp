#include "crypten_core/stream_tensor.h"

#include <span>

#include "crypten_core/aten.h"
#include "crypten_core/device_streams.h"
#include "crypten_core/error.h"

namespace crypten {
namespace {

std::span<uint64_t> words_of_tensor(const at::Tensor& tensor) {
  return {reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()), static_cast<size_t>(tensor.numel())};
}

}  // namespace

void fill_words(const WordSource& stream, at::Tensor& words, uint64_t position) {
  if (!words.defined() || words.scalar_type() != at::kLong || !words.is_contiguous()) {
    throw InvalidArgument(142, "words of a stream go into a contiguous int64 tensor", "fill_words",
                          words.defined() ? std::string("got ") + at::toString(words.scalar_type()) : "got an undefined tensor",
                          "make one with at::empty(sizes, at::kLong)");
  }
  if (words.device().is_cpu()) return stream.fill(words_of_tensor(words), position);
  if (const auto* aes = dynamic_cast<const AesStream*>(&stream)) {
    const auto device = words.device();
    // A tensor without memory, as of torch's meta device, has no kernel either.
    auto* const data = device_stream(static_cast<int>(device.type())) == nullptr ? nullptr : words_of_tensor(words).data();
    return aes->fill_device(DeviceWords{static_cast<int>(device.type()), device.index(), data, static_cast<uint64_t>(words.numel())}, position);
  }
  auto host = at::empty(words.sizes(), at::kLong);
  stream.fill(words_of_tensor(host), position);
  words.copy_(host);
}

}  // namespace crypten
