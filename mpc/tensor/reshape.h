// Views, joins and padding of private tensors. All local: 0 rounds, 0 bytes, nothing opened. Views keep a cached opening and a pending truncation in common with
// their source; joins and padding bring all to one scale, exactly, and start without an opening.
// Throws: InvalidArgument 402, 411 (reshape, expand), 417 (pad), 418 (cat, stack), 422 (dimension twice); IndexError 412. On all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

MPCTensor reshape(const MPCTensor& x, at::IntArrayRef sizes);  // one −1 is inferred
MPCTensor flatten(const MPCTensor& x, int64_t start = 0, int64_t end = -1);
MPCTensor permute(const MPCTensor& x, at::IntArrayRef dims);
MPCTensor transpose(const MPCTensor& x, int64_t a, int64_t b);
MPCTensor expand(const MPCTensor& x, at::IntArrayRef sizes);  // −1: as it is
MPCTensor squeeze(const MPCTensor& x, std::optional<int64_t> dim = std::nullopt);
MPCTensor unsqueeze(const MPCTensor& x, int64_t dim);
MPCTensor cat(const std::vector<MPCTensor>& tensors, int64_t dim = 0);
MPCTensor stack(const std::vector<MPCTensor>& tensors, int64_t dim = 0);
// Pairs (before, after) from the last dimension on, as torch.nn.functional.pad; a negative one crops.
MPCTensor pad(const MPCTensor& x, at::IntArrayRef pad, const Plain& value = Plain(0));

}  // namespace crypten
