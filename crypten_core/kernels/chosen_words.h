// Per element by a public bit, 64 elements at a time: bit i of one word of a bit plane is element i's. No tensors, since each version is compiled for its own instruction set.
#pragma once

#include <cstdint>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

struct ChosenWords {
  void (*bit)(uint64_t bits, uint64_t* out);                                                          // out_i = bit_i
  void (*constants)(uint64_t bits, uint64_t set, uint64_t clear, uint64_t* out);                      // out_i = bit_i ? set : clear
  void (*difference_or_second)(uint64_t bits, const uint64_t* a, const uint64_t* b, uint64_t* out);  // out_i = bit_i ? a_i − b_i : b_i
  void (*add_or_complement)(uint64_t bits, const uint64_t* a, uint64_t one, uint64_t* out);          // out_i += bit_i ? a_i : one − a_i
};

extern const ChosenWords kChosenWordsPortable, kChosenWordsAvx2, kChosenWordsAvx512;
inline constexpr KernelTable<const ChosenWords*> kChosenWords{{&kChosenWordsPortable, &kChosenWordsAvx2, &kChosenWordsAvx512}};

}  // namespace crypten
