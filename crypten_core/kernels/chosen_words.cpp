#include "crypten_core/kernels/chosen_words.h"

#include "crypten_core/kernels/bit_lanes.h"

namespace crypten {
namespace {

void bit_portable(uint64_t bits, uint64_t* out) {
  for (int i = 0; i < 64; ++i) out[i] = bits >> i & 1;
}

void constants_portable(uint64_t bits, uint64_t set, uint64_t clear, uint64_t* out) {
  for (int i = 0; i < 64; ++i) out[i] = bit_lanes::ChosenConstant{set, clear}(bits, i);
}

void difference_or_second_portable(uint64_t bits, const uint64_t* a, const uint64_t* b, uint64_t* out) {
  for (int i = 0; i < 64; ++i) out[i] = bit_lanes::DifferenceOrSecond{0}(bits, i, a[i], b[i]);
}

void add_or_complement_portable(uint64_t bits, const uint64_t* a, uint64_t one, uint64_t* out) {
  for (int i = 0; i < 64; ++i) {
    const uint64_t clear = (bits >> i & 1) - 1;  // all ones where the bit is clear: −a is ~a + 1
    out[i] += (a[i] ^ clear) + ((one + 1) & clear);
  }
}

}  // namespace

const ChosenWords kChosenWordsPortable{bit_portable, constants_portable, difference_or_second_portable, add_or_complement_portable};

}  // namespace crypten
