// Words picked along one dimension, and what is made of them, without torch's dispatcher where they lie on the CPU (word_tensor.h): for
// steps that take the elements of small tensors apart and put them together again. Places are public, 0 … size − 1; others are torch's to
// refuse.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace crypten {

// As torch's index_select(dim, places); of a device every so manieth word may be a view.
at::Tensor picked(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places);

// words[firsts[j]] − words[seconds[j]], mod 2^64. As many of either.
at::Tensor difference_of_picked(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& firsts,
                                const std::vector<int64_t>& seconds);

// words[places[j]] + added[j] + added[j + m] + …, mod 2^64, for j < m, where `added` has parts · m words along `dim`; words[places[j]] for
// j ≥ m.
at::Tensor picked_plus(const at::Tensor& words, int64_t dim, const std::vector<int64_t>& places, const at::Tensor& added, int64_t parts);

// Bit f of word j is words[places[f][j]], which is 0 or 1; then flips[j] is XORed to it, where flips are given.
at::Tensor bits_of_picked(const at::Tensor& words, int64_t dim, const std::vector<std::vector<int64_t>>& places,
                          const std::vector<int64_t>& flips);

// 0 … n − 1 along `dim`, n its size, and the same everywhere else.
at::Tensor numbers_along(at::IntArrayRef sizes, int64_t dim, at::Device device);

}  // namespace crypten
