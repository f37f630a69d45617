// Queues of an emulated device beside its default one: copies that are done when somebody waits for them (torch_device.h).
#pragma once

#include <c10/core/Stream.h>

#include <cstdint>
#include <functional>

namespace emulation {

// A place in a queue: everything before it.
struct Place {
  c10::StreamId queue = 0;
  uint64_t end = 0;         // copies
  uint64_t default_at = 0;  // what the default queue had done when it was taken
};

bool is_default(const c10::Stream& queue);
c10::Stream new_queue(c10::Device device);
// Behind all that the queue has. `memory`: on a device, which the copy reads or writes.
void enqueue(const c10::Stream& queue, const void* memory, std::function<void()> copy);
Place end_of(const c10::Stream& queue);
void wait_for(const Place& place);                            // the host: what is before it is done now
void wait_for(const Place& place, const c10::Stream& queue);  // the queue
bool done(const Place& place);
void finish(const c10::Stream& queue);
// The allocator knows that the queue uses this memory.
void keep_for(const c10::Stream& queue, const void* memory);
// Before memory is given back: copies of which the allocator was told are done; others are a defect.
void before_release(const void* memory);

}  // namespace emulation
