#include "crypten_core/kernels/ring_matmul.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/matrix_panels.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/thin_product.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

PackPanels columns_of(const RingKernels& kernels, const Matrix& b) { return pack_rows(b.data, b.column_stride, b.row_stride, kernels.pack_lines); }

// Whether `rows` rows against b are worth packing b: it costs more than so thin a product.
bool is_thin(const RingKernels& kernels, int64_t rows, const Matrix& b) {
  constexpr int64_t kAxpyRows = 3;
  if (b.column_stride == 1) return rows <= kAxpyRows;
  return b.row_stride == 1 && rows <= kernels.dot_rows;
}

// products[p] = (A, B); C p begins at c + p · rows · columns.
void multiply_all(const RingKernels& kernels, const std::vector<std::pair<Matrix, Matrix>>& products, uint64_t* c) {
  const auto& [a0, b0] = products.front();
  const int64_t rows = a0.rows, columns = b0.columns, length = a0.columns;
  if (is_thin(kernels.on_words(), rows, b0)) {
    for (const auto& [a, b] : products) c = (thin_product(kernels.on_words(), a, b, c, columns, 1), c + rows * columns);
    return;
  }
  if (is_thin(kernels.on_words(), columns, a0.transposed())) {
    for (const auto& [a, b] : products) c = (thin_product(kernels.on_words(), b.transposed(), a.transposed(), c, 1, columns), c + rows * columns);
    return;
  }
  const auto count = static_cast<int64_t>(products.size());
  const GemmTiles tiles(kernels, rows, columns, length, count, ThreadPool::process().threads());
  parallel_for(count * tiles.count(), tiles.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      const int64_t p = t / tiles.count();
      const auto& [a, b] = products[static_cast<size_t>(p)];
      tiles.run(t % tiles.count(), {a.data, a.row_stride, a.column_stride}, columns_of(kernels, b), {c + p * rows * columns, columns});
    }
  });
}

Matrix matrix_of(const at::Tensor& tensor) {
  return {words_of(tensor), tensor.size(-2), tensor.size(-1), tensor.stride(-2), tensor.stride(-1)};
}

}  // namespace

at::Tensor ring_matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known, KernelPath path) {
  return ring_matmul(a, b, known, *kRingKernels[path]);
}

at::Tensor ring_matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known, const RingKernels& kernels) {
  check_cpu_words("ring_matmul", a);
  check_cpu_words("ring_matmul", b);
  const auto sizes = Bilinear::matmul().output_sizes(a.sizes(), b.sizes());
  at::Tensor left = a.dim() == 1 ? a.unsqueeze(0) : a, right = b.dim() == 1 ? b.unsqueeze(1) : b;
  // One matrix on the right serves all matrices on the left: together they are one tall matrix.
  if (right.dim() == 2 && left.dim() > 2) left = left.reshape({-1, left.size(-1)});
  const int64_t rows = left.size(-2), columns = right.size(-1), length = left.size(-1);
  auto result = empty_words(sizes);
  if (result.numel() == 0) return result;
  if (length == 0) return result.zero_();

  const std::vector<int64_t> batch(sizes.begin(), sizes.end() - (a.dim() > 1) - (b.dim() > 1));
  const bool batched = left.dim() > 2 || right.dim() > 2;
  std::vector<std::pair<Matrix, Matrix>> products;
  if (!batched) {
    products.emplace_back(matrix_of(left), matrix_of(right));
  } else {
    std::vector<int64_t> left_sizes(batch), right_sizes(batch);
    left_sizes.insert(left_sizes.end(), {rows, length});
    right_sizes.insert(right_sizes.end(), {length, columns});
    left = left.expand(left_sizes);
    right = right.expand(right_sizes);
    const Matrix first_left = matrix_of(left), first_right = matrix_of(right);
    for (int64_t p = 0; p < result.numel() / (rows * columns); ++p) {
      Matrix x = first_left, y = first_right;
      int64_t rest = p;
      for (size_t d = batch.size(); d-- > 0; rest /= batch[d]) {
        x.data += rest % batch[d] * left.stride(static_cast<int64_t>(d));
        y.data += rest % batch[d] * right.stride(static_cast<int64_t>(d));
      }
      products.emplace_back(x, y);
    }
  }
  multiply_all(for_public(kernels.for_shape(rows, columns, length), known), products, mutable_words_of(result));
  return result;
}

}  // namespace crypten
