// Permutations from random words: what a rank and the dealer both make of the same keys.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace crypten {

// Words for each column that a permutation of `rows` rows takes: rows − 1 for up to 2^12 rows, else twice as many. From uniform words of 64 bits the permutation is uniform up to a
// statistical distance below rows² / 2^65, and rows² / 2^129 for more than 2^12 rows: 2^-41 at most.
int64_t permutation_draws(int64_t rows);

// One permutation of rows for each column, from keys of sizes {permutation_draws(rows), columns} (Fisher and Yates): int64 {rows, columns}: row i of the result is row
// result[i] of what is permuted.
at::Tensor permutations(const at::Tensor& keys, int64_t rows);

// Rows of x, of sizes {rows, columns, …}, so permuted.
at::Tensor permute_rows(const at::Tensor& x, const at::Tensor& permutation);

}  // namespace crypten
