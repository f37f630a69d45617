#include "crypten_core/kernels/word_runs.h"

#include "crypten_core/kernels/word_runs_lanes.h"

namespace crypten {
namespace {

using Words16 __attribute__((vector_size(16))) = uint64_t;

}  // namespace

const WordRuns kWordRunsPortable =
    word_runs<Words16, uint64_t>();  // 128-bit registers belong to every x86-64, but not a multiplication of words in them

}  // namespace crypten
