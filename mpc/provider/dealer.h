// The dealer is a pure function: correction = deal(streams of all ranks, request). It sees no input, no share and no opened value.
#pragma once

#include "crypten_core/byte_vector.h"
#include "mpc/provider/mask_values.h"

namespace crypten {

// For each tensor f that the request defines (dealt_shapes), the share of the rank request.corrected, f − Σ_{other ranks} PRG share, in that order, packed:
// additive shares as kernels/narrow_words.h packs DealtShape::width bits, bit planes as pack() of kernels/bit_slice.h.
// `kept`: masks that the session's requests share, which change no answer. World size 1: the share is f itself. Throws InvalidArgument for a request that fits no operation, or that names no rank.
ByteVector deal(const DealerStreams& streams, const Ring& ring, const Request& request, const MaskCache::Session* kept = nullptr);

}  // namespace crypten
