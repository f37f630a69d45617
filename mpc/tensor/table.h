// Tables read at private places (mpc/protocol/table.h): table[index] of 1 … 256 entries or rows, in the shape of the index and then of a row.
// `index`: whole numbers from 0 on, of any scale (comparison results and positions have no fractional bits; a pending truncation is done first). Beyond the table: 0 up to the next
// power of two, then from the beginning again. Numbers that are not whole give one of the entries beside them.
// Throws: InvalidArgument 401 … 403, 425 (a table without dimension); IndexError 414 (entries); on all ranks alike, before anything is sent.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/plain.h"

namespace crypten {

// A public table, with k = ⌈log2 entries⌉: 1 round, (k + fractional bits)/8 B, dealer 8·(2^k − 1) B an element of the index. Opens: the index modulo 2^k under a mask.
MPCTensor look_up(const Plain& table, const MPCTensor& index);
// A private one: 2 rounds, and 8 B·2^k for each index, 8 B for each entry of the table that is not open, dealer 8 B more for each result. Opens: one-hot vectors and the table under masks.
MPCTensor look_up(const MPCTensor& table, const MPCTensor& index);

}  // namespace crypten
