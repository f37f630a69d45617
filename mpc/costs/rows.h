// The rows of the cost table, by family, and what they are written with.
#pragma once

#include "mpc/cost.h"

namespace crypten::costs {

std::vector<CostRow> sharing_rows();     // encrypt, add, reveal
std::vector<CostRow> product_rows();     // multiply, square, matrix products
std::vector<CostRow> truncation_rows();  // truncate, chains
std::vector<CostRow> comparison_rows();  // compare, select, ReLU, maximum, AND
std::vector<CostRow> word_rows();        // shared words, tables, shuffles
std::vector<CostRow> function_rows();    // series: sine, sigmoid, GELU …; powers
std::vector<CostRow> division_rows();    // exponential, reciprocals, roots, logarithm

// Shares of numbers of moderate size, both signs; owned by rank 0.
ArithmeticShared fresh(Party& party, at::IntArrayRef sizes);
ArithmeticShared fresh_open(Party& party, at::IntArrayRef sizes);  // with its opening

// Which numbers fresh() makes, until it is said again: for tests that compare the traffic of different data. Not while rows run.
enum class Numbers { moderate, zeros, minus_ones, extremes };
void use_numbers(Numbers numbers);

// `bytes` to each of n − 1 peers.
Cost cost(uint64_t rounds, int64_t bytes, int64_t dealer_bytes, int world_size);

}  // namespace crypten::costs
