// What a request may ask for. Requests come over the network: every number is checked before it is used.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "mpc/provider/requests.h"

namespace crypten {

inline constexpr uint64_t kMaxRank = 8;                          // dimensions of a tensor
inline constexpr uint64_t kMaxDimension = uint64_t{1} << 31;
inline constexpr uint64_t kMaxWords = uint64_t{1} << 31;         // of all masks that a request expands and all tensors that it defines
inline constexpr uint64_t kMaxPosition = uint64_t{1} << 37;      // end of a stream (crypten_core/prg.h)
inline constexpr uint64_t kMaxList = 1024;                       // items, pairs, summands of a mask, factors
inline constexpr uint64_t kMaxPlanes = 4096;                     // planes in a block of mask bits
inline constexpr int kMaxHarmonic = 256;                         // the largest multiple of an angle, and so the most of them
inline constexpr size_t kMaxFactors = 8;                         // of an AND
inline constexpr int kMaxLowDigit = 40, kMaxHighDigit = 6;         // bits of the digits of a power
inline constexpr int kMaxClassChunks = 16;                       // of a size class
inline constexpr int kMaxTableBits = 8;                          // of a place in a table
inline constexpr uint64_t kMaxRequestBytes = uint64_t{1} << 22;  // of a canonical request

// InvalidArgument status: sizes, strides, positions, widths or counts beyond these limits, or that do not belong together.
absl::Status check_request(const Request& request);
// Words of masks and terms that a request makes the dealer expand, at most kMaxWords: what answering it takes in memory, beside what it defines. Fails as check_request().
absl::StatusOr<uint64_t> request_words(const Request& request);
// The same for what the request defines.
absl::Status check_dealt(const std::vector<DealtShape>& shapes);
// Words that answering the request expands and defines, `shapes` those of dealt_shapes(): its memory, up to a small factor.
uint64_t request_words(const Request& request, const std::vector<DealtShape>& shapes);

}  // namespace crypten
