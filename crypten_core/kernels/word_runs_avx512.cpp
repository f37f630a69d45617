#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/kernels/word_runs_lanes.h"

namespace crypten {
namespace {

using Words64 __attribute__((vector_size(64))) = uint64_t;

}  // namespace

extern const WordRuns kWordRunsAvx512 = word_runs<Words64, Words64>();

}  // namespace crypten
