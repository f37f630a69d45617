// The rows of the cost table, by family, and what they are written with.
#pragma once

#include <initializer_list>

#include "mpc/cost.h"

namespace crypten::costs {

std::vector<CostRow> sharing_rows();     // encrypt, add, reveal
std::vector<CostRow> product_rows();     // multiply, square, matrix products
std::vector<CostRow> truncation_rows();  // truncate, chains
std::vector<CostRow> comparison_rows();  // compare, select, ReLU, maximum, AND
std::vector<CostRow> word_rows();        // shared words, tables, shuffles
std::vector<CostRow> function_rows();    // series: sine, sigmoid, GELU …; powers
std::vector<CostRow> division_rows();    // exponential, reciprocals, roots, logarithm
std::vector<CostRow> bounded_rows();     // with a public bound on |x|
std::vector<CostRow> composed_rows();    // what is built from those: quotients, softmax, statistics, normalisation

// Shares of numbers of moderate size, both signs; owned by rank 0.
ArithmeticShared fresh(Party& party, at::IntArrayRef sizes);
ArithmeticShared fresh_open(Party& party, at::IntArrayRef sizes);  // with its opening

// Which numbers fresh() makes, until it is said again: for tests that compare the traffic of different data. Not while rows run.
enum class Numbers { moderate, zeros, minus_ones, extremes };
void use_numbers(Numbers numbers);

// Bytes that one party sends to another one, and that the dealer transmits.
struct Traffic {
  int64_t sent = 0, dealt = 0;
};
// What the dealer transmits for tensors of so many additive shares each, modulo 2^width for each of `widths`: bits without gaps, each tensor in whole bytes.
int64_t shares_dealt(int64_t elements, std::initializer_list<int> widths);
// Of a root of x: its class from low_bit on, the series' public factors, what is kept of it, the last truncation's shift.
Traffic root_traffic(int64_t elements, int low_bit, int factor_bits, int kept, int last_shift, int chunks = 8);
// Of 1/x before its truncation, x closed: chunks of 4 bits from low_bit on; the series in a ring of that many bits (softmax: 42).
Traffic long_reciprocal_traffic(int64_t elements, int low_bit, int chunks, bool both_signs, int series_bits = 40);
// Of log x, x closed; of e^x for x ≤ 0.9 with that many fractional bits.
Traffic log_traffic(int64_t elements, int low_bit);
Traffic light_exp_traffic(int64_t elements, int fraction_bits);

// Of the maximum of each of `rows` rows of so many candidates, value only, as it is played (mpc/protocol/tournament.h).
struct MaximumTraffic {
  uint64_t rounds = 0;
  Traffic traffic;
};
MaximumTraffic maximum_traffic(int64_t rows, int64_t candidates);

// `bytes` to each of n − 1 peers.
Cost cost(uint64_t rounds, int64_t bytes, int64_t dealer_bytes, int world_size);

}  // namespace crypten::costs
