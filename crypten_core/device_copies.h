// Copies between a device and the host that run beside the device's computation and the network: in tiles, through pinned memory (torch's pool of it, which
// keeps what comes back), on queues of their own. Over what torch offers for every accelerator: queues, events, a pool of pinned memory. On a device without
// these, as torch defines it, nothing of this works; CUDA has them.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Event.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace crypten {

inline constexpr size_t kCopyTile = size_t{2} << 20;  // bytes: takes a device longer to copy than to start

// A tensor that comes to the host. Later writes to it on the device's current queue must wait until await() returned.
class CopyToHost {
 public:
  // `bytes`: uint8, contiguous, one dimension, not on the CPU. Starts behind what the device's current queue has by now, and returns.
  explicit CopyToHost(const at::Tensor& bytes);
  std::span<const std::byte> bytes() const;  // where they come
  void await(size_t count);                  // returns when the first `count` bytes are there

 private:
  at::Tensor host_;
  std::vector<c10::Event> copied_;  // by tile
  size_t awaited_ = 0;              // tiles
};

// Bytes that come from elsewhere to a device.
class CopyToDevice {
 public:
  CopyToDevice(size_t bytes, at::Device device);
  std::span<std::byte> bytes();  // where to put them, in order
  void arrived(size_t count);    // the first `count` are there: whole tiles leave for the device
  // After all have arrived: int64 words on the device, zeros behind the last byte. Later work on the device's current queue finds them there. Once.
  at::Tensor take();

 private:
  void copy(size_t end);  // what lies before it and has not left
  size_t size_, left_ = 0;
  at::Tensor host_, words_;
};

// A tensor of the host where it is wanted, by a copy that the device's current queue does when it comes to it, out of pinned memory. From other memory torch
// would let the host wait until that queue has done all it has. Everything else goes as torch has it go.
at::Tensor moved(const at::Tensor& tensor, at::Device device);

}  // namespace crypten
