// Kernels on the CPU: a block at a time, each of its threads as a fibre, which others run instead of while it waits at a barrier. The order in which threads
// take their turns changes from launch to launch (forwards, backwards, shuffled), so that a result which depends on it, as without a barrier that is needed,
// does not stay the same. A block whose threads do not all arrive at a barrier, or meet in different instructions, is a defect: the process says which and
// aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#pragma GCC visibility push(default)
namespace emulation {

struct Extent {
  unsigned x, y, z;
};
struct Grid {
  Extent blocks, threads;
  size_t shared_bytes;
};

// Runs the kernel's body for every thread of the grid. False: no device would take this grid.
bool launch(const void* kernel, const Grid& grid, const std::function<void()>& body);
// More shared memory for a kernel than 48 KiB. False: more than a multiprocessor has.
bool allow_shared(const void* kernel, int bytes);

// As many bytes as the launch gave, filled with garbage before each block; the page behind them is not there.
void* shared_memory();
// __syncthreads().
void meet_block();
// The 32 threads of a warp give an argument each; who comes last calls complete(arguments by lane), and all go on. `instruction` names what they meet in.
void meet_warp(const char* instruction, void* argument, void (*complete)(void* const* arguments));

// The same for the 128 threads of a warpgroup.
void meet_warpgroup(const char* instruction, void* argument, void (*complete)(void* const* arguments));
// Lets others run until holds(argument). A defect, `what`, if it never will.
void wait_until(const char* what, void* argument, bool (*holds)(void* argument));
// Bytes of the block's shared memory by the address that instructions take.
void* shared_at(uint32_t address, uint32_t bytes);

// Launches so far, on all host threads; on this one (clearing memory is one, too).
uint64_t launches();
uint64_t own_launches();
// From now on kernels count, and do nothing: for counting what a program launches, where what it computes does not matter.
void only_count(bool only);
// What devices say of themselves from now on: 10 · major + minor. 90 at first.
void set_compute_capability(int capability);
// Says what is wrong, and aborts.
[[noreturn]] void defect(const char* what);

}  // namespace emulation
#pragma GCC visibility pop
