// The memory of emulated devices. Only what runs on a device may touch it: the host's code faults, as it would on a GPU's addresses, and the process aborts.
// Each piece ends where a page ends (but for what 16 bytes of alignment leave) and the page behind it is not there, so one word beyond it faults too; freed
// pieces are not there either. New memory is garbage.
#pragma once

#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)
namespace emulation {

// Null: `bytes` are more than the device has left (limit_memory).
void* allocate(size_t bytes);
void release(void* memory);
// Bytes that all devices together may hold from now on; 0: no limit.
void limit_memory(size_t bytes);
size_t bytes_in_use();

// While it lives, this thread runs on a device. Nests.
class OnDevice {
 public:
  OnDevice();
  ~OnDevice();
  OnDevice(const OnDevice&) = delete;
};

// While it lives, the piece of memory that `address` lies in is open to all threads: for copies, which torch may spread over several. Null is allowed. Nests.
class Mapped {
 public:
  // `counts`: as a use of this memory by the default queue.
  explicit Mapped(const void* address, bool counts = true);
  ~Mapped();
  Mapped(const Mapped&) = delete;

 private:
  const void* address_;
};

// Uses of devices' memory so far by kernels and copies of the default queue, numbered from 1; the number of the last one of the piece that `address` lies in.
uint64_t uses();
uint64_t last_use(const void* address);
uintptr_t piece_of(const void* address);  // its first page

}  // namespace emulation
#pragma GCC visibility pop
