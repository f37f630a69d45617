#include "tests/cuda/emulation/queue.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "tests/cuda/emulation/memory.h"

namespace emulation {
namespace {

struct Copy {
  const void* memory;
  std::function<void()> run;
};
struct Queue {
  std::deque<Copy> pending;
  uint64_t finished = 0;
  uint64_t follows = 0;  // what the default queue had done when this one was last made to wait for it
};

std::recursive_mutex mutex;
std::map<c10::StreamId, Queue>& queues() {
  static auto* const all = new std::map<c10::StreamId, Queue>;
  return *all;
}
// Pieces of memory, and queues that use them: what the allocator was told.
std::set<std::pair<uintptr_t, c10::StreamId>>& kept() {
  static auto* const all = new std::set<std::pair<uintptr_t, c10::StreamId>>;
  return *all;
}
c10::StreamId last_queue = 0;

[[noreturn]] void defect(const char* what) {
  std::fprintf(stderr, "emulated device: %s\n", what);
  std::abort();
}

void run_until(c10::StreamId id, uint64_t end) {
  auto& queue = queues()[id];
  while (queue.finished < end && !queue.pending.empty()) {
    const auto copy = std::move(queue.pending.front());
    queue.pending.pop_front();
    ++queue.finished;
    copy.run();
  }
}

}  // namespace

bool is_default(const c10::Stream& queue) { return queue.id() == 0; }

c10::Stream new_queue(c10::Device device) {
  const std::lock_guard lock(mutex);
  queues()[++last_queue];
  return c10::Stream(c10::Stream::UNSAFE, device, last_queue);
}

void enqueue(const c10::Stream& stream, const void* memory, std::function<void()> copy) {
  const std::lock_guard lock(mutex);
  auto& queue = queues()[stream.id()];
  if (last_use(memory) > queue.follows) defect("a copy that does not wait for what its memory was used for before");
  queue.pending.push_back({memory, std::move(copy)});
}

Place end_of(const c10::Stream& stream) {
  const std::lock_guard lock(mutex);
  if (is_default(stream)) return {.queue = 0, .end = 0, .default_at = uses()};
  const auto& queue = queues()[stream.id()];
  return {.queue = stream.id(), .end = queue.finished + queue.pending.size(), .default_at = queue.follows};
}

void wait_for(const Place& place) {
  const std::lock_guard lock(mutex);
  if (place.queue != 0) run_until(place.queue, place.end);
}

void wait_for(const Place& place, const c10::Stream& stream) {
  wait_for(place);
  const std::lock_guard lock(mutex);
  if (!is_default(stream)) queues()[stream.id()].follows = std::max(queues()[stream.id()].follows, place.default_at);
}

bool done(const Place& place) {
  const std::lock_guard lock(mutex);
  return place.queue == 0 || queues()[place.queue].finished >= place.end;
}

void finish(const c10::Stream& stream) { wait_for(end_of(stream)); }

void keep_for(const c10::Stream& stream, const void* memory) {
  const std::lock_guard lock(mutex);
  kept().insert({piece_of(memory), stream.id()});
}

void before_release(const void* memory) {
  const std::lock_guard lock(mutex);
  const auto piece = piece_of(memory);
  for (auto& [id, queue] : queues()) {
    if (kept().count({piece, id}) > 0) run_until(id, queue.finished + queue.pending.size());
    for (const auto& copy : queue.pending)
      if (piece_of(copy.memory) == piece) defect("memory that is given back while a copy is pending of which the allocator was not told");
  }
  kept().erase(kept().lower_bound({piece, 0}), kept().upper_bound({piece, INT64_MAX}));
}

}  // namespace emulation
