#include "tests/cuda/emulation/torch_device.h"

#include <ATen/EmptyTensor.h>
#include <ATen/core/CachingHostAllocator.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_copy_from_native.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/util/accumulate.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "tests/cuda/emulation/execution.h"
#include "tests/cuda/emulation/memory.h"
#include "tests/cuda/emulation/queue.h"

namespace emulation {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;
thread_local c10::DeviceIndex current = 0;
thread_local std::array<c10::StreamId, kDevices> current_queue{};

void give_back(void* memory) {
  if (memory) before_release(memory);
  release(memory);
}

std::atomic<uint64_t> to_host{0}, pinned_bytes{0};
thread_local Work done_here;
thread_local bool falling_back = false;  // within an operator of torch that runs on the CPU

struct Allocator final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    void* const memory = emulation::allocate(bytes);
    TORCH_CHECK_WITH(OutOfMemoryError, memory || bytes == 0, "emulated device out of memory. Tried to allocate ", bytes, " bytes");
    return {memory, memory, give_back, c10::Device(kType, current)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return give_back; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    const Mapped target(to), source(from);
    std::memcpy(to, from, bytes);
  }
} allocator;

std::mutex pinned_mutex;
std::map<uintptr_t, size_t> pinned_places;
void free_pinned(void* memory) {
  {
    const std::lock_guard lock(pinned_mutex);
    pinned_places.erase(reinterpret_cast<uintptr_t>(memory));
  }
  std::free(memory);
}
bool is_pinned(const void* data) {
  const std::lock_guard lock(pinned_mutex);
  const auto place = reinterpret_cast<uintptr_t>(data);
  const auto after = pinned_places.upper_bound(place);
  return after != pinned_places.begin() && place < std::prev(after)->first + std::prev(after)->second;
}

// Memory of the host for copies that are not waited for: as a pool would, it is given out again, here after it was spoiled.
struct PinnedMemory final : at::HostAllocator {
  c10::DataPtr allocate(size_t bytes) override {
    void* const memory = std::malloc(std::max<size_t>(bytes, 1));
    TORCH_CHECK_WITH(OutOfMemoryError, memory, "no pinned memory of ", bytes, " bytes");
    std::memset(memory, 0xa5, bytes);
    pinned_bytes += bytes;
    const std::lock_guard lock(pinned_mutex);
    pinned_places[reinterpret_cast<uintptr_t>(memory)] = std::max<size_t>(bytes, 1);
    return {memory, memory, free_pinned, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return free_pinned; }
  void copy_data(void* to, const void* from, size_t bytes) const override { std::memcpy(to, from, bytes); }
  bool record_event(void*, void*, c10::Stream) override { return true; }  // pending copies hold their storage
  void empty_cache() override {}
  at::HostStats get_stats() override { return {}; }
  void reset_accumulated_stats() override {}
  void reset_peak_stats() override {}
} pinned_memory;

c10::Device device_of(std::optional<c10::Device> device) {
  return device ? (device->has_index() ? *device : c10::Device(kType, current)) : c10::Device(kType, current);
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device device) const override {
    const auto before = getDevice();
    setDevice(device);
    return before;
  }
  c10::Device getDevice() const override { return {kType, current}; }
  void setDevice(c10::Device device) const override {
    TORCH_CHECK(device.index() >= 0 && device.index() < kDevices, "emulated device: invalid device ordinal");
    current = device.index();
  }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.index() >= 0) current = device.index();
  }
  c10::Stream getStream(c10::Device device) const override {
    const auto named = device_of(device);
    return c10::Stream(c10::Stream::UNSAFE, named, current_queue.at(static_cast<size_t>(named.index())));
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    const auto before = getStream(stream.device());
    current_queue.at(static_cast<size_t>(stream.device_index())) = stream.id();
    return before;
  }
  c10::Stream getStreamFromGlobalPool(c10::Device device, bool) const override { return new_queue(device_of(device)); }
  void record(void** event, const c10::Stream& stream, c10::DeviceIndex, c10::EventFlag) const override {
    if (*event == nullptr) *event = new Place;
    *static_cast<Place*>(*event) = end_of(stream);
  }
  void block(void* event, const c10::Stream& stream) const override { wait_for(*static_cast<const Place*>(event), stream); }
  bool queryEvent(void* event) const override { return done(*static_cast<const Place*>(event)); }
  void synchronizeEvent(void* event) const override { wait_for(*static_cast<const Place*>(event)); }
  void destroyEvent(void* event, c10::DeviceIndex) const noexcept override { delete static_cast<Place*>(event); }
  bool queryStream(const c10::Stream& stream) const override { return done(end_of(stream)); }
  void synchronizeStream(const c10::Stream& stream) const override { finish(stream); }
  void recordDataPtrOnStream(const c10::DataPtr& memory, const c10::Stream& stream) const override { keep_for(stream, memory.get()); }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
};

// torch asks these of an accelerator.
struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinned_memory; }
  bool isPinnedPtr(const void* data) const override { return is_pinned(data); }
} hooks;

at::Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>, std::optional<c10::Device> device, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  const c10::DeviceGuard guard(device_of(device));
  return at::Tensor(at::detail::empty_generic(sizes, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), c10::dtype_or_default(type), format));
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                         std::optional<c10::Device> device, std::optional<bool>) {
  const c10::DeviceGuard guard(device_of(device));
  return at::Tensor(
      at::detail::empty_strided_generic(sizes, strides, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), c10::dtype_or_default(type)));
}

// The same elements as a tensor of the CPU. While `mapped` lives it may be read and written.
at::Tensor on_host(const at::Tensor& tensor) {
  if (tensor.device().type() != kType) return tensor;
  return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), tensor.options().device(c10::kCPU));
}
const void* memory_of(const at::Tensor& tensor) { return tensor.device().type() == kType && tensor.numel() > 0 ? tensor.const_data_ptr() : nullptr; }

void count_copy(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  if (falling_back || from.numel() == 0) return;
  if (from.device() == to.device()) {
    ++done_here.operators;
    return;
  }
  ++done_here.copies;
  const bool pinned = (from.device().is_cpu() ? from : to).is_pinned();
  if (!non_blocking || !pinned) ++done_here.waits;
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  count_copy(from, to, non_blocking);
  if (!falling_back && from.device().type() == kType && to.device().is_cpu()) to_host += from.nbytes();
  const auto device = (from.device().type() == kType ? from : to).device();
  const c10::Stream queue(c10::Stream::UNSAFE, device, current_queue.at(static_cast<size_t>(device.index())));
  if (!is_default(queue)) {
    TORCH_CHECK(from.device().is_cpu() != to.device().is_cpu(), "emulated device: other queues than the default one copy between the device and the host only");
    const at::Tensor there = from.device().is_cpu() ? to : from, host = from.device().is_cpu() ? from : to;
    // The host's memory is held, the device's is not: that is what the allocator must be told.
    enqueue(queue, memory_of(there), [view = on_host(there), host, memory = memory_of(there), to_device = from.device().is_cpu()] {
      const Mapped mapped(memory, false);
      to_device ? view.copy_(host) : host.copy_(view);
    });
    if (!non_blocking) finish(queue);
    return to;
  }
  const Mapped source(memory_of(from)), target(memory_of(to));
  on_host(to).copy_(on_host(from));
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (from.sizes() != to.sizes()) to.resize_(from.sizes());
  return copy_from(from, to, false);
}

const at::Tensor& resize(const at::Tensor& tensor, at::IntArrayRef sizes, std::optional<at::MemoryFormat>) {
  auto* const implementation = tensor.unsafeGetTensorImpl();
  implementation->set_sizes_contiguous(sizes);
  auto storage = tensor.storage();
  const size_t bytes = (static_cast<size_t>(implementation->numel()) + static_cast<size_t>(implementation->storage_offset())) * implementation->itemsize();
  if (bytes > storage.nbytes()) {
    const c10::DeviceGuard guard(tensor.device());
    auto memory = allocator.allocate(bytes);
    if (storage.nbytes() > 0) allocator.copy_data(memory.get(), storage.data(), storage.nbytes());
    storage.set_data_ptr_noswap(std::move(memory));
    storage.set_nbytes(bytes);
  }
  return tensor;
}

__attribute__((optimize("O3"), target_clones("avx2", "default"))) int32_t dot(const int8_t* a, const int8_t* b, int64_t length) {
  int32_t sum = 0;
  for (int64_t k = 0; k < length; ++k) sum += int32_t{a[k]} * b[k];
  return sum;
}

// Products of matrices of bytes, in the forms that torch's for CUDA takes. Not the CPU's own, which saturates where there are no VNNI instructions.
at::Tensor& bytes_product(const at::Tensor& a, const at::Tensor& b, at::Tensor& out) {
  ++done_here.operators;
  const int64_t rows = a.size(0), columns = b.size(1), length = a.size(1);
  TORCH_CHECK(a.scalar_type() == at::kChar && b.scalar_type() == at::kChar && out.scalar_type() == at::kInt, "_int_mm: expected bytes, and 32 bits for the result");
  TORCH_CHECK(rows > 16 && length % 8 == 0 && columns % 8 == 0, "_int_mm: sizes that cuBLAS does not take");
  TORCH_CHECK(a.is_contiguous() && b.t().is_contiguous() && out.is_contiguous() && b.size(0) == length && out.size(0) == rows && out.size(1) == columns);
  const Mapped left(memory_of(a)), right(memory_of(b)), target(memory_of(out));
  const auto *const from = a.const_data_ptr<int8_t>(), *const other = b.const_data_ptr<int8_t>();
  auto* const to = out.mutable_data_ptr<int32_t>();
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) to[row * columns + column] = dot(from + row * length, other + column * length, length);
  return out;
}

at::Scalar one_number(const at::Tensor& tensor) { return tensor.cpu().item(); }

at::Tensor unfolded(const at::Tensor& tensor, int64_t dim, int64_t size, int64_t step) { return at::native::unfold(tensor, dim, size, step); }

void check_device(const at::Tensor& operand, std::optional<c10::Device>& common, const std::string& name) {
  if (!operand.defined()) return;
  if (operand.device().is_cpu() && operand.dim() == 0) return;  // CUDA takes a number as well
  if (!common) common = operand.device();
  TORCH_CHECK(operand.device() == *common, name, ": expected all tensors to be on the same device, but found at least two devices, ", common->str(), " and ",
              operand.device().str());
}

void on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& name = op.schema().name();
  std::optional<c10::Device> common;
  bool integral = false;
  for (const auto& argument : torch::jit::last(*stack, op.schema().arguments().size())) {
    const auto look = [&](const at::Tensor& tensor) {
      check_device(tensor, common, name);
      integral |= tensor.defined() && c10::isIntegralType(tensor.scalar_type(), false);
    };
    if (argument.isTensor()) look(argument.toTensor());
    if (argument.isTensorList())
      for (const at::Tensor& tensor : argument.toTensorList()) look(tensor);
    if (argument.isOptionalTensorList())
      for (const std::optional<at::Tensor> tensor : argument.toOptionalTensorList())
        if (tensor) look(*tensor);
  }
  if (!falling_back) ++done_here.operators;
  static const std::set<std::string> kProducts{"aten::mm", "aten::bmm",   "aten::addmm", "aten::baddbmm",
                                               "aten::mv", "aten::addmv", "aten::dot",   "aten::convolution_overrideable"};
  TORCH_CHECK_NOT_IMPLEMENTED(!integral || kProducts.count(name) == 0, name, " not implemented for 'Long' on a device");
  struct Within {
    bool before = std::exchange(falling_back, true);
    ~Within() { falling_back = before; }
  } within;
  at::native::cpu_fallback(op, stack, true);
}

const bool registered = [] {
  c10::register_privateuse1_backend("emulated");
  c10::SetAllocator(kType, &allocator);
  at::RegisterPrivateUse1HooksInterface(&hooks);
  return true;
}();

}  // namespace

uint64_t bytes_to_host() { return to_host; }
uint64_t bytes_pinned() { return pinned_bytes; }
Work work() {
  Work all = done_here;
  all.kernels = own_launches();
  return all;
}

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

TORCH_LIBRARY_IMPL(_, PrivateUse1, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&on_cpu>()); }

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("empty.memory_format", empty);
  m.impl("empty_strided", empty_strided);
  m.impl("as_strided", at::native::as_strided_tensorimpl);
  m.impl("view", static_cast<at::Tensor (*)(const at::Tensor&, at::IntArrayRef)>(at::native::view));
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("unfold", unfolded);
  m.impl("resize_", resize);
  m.impl("_copy_from", copy_from);
  m.impl("_copy_from_and_resize", copy_from_and_resize);
  m.impl("_local_scalar_dense", one_number);
  m.impl("_int_mm.out", bytes_product);
}

}  // namespace emulation

void emulated_work(uint64_t (&counts)[4]) {
  const auto work = emulation::work();
  counts[0] = work.kernels, counts[1] = work.operators, counts[2] = work.copies, counts[3] = work.waits;
}
void emulated_only_count(int only) { emulation::only_count(only != 0); }
