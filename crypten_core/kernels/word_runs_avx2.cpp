#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/kernels/word_runs_lanes.h"

namespace crypten {
namespace {

using Words32 __attribute__((vector_size(32))) = uint64_t;

}  // namespace

extern const WordRuns kWordRunsAvx2 = word_runs<Words32, Words32>();

}  // namespace crypten
