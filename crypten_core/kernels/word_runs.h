// Arithmetic of elements on runs of words, on the widest registers there are. No tensors, since each version is compiled for its own
// instruction set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/kernels/elementwise.h"

namespace crypten {

// out_i = function(in_i …), i < count. `out` may be one of the operands.
template <class Function, size_t kOperands>
using MapWords = void (*)(const Function& function, const std::array<const uint64_t*, kOperands>& in, uint64_t* out, size_t count);

struct WordRuns {
  // a_i is combined with b_i.
  void (*add)(uint64_t* a, const uint64_t* b, size_t count);
  void (*subtract)(uint64_t* a, const uint64_t* b, size_t count);
  void (*multiply)(uint64_t* a, const uint64_t* b, size_t count);
  void (*exclusive_or)(uint64_t* a, const uint64_t* b, size_t count);
  // out_i = a_i − b_i. `out` may be either.
  void (*difference)(const uint64_t* a, const uint64_t* b, uint64_t* out, size_t count);
  MapWords<elementwise::MultiplyCombine, 5> multiply_combine;
  MapWords<elementwise::TruncateCombine, 3> truncate_combine;
  // Both public parts of a truncation, from one reading.
  void (*truncated)(const elementwise::Truncation& truncation, const uint64_t* opened, uint64_t* value, uint64_t* wrap, size_t count);
};

extern const WordRuns kWordRunsPortable, kWordRunsAvx2, kWordRunsAvx512;
inline constexpr KernelTable<const WordRuns*> kWordRuns{{&kWordRunsPortable, &kWordRunsAvx2, &kWordRunsAvx512}};

}  // namespace crypten
