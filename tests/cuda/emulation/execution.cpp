#include "tests/cuda/emulation/execution.h"

#include <cuda_runtime.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

#include "mpc/fiber_annotations.h"
#include "tests/cuda/emulation/asynchronous.h"
#include "tests/cuda/emulation/matrix_instruction.h"
#include "tests/cuda/emulation/memory.h"

constinit thread_local emulation::Extent threadIdx{}, blockIdx{}, blockDim{}, gridDim{};

namespace emulation {
namespace {

namespace context = boost::context;

constexpr size_t kStackBytes = size_t{256} << 10;
constexpr unsigned kWarp = 32, kWarpgroup = 128, kMostThreads = 1024, kMostBlocks = (1U << 31) - 1;
constexpr int kSharedAtOnce = 48 << 10, kSharedOfDevice = 227 << 10;  // bytes: of a block without cudaFuncSetAttribute, and at most
constexpr size_t kPage = 4096;

std::atomic<uint64_t> all_launches{0};
std::atomic<int> compute_capability{90};

// Who waits for whom.
struct Meeting {
  unsigned arrived = 0;
  const char* instruction = nullptr;
  void* arguments[kWarpgroup] = {};
  std::vector<struct Worker*> waiting;
};

// A fibre that runs threads of the block one after another, as long as they do not wait.
struct Worker {
  context::fiber here, scheduler;
  crypten::FiberAnnotation own, schedulers;
  context::stack_context stack{};
  unsigned number = 0;  // of its thread
  bool idle = true;
};

// Each host thread runs launches of its own.
class Executor {
 public:
  Executor() : dynamic_(reserve_shared()) {}
  Executor(const Executor&) = delete;
  ~Executor() {
    ending_ = true;
    for (auto& worker : workers_) {
      resume(*worker);
      worker->own.destroyed();
      stacks_.deallocate(worker->stack);
    }
    munmap(dynamic_, kSharedRoom + kPage);
  }

  void run(const Grid& grid, const std::function<void()>& body) {
    grid_ = grid;
    body_ = &body;
    blockDim = grid.threads, gridDim = grid.blocks;
    std::mt19937_64 order(launch_);
    const unsigned blocks = grid.blocks.x;
    const auto variant = launch_++ % 3;  // forwards, backwards, shuffled
    order_.resize(grid.threads.x);
    std::iota(order_.begin(), order_.end(), 0U);
    if (variant == 1) std::reverse(order_.begin(), order_.end());
    last_first_ = variant == 1;
    const OnDevice here;
    for (unsigned i = 0; i < blocks; ++i) {
      if (variant == 2) std::shuffle(order_.begin(), order_.end(), order);
      run_block(variant == 1 ? blocks - 1 - i : i);
    }
  }

  void* shared() const { return dynamic_ + kSharedRoom - shared_used(); }

  void meet(Meeting& meeting, unsigned size, const char* instruction, void* argument, unsigned seat, void (*complete)(void* const*)) {
    if (meeting.arrived > 0 && meeting.instruction != instruction) defect("threads of a warp or a warpgroup meet in different instructions");
    meeting.instruction = instruction;
    if (complete) meeting.arguments[seat] = argument;
    if (++meeting.arrived < size) {
      meeting.waiting.push_back(running_);
      return leave();
    }
    if (complete) complete(meeting.arguments);
    meeting.arrived = 0;
    fruitless_ = 0;
    for (Worker* waiting : meeting.waiting) last_first_ ? ready_.push_front(waiting) : ready_.push_back(waiting);
    meeting.waiting.clear();
  }
  void meet_block() { meet(block_, grid_.threads.x, "__syncthreads", nullptr, 0, nullptr); }
  void meet_warp(const char* instruction, void* argument, void (*complete)(void* const*)) {
    if (grid_.threads.x % kWarp != 0) defect("a warp of fewer than 32 threads");
    const unsigned number = running_->number;
    meet(warps_[number / kWarp], kWarp, instruction, argument, number % kWarp, complete);
  }
  void meet_warpgroup(const char* instruction, void* argument, void (*complete)(void* const*)) {
    if (grid_.threads.x % kWarpgroup != 0) defect("a warpgroup of fewer than 128 threads");
    const unsigned number = running_->number;
    meet(warpgroups_[number / kWarpgroup], kWarpgroup, instruction, argument, number % kWarpgroup, complete);
  }
  void wait_until(const char* what, void* argument, bool (*holds)(void*)) {
    while (!holds(argument)) {
      // Everybody had a turn, and nobody got any further.
      if (++fruitless_ > 4 * grid_.threads.x) defect(what);
      ready_.push_back(running_);
      leave();
    }
    fruitless_ = 0;
  }
  size_t shared_offset(const void* place) const { return static_cast<size_t>(static_cast<const char*>(place) - dynamic_); }
  void* shared_at(size_t offset, size_t bytes) const {
    if (offset + bytes > kSharedRoom || offset < kSharedRoom - shared_used()) defect("an address outside of the block's shared memory");
    return dynamic_ + offset;
  }

 private:
  static constexpr size_t kSharedRoom = (kSharedOfDevice + kPage - 1) / kPage * kPage;

  static char* reserve_shared() {
    void* const room = mmap(nullptr, kSharedRoom + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) defect("no room for shared memory");
    mprotect(static_cast<char*>(room) + kSharedRoom, kPage, PROT_NONE);
    return static_cast<char*>(room);
  }
  size_t shared_used() const { return (grid_.shared_bytes + 15) / 16 * 16; }

  void run_block(unsigned block) {
    blockIdx = {block, 0, 0};
    if (grid_.shared_bytes > 0) std::memset(shared(), 0xa5, shared_used());
    next_ = 0, unfinished_ = grid_.threads.x;
    warps_.resize((grid_.threads.x + kWarp - 1) / kWarp);
    warpgroups_.resize((grid_.threads.x + kWarpgroup - 1) / kWarpgroup);
    fruitless_ = 0;
    start_block(grid_.threads.x);
    while (unfinished_ > 0) {
      if (next_ < order_.size()) {
        resume(*idle_worker());
      } else if (!ready_.empty()) {
        Worker* const worker = ready_.front();
        ready_.pop_front();
        resume(*worker);
      } else {
        defect("threads of a block wait at a barrier at which others do not arrive");
      }
    }
    finish_block();
  }

  Worker* idle_worker() {
    for (auto& worker : workers_)
      if (worker->idle) return worker.get();
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.stack = stacks_.allocate();
    worker.own.created(static_cast<char*>(worker.stack.sp) - worker.stack.size, worker.stack.size);
    const context::preallocated place(worker.stack.sp, worker.stack.size, worker.stack);
    worker.here = context::fiber(std::allocator_arg, place, Kept{}, [this, &worker](context::fiber&& scheduler) {
      worker.own.entered(worker.schedulers);
      worker.scheduler = std::move(scheduler);
      while (!ending_) {
        while (next_ < order_.size()) {
          worker.number = order_[next_++];
          worker.idle = false;
          threadIdx = {worker.number, 0, 0};
          (*body_)();
          --unfinished_, fruitless_ = 0;
        }
        worker.idle = true;
        leave();
      }
      worker.own.leave_for(worker.schedulers, true);
      return std::move(worker.scheduler);
    });
    return &worker;
  }

  // Stacks stay as long as the executor.
  struct Kept {
    context::stack_context allocate() { return {}; }
    void deallocate(context::stack_context&) {}
  };

  void resume(Worker& worker) {
    running_ = &worker;
    threadIdx = {worker.number, 0, 0};
    worker.schedulers.leave_for(worker.own);
    worker.here = std::move(worker.here).resume();
    worker.schedulers.entered(worker.own);
    running_ = nullptr;
  }

  void leave() {
    Worker& worker = *running_;
    worker.own.leave_for(worker.schedulers);
    worker.scheduler = std::move(worker.scheduler).resume();
    worker.own.entered(worker.schedulers);
  }

  Grid grid_{};
  const std::function<void()>* body_ = nullptr;
  char* dynamic_;
  uint64_t launch_ = 0;
  std::vector<unsigned> order_;
  size_t next_ = 0;
  unsigned unfinished_ = 0, fruitless_ = 0;
  bool last_first_ = false, ending_ = false;
  std::deque<Worker*> ready_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* running_ = nullptr;
  Meeting block_;
  std::vector<Meeting> warps_, warpgroups_;
  context::protected_fixedsize_stack stacks_{kStackBytes};
};

Executor& executor() {
  thread_local Executor own;
  return own;
}

std::mutex shared_limits_mutex;
std::map<const void*, int> shared_limits;

}  // namespace

thread_local cudaError_t last_error = cudaSuccess;
thread_local uint64_t launches_here = 0;
std::atomic<bool> counts_only{false};

bool launch(const void* kernel, const Grid& grid, const std::function<void()>& body) {
  int most = kSharedAtOnce;
  {
    const std::lock_guard lock(shared_limits_mutex);
    if (const auto known = shared_limits.find(kernel); known != shared_limits.end()) most = known->second;
  }
  const bool possible = grid.blocks.x >= 1 && grid.blocks.x <= kMostBlocks && grid.threads.x >= 1 && grid.threads.x <= kMostThreads &&
                        grid.shared_bytes <= static_cast<size_t>(most);
  if (grid.blocks.y != 1 || grid.blocks.z != 1 || grid.threads.y != 1 || grid.threads.z != 1) defect("grids of more than one dimension are not emulated");
  if (!possible) {
    last_error = cudaErrorInvalidConfiguration;
    return false;
  }
  ++all_launches, ++launches_here;
  if (!counts_only) executor().run(grid, body);
  return true;
}

bool allow_shared(const void* kernel, int bytes) {
  if (bytes < 0 || bytes > kSharedOfDevice) return false;
  const std::lock_guard lock(shared_limits_mutex);
  shared_limits[kernel] = bytes;
  return true;
}

void* shared_memory() { return executor().shared(); }
void meet_block() { executor().meet_block(); }
void meet_warp(const char* instruction, void* argument, void (*complete)(void* const* arguments)) { executor().meet_warp(instruction, argument, complete); }
void meet_warpgroup(const char* instruction, void* argument, void (*complete)(void* const* arguments)) {
  executor().meet_warpgroup(instruction, argument, complete);
}
void wait_until(const char* what, void* argument, bool (*holds)(void*)) { executor().wait_until(what, argument, holds); }
uint32_t shared_address(const void* shared) { return static_cast<uint32_t>(executor().shared_offset(shared)); }
void* shared_at(uint32_t address, uint32_t bytes) { return executor().shared_at(address, bytes); }
uint64_t launches() { return all_launches; }
uint64_t own_launches() { return launches_here; }
void only_count(bool only) { counts_only = only; }

void defect(const char* what) {
  std::fprintf(stderr, "emulated device: %s\n", what);
  std::abort();
}

void set_compute_capability(int capability) { compute_capability = capability; }

void multiply_bytes(int32_t (&sums)[4], const uint32_t (&a)[4], const uint32_t (&b)[2], bool signed_a) {
  Fragments own{a, b, sums, signed_a};
  meet_warp(signed_a ? "mma.sync of s8" : "mma.sync of u8", &own, [](void* const* arguments) {
    std::array<Fragments, 32> lanes;
    for (size_t lane = 0; lane < lanes.size(); ++lane) lanes[lane] = *static_cast<const Fragments*>(arguments[lane]);
    if (!multiply_fragments(lanes)) defect("an accumulator of a matrix instruction ran over");
  });
}

}  // namespace emulation

namespace {

void whole_warp(unsigned lanes) {
  if (lanes == ~0U) return;
  std::fprintf(stderr, "emulated device: a part of a warp\n");
  std::abort();
}

}  // namespace

unsigned __ballot_sync(unsigned lanes, int vote) {
  whole_warp(lanes);
  struct Ballot {
    bool vote;
    unsigned result;
  } own{vote != 0, 0};
  emulation::meet_warp("__ballot_sync", &own, [](void* const* arguments) {
    unsigned result = 0;
    for (unsigned lane = 0; lane < 32; ++lane) result |= unsigned{static_cast<Ballot*>(arguments[lane])->vote} << lane;
    for (unsigned lane = 0; lane < 32; ++lane) static_cast<Ballot*>(arguments[lane])->result = result;
  });
  return own.result;
}

unsigned long long __shfl_xor_sync(unsigned lanes, unsigned long long value, int distance) {
  whole_warp(lanes);
  struct Exchange {
    unsigned long long value, result;
    int distance;
  } own{value, 0, distance};
  emulation::meet_warp("__shfl_xor_sync", &own, [](void* const* arguments) {
    for (unsigned lane = 0; lane < 32; ++lane) {
      auto* const mine = static_cast<Exchange*>(arguments[lane]);
      mine->result = static_cast<const Exchange*>(arguments[lane ^ static_cast<unsigned>(mine->distance)])->value;
    }
  });
  return own.result;
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
  }
  return "unknown error";
}

cudaError_t cudaGetLastError() {
  const auto error = emulation::last_error;
  emulation::last_error = cudaSuccess;
  return error;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount:
      *value = 4;  // so that sums are cut into pieces at sizes that tests have
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor:
      *value = emulation::compute_capability / 10;
      return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor:
      *value = emulation::compute_capability % 10;
      return cudaSuccess;
  }
  return cudaErrorInvalidValue;
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t) {
  ++emulation::launches_here;
  const emulation::Mapped mapped(to);
  std::memset(to, value, bytes);
  return cudaSuccess;
}
