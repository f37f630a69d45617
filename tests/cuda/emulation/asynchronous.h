// What a block of a device of compute capability 9.0 does beside its threads: products of warpgroups (wgmma) and copies into shared memory that announce
// themselves at barriers (cp.async.bulk, mbarrier), as the PTX ISA specifies them. Nothing of it may be seen before it was waited for, so each block does it
// either as early or as late as it may happen: products read shared memory when they are asked for or when they are waited for, copies arrive when they are
// started or when somebody waits for them. Meanwhile the accumulators hold garbage. Accumulators that run over, that are touched while a product is in flight
// or given to one without a fence, addresses that are not aligned, barriers that were not made or published, and products or copies that a block leaves behind
// are defects.
#pragma once

#include <cstdint>

#pragma GCC visibility push(default)
namespace emulation {

uint32_t shared_address(const void* shared);

inline constexpr int kProductSums = 128;
void begin_products();
// Matrix descriptors without swizzling; operands whose summed dimension is contiguous.
void multiply_later(int32_t (&sums)[kProductSums], uint64_t left, uint64_t right, bool add);
void group_products();
void wait_for_products(unsigned unfinished_groups);

void make_barrier(uint64_t* barrier);
void publish_barriers();
void expect_bytes(uint64_t* barrier, uint32_t bytes);
void copy_later(void* shared, const void* from, uint32_t bytes, uint64_t* barrier);
void wait_for_phase(uint64_t* barrier, uint32_t parity);

// For the executor: before and after the threads of a block run.
void start_block(unsigned threads);
void finish_block();

}  // namespace emulation
#pragma GCC visibility pop
