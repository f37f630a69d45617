#include "crypten_core/kernels/phasor_runs.h"

#include "crypten_core/kernels/series_lanes.h"
#include "crypten_core/trigonometry.h"

namespace crypten {
namespace {

Phasor phasor_at(PhasorRun run, size_t i) { return {run.cosine[i], run.sine[i]}; }
void write_phasor(PhasorRun run, size_t i, const Phasor& value) {
  run.cosine[i] = static_cast<int32_t>(value.cosine);
  run.sine[i] = static_cast<int32_t>(value.sine);
}

void phasors_portable(const uint64_t* angles, int up, PhasorRun out, size_t count) {
  for (size_t i = 0; i < count; ++i) write_phasor(out, i, phasor(static_cast<uint32_t>(angles[i] << up)));
}

void turn_portable(PhasorRun multiple, PhasorRun one, size_t count) {
  for (size_t i = 0; i < count; ++i) write_phasor(multiple, i, phasor_at(multiple, i) * phasor_at(one, i));
}

void add_harmonic_portable(const HarmonicFactors& factors, PhasorRun multiple, const uint64_t* cosine_shares, const uint64_t* sine_shares, uint64_t* sums,
                           size_t count) {
  for (size_t i = 0; i < count; ++i)
    sums[i] += series_lanes::harmonic(phasor_at(multiple, i), factors.a, factors.b, factors.down, cosine_shares[i], sine_shares[i]);
}

void scaled_portable(const int32_t* values, int down, uint64_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = static_cast<uint64_t>(down == 0 ? int64_t{values[i]} : rounded_shift(values[i], down));
}

}  // namespace

const PhasorRuns kPhasorRunsPortable{phasors_portable, turn_portable, add_harmonic_portable, scaled_portable};

}  // namespace crypten
