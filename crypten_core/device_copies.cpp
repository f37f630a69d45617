#include "crypten_core/device_copies.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "crypten_core/aten.h"

namespace crypten {
namespace {

// One queue of a device for each direction, which all parties of this process share: a device copies in both at once, and once in each.
enum class Direction { to_host, to_device };

c10::Stream queue_for(Direction direction, at::Device device) {
  static std::mutex mutex;
  static std::map<std::tuple<at::DeviceType, at::DeviceIndex, Direction>, c10::Stream> queues;
  const std::lock_guard lock(mutex);
  const std::tuple key(device.type(), device.index(), direction);
  const auto known = queues.find(key);
  if (known != queues.end()) return known->second;
  return queues.emplace(key, c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device, false)).first->second;
}

// From now on `queue` waits for what the device's current one has by now.
void follow_current(const c10::Stream& queue) {
  const c10::impl::VirtualGuardImpl device(queue.device_type());
  c10::Event ready(queue.device_type());
  ready.record(device.getStream(queue.device()));
  ready.block(queue);
}

// The device's memory is not given to others before `queue` is done with it.
void keep_for(const c10::Stream& queue, const at::Tensor& tensor) {
  c10::impl::VirtualGuardImpl(queue.device_type()).recordDataPtrOnStream(tensor.storage().data_ptr(), queue);
}

at::Tensor pinned(size_t bytes) { return at::empty({static_cast<int64_t>(bytes)}, at::TensorOptions().dtype(at::kByte).pinned_memory(true)); }

at::Tensor part(const at::Tensor& bytes, size_t begin, size_t end) { return bytes.narrow(0, static_cast<int64_t>(begin), static_cast<int64_t>(end - begin)); }

}  // namespace

CopyToHost::CopyToHost(const at::Tensor& bytes) : host_(pinned(bytes.nbytes())) {
  if (bytes.numel() == 0) return;
  const auto queue = queue_for(Direction::to_host, bytes.device());
  follow_current(queue);
  keep_for(queue, bytes);
  const c10::StreamGuard on(queue);
  for (size_t begin = 0; begin < bytes.nbytes(); begin += kCopyTile) {
    const size_t end = std::min(begin + kCopyTile, bytes.nbytes());
    part(host_, begin, end).copy_(part(bytes, begin, end), /*non_blocking=*/true);
    copied_.emplace_back(queue.device_type()).record(queue);
  }
}

std::span<const std::byte> CopyToHost::bytes() const { return {static_cast<const std::byte*>(host_.const_data_ptr()), host_.nbytes()}; }

void CopyToHost::await(size_t count) {
  for (; awaited_ * kCopyTile < std::min(count, host_.nbytes()); ++awaited_) copied_[awaited_].synchronize();
}

CopyToDevice::CopyToDevice(size_t bytes, at::Device device)
    : size_(bytes),
      host_(pinned((bytes + 7) / 8 * 8)),
      words_(at::empty({static_cast<int64_t>((bytes + 7) / 8)}, at::TensorOptions().dtype(at::kLong).device(device))) {
  std::memset(static_cast<std::byte*>(host_.mutable_data_ptr()) + bytes, 0, host_.nbytes() - bytes);
  if (bytes == 0) return;
  const auto queue = queue_for(Direction::to_device, words_.device());
  follow_current(queue);  // which may still read what lay there before
  keep_for(queue, words_);
}

std::span<std::byte> CopyToDevice::bytes() { return {static_cast<std::byte*>(host_.mutable_data_ptr()), size_}; }

void CopyToDevice::arrived(size_t count) {
  if (count / kCopyTile * kCopyTile > left_) copy(count / kCopyTile * kCopyTile);
}

void CopyToDevice::copy(size_t end) {
  const c10::StreamGuard on(queue_for(Direction::to_device, words_.device()));
  part(words_.view(at::kByte), left_, end).copy_(part(host_, left_, end), /*non_blocking=*/true);
  left_ = end;
}

at::Tensor CopyToDevice::take() {
  if (size_ == 0) return std::move(words_);
  if (left_ < host_.nbytes()) copy(host_.nbytes());
  const auto queue = queue_for(Direction::to_device, words_.device());
  c10::Event there(queue.device_type());
  there.record(queue);
  there.block(c10::impl::VirtualGuardImpl(queue.device_type()).getStream(queue.device()));
  return std::move(words_);
}

at::Tensor moved(const at::Tensor& tensor, at::Device device) {
  if (!tensor.device().is_cpu() || device.is_cpu()) return tensor.to(device);
  const auto host = at::empty(tensor.sizes(), tensor.options().pinned_memory(true));
  host.copy_(tensor);
  return host.to(device, /*non_blocking=*/true);
}

}  // namespace crypten
