// How the shares of one dealt tensor lie in an output stream and in a correction. Both sides of the dealer's work: what other ranks expand, the dealer subtracts.
// In a stream: additive shares modulo 2^k lie back to back, k bits each (kernels/narrow_words.h), planes as in memory. In a correction: the same bits, planes as pack().
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "crypten_core/lazy_words.h"
#include "crypten_core/prg.h"
#include "mpc/provider/clear_value.h"
#include "mpc/provider/requests.h"

namespace crypten {

// A share from a stream, words from `position` on: int64 in shape.sizes (zero-extended), or planes [tiles, planes, 8] with unused lanes zero.
// On another device than the CPU, all of it happens there. On the CPU, words of a large additive share are made where they are read.
LazyWords expand_share(std::shared_ptr<const WordSource> stream, uint64_t position, const DealtShape& shape, at::Device device = at::kCPU);

// The corrected rank's: `clear` − Σ (XOR for planes) of what the streams of the other ranks give. out.size() = shape.correction_bytes().
void write_correction(const ClearValue& clear, std::span<const std::shared_ptr<const WordSource>> others, uint64_t position, const DealtShape& shape,
                      std::span<std::byte> out);

// Elements first … first + out.size() − 1 of such a share, in row-major order, without the others: for shares that are read once and are too large to keep. Additive only.
void expand_part(const WordSource& stream, uint64_t position, const DealtShape& shape, int64_t first, std::span<uint64_t> out);
// The same from a correction.
void read_part(std::span<const std::byte> correction, const DealtShape& shape, int64_t first, std::span<uint64_t> out);

// The share that a correction is. `owner` keeps the bytes alive: on the CPU shares of 64 bits, and planes in whole tiles, stay where they are if they are aligned. To
// another device a correction goes as it came, k bits an element, behind what was copied there before (device_copies.h), and is unpacked there; the host waits for none of
// it.
LazyWords read_correction(std::span<const std::byte> correction, const DealtShape& shape, std::shared_ptr<const void> owner, at::Device device = at::kCPU);

}  // namespace crypten
