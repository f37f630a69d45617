// How ring tensors travel: 8 bytes per element, little endian, row-major. Shapes are public and known to both sides; they never travel.
#pragma once

#include <ATen/core/Tensor.h>

#include "comm/channel.h"
#include "crypten_core/ring_tensor.h"

namespace crypten {

// The tensor's words, contiguous on the host; shares their memory if they are so already. Throws InvalidArgument: undefined.
RingTensor on_host(const RingTensor& tensor);

// The bytes of a contiguous host tensor; valid as long as its memory is. Throws InvalidArgument: not contiguous, or on another device.
Bytes wire_bytes(const RingTensor& host);
MutableBytes writable_wire_bytes(const RingTensor& host);

// Back on the device where it belongs.
RingTensor on_device(const RingTensor& host, at::Device device);

}  // namespace crypten
