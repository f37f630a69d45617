// Permutations that nobody knows: one of each party, one after the other. Each is uniform and known to its party (and the dealer) alone, so their composition is uniform and
// unknown to every coalition of fewer than all parties.
//
// A party's turn: with λ a mask, x − λ is opened to that party only, which permutes it; everybody has dealt shares of the permuted λ. (The permute-and-share of Chase, Ghosh and
// Poburinnaya, ASIACRYPT 2020, with the dealer in place of oblivious transfer.)
#pragma once

#include <span>
#include <vector>

#include "mpc/party.h"

namespace crypten {

// Rows (dimension 0) in a random order, the same for all tensors. n rounds; of each element a party sends 8 B to one other in n − 1 of them, dealer 8·n B.
// `columns`: dimension 1 gets an independent permutation for each index, in tensors that have equal sizes there. One row: nothing is sent.
// Opens: x − λ, to one party in each round. Throws InvalidArgument: no tensor, one without dimension, different numbers of rows or columns.
enum class Orders { one, of_each_column };
std::vector<ArithmeticShared> shuffle(Party& party, std::span<const ArithmeticShared> tensors, Orders orders = Orders::one);
ArithmeticShared shuffle(Party& party, const ArithmeticShared& x);

// A random order of 0 … n − 1: rank 0 shares one, the others permute it. n_parties − 1 rounds; in all 8 B for each of the others' turns but the own one, dealer 8·(n_parties − 1) B.
ArithmeticShared random_permutation(Party& party, int64_t n, at::Device device = at::kCPU);

}  // namespace crypten
