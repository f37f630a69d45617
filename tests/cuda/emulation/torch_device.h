// Two devices of torch's PrivateUse1 in this process's memory (emulation/memory.h), named "emulated". Loading this library registers them. Of torch's operators
// they have what makes, views and copies tensors; all others run on the CPU and are copied back, after the checks that a CUDA device makes: operands on one
// device, and no products of matrices of integers, for which CUDA has none.
// The default queue does everything at once. On other queues there are only copies, and one that need not be waited for is not done before somebody waits for it: for an event behind it, or for
// the queue; so a wait that is missing shows as garbage. It is a defect, and the process aborts, if such a copy does not wait for what the default queue did with that memory before, or if the
// memory is given back while a copy is pending of which the allocator was not told.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

#pragma GCC visibility push(default)
namespace emulation {

inline constexpr int kDevices = 2;

// Bytes that left the devices for the host so far, in all threads, but for those that torch's own operators took there because this device has none of its own.
uint64_t bytes_to_host();
// Bytes of pinned memory that were given out so far.
uint64_t bytes_pinned();

// What the calling thread, so one party, asked the device for so far. An operator of torch that is not only a view counts as one kernel, which it is on a GPU
// for element-wise ones; sorting takes more there.
struct Work {
  uint64_t kernels = 0;    // of cuda/
  uint64_t operators = 0;  // of torch
  uint64_t copies = 0;     // between the device and the host
  uint64_t waits = 0;      // copies for which the host would wait until the device has done all it was asked for
  Work operator-(const Work& before) const {
    return {kernels - before.kernels, operators - before.operators, copies - before.copies, waits - before.waits};
  }
};
Work work();

}  // namespace emulation
// The same for Python, by ctypes: kernels, operators, copies, waits; and only_count() of execution.h.
extern "C" {
void emulated_work(uint64_t (&counts)[4]);
void emulated_only_count(int only);
}
#pragma GCC visibility pop
