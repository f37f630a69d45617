#include "comm/tensor_codec.h"

#include "comm/error_codes.h"
#include "crypten_core/aten.h"
#include "crypten_core/error.h"

namespace crypten {

RingTensor on_host(const RingTensor& tensor) {
  if (!tensor.defined()) {
    throw InvalidArgument(comm_code::invalid_argument, "an undefined tensor cannot travel", "tensor codec", "there are no words in it", "pass a tensor with values");
  }
  return RingTensor(tensor.words().cpu().contiguous());
}

MutableBytes writable_wire_bytes(const RingTensor& host) {
  if (!host.defined() || !host.words().is_contiguous() || !host.device().is_cpu()) {
    throw InvalidArgument(comm_code::invalid_argument, "not bytes of the wire", "tensor codec", "only a contiguous tensor in host memory has them",
                          "pass it through on_host() first");
  }
  return {static_cast<std::byte*>(host.words().data_ptr()), static_cast<size_t>(host.numel()) * sizeof(int64_t)};
}

Bytes wire_bytes(const RingTensor& host) { return writable_wire_bytes(host); }

RingTensor on_device(const RingTensor& host, at::Device device) { return RingTensor(host.words().to(device)); }

}  // namespace crypten
