#include "benchmarks/eigen/product.h"

#include <Eigen/Core>

namespace crypten::benchmark {

// Unsigned, since only there a sum that does not fit is defined to wrap.
void eigen_product(const int64_t* a, const int64_t* b, int64_t* c, int64_t rows, int64_t length, int64_t columns) {
  using Words = Eigen::Matrix<uint64_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Words> left(reinterpret_cast<const uint64_t*>(a), rows, length),
      right(reinterpret_cast<const uint64_t*>(b), length, columns);
  Eigen::Map<Words>(reinterpret_cast<uint64_t*>(c), rows, columns).noalias() = left * right;
}

}  // namespace crypten::benchmark
