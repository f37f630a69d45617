#include "mpc/provider/permutation.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/aten.h"

using namespace crypten;

TEST_CASE("all orders of four rows are equally frequent, over all keys modulo 2 · 3 · 4") {
  std::vector<int64_t> keys;
  for (int64_t a = 0; a < 2; ++a)
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t c = 0; c < 4; ++c) keys.insert(keys.end(), {a, b, c});
  const auto orders = permutations(at::tensor(keys, at::kLong).view({24, 3}).t().contiguous(), 4);
  std::map<std::vector<int64_t>, int> seen;
  for (int64_t k = 0; k < 24; ++k) {
    const auto order = orders.select(1, k).contiguous();
    ++seen[std::vector<int64_t>(order.const_data_ptr<int64_t>(), order.const_data_ptr<int64_t>() + 4)];
  }
  CHECK(seen.size() == 24);
}

TEST_CASE("many rows take words of 128 bits, and are permuted all the same") {
  CHECK(permutation_draws(0) == 0);
  CHECK(permutation_draws(1) == 0);
  CHECK(permutation_draws(4096) == 4095);
  CHECK(permutation_draws(4097) == 2 * 4096);
  // Words that are all ones: 2^128 − 1 modulo 4097 is not 2^64 − 1 modulo 4097.
  const auto ones = at::zeros({permutation_draws(4097), 1}, at::kLong) - 1;
  const auto order = permutations(ones, 4097);
  CHECK(std::get<0>(order.sort(0)).flatten().equal(at::arange(4097)));
  unsigned __int128 all = 0;
  all = ~all;
  CHECK(order[4096][0].item<int64_t>() == static_cast<int64_t>(static_cast<uint64_t>(all % 4097)));  // the last row was exchanged with that one, first of all
  CHECK(static_cast<uint64_t>(all % 4097) != ~uint64_t{0} % 4097);
}

TEST_CASE("rows move as a whole, by column") {
  const auto x = at::arange(24).view({3, 2, 4});
  const auto order = at::tensor(std::vector<int64_t>{2, 0, 0, 1, 1, 2}, at::kLong).view({3, 2});
  const auto moved = permute_rows(x, order);
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t column = 0; column < 2; ++column) CHECK(moved[row][column].equal(x[order[row][column].item<int64_t>()][column]));
}
