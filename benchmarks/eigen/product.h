// Products mod 2^64 by Eigen, for comparison. A folder of its own, because the file is compiled for the CPU of the machine that builds it.
#pragma once

#include <cstdint>

namespace crypten::benchmark {

// c = a·b, all row by row: a has `rows` rows of `length` words, b `length` rows of `columns`.
void eigen_product(const int64_t* a, const int64_t* b, int64_t* c, int64_t rows, int64_t length, int64_t columns);

}  // namespace crypten::benchmark
