// Groups of eight numbers of k bits, which begin and end with a byte (layout: kernels/narrow_words.h), on the widest registers there are. No tensors, since
// each version is compiled for its own instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypten_core/kernels/dispatch.h"

namespace crypten {

inline constexpr size_t kNarrowGroup = 8;   // elements
inline constexpr size_t kNarrowSlack = 16;  // bytes that a read may reach beyond its group

struct NarrowGroups {
  // bits: 1 … 64. The low bits of 8 · groups words, as bits · groups bytes, and back: zero-extended.
  void (*pack)(const uint64_t* words, int bits, size_t groups, std::byte* out);
  void (*unpack)(const std::byte* from, int bits, size_t groups, uint64_t* out);
};

extern const NarrowGroups kNarrowGroupsPortable, kNarrowGroupsAvx2;
extern const NarrowGroups kNarrowGroupsVbmi;  // with what not every CPU with AVX-512 has: any bytes of a register (VBMI)
inline constexpr KernelTable<const NarrowGroups*> kNarrowGroups{{&kNarrowGroupsPortable, &kNarrowGroupsAvx2}};

bool has_vbmi();  // this CPU has what kNarrowGroupsVbmi needs
// The version that runs when `path` is chosen.
const NarrowGroups& narrow_groups(KernelPath path);

}  // namespace crypten
