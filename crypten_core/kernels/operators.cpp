#include "crypten_core/kernels/operators.h"

#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/narrow_tensor.h"
#include "crypten_core/kernels/power_sums.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "crypten_core/kernels/series_sum.h"

namespace crypten::operators {
at::Tensor matmul(const at::Tensor& a, const at::Tensor& b, PublicOperand known) {
  if (on_cpu("matmul", {a, b})) return ring_matmul(a, b, known);
  return registered<at::Tensor(const at::Tensor&, const at::Tensor&, int64_t, int64_t)>("ring_matmul", a).call(a, b, known.left_bits(), known.right_bits());
}

at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, const Conv2dOptions& options, PublicOperand known) {
  if (on_cpu("conv2d", {input, weight})) return ring_conv2d(input, weight, options, known);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, int64_t, int64_t, int64_t);
  return registered<Signature>("ring_conv2d", input)
      .call(input, weight, options.stride, options.padding, options.dilation, options.groups, known.left_bits(), known.right_bits());
}

at::Tensor multiply_combine(const LazyWords& x, const LazyWords& y, const LazyWords& lambda, const LazyWords& mu, const LazyWords& product,
                            bool add_public) {
  if (on_cpu("multiply_combine", {x.device(), y.device(), lambda.device(), mu.device(), product.device()}))
    return multiply_combine_cpu(x, y, lambda, mu, product, add_public);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, bool);
  return registered<Signature>("multiply_combine", x.words())
      .call(x.words(), y.words(), lambda.words(), mu.words(), product.words(), add_public);
}

at::Tensor truncate_combine(const LazyWords& opened, const LazyWords& high, const LazyWords& top, int64_t shift, int64_t bits,
                            bool add_public) {
  if (on_cpu("truncate_combine", {opened.device(), high.device(), top.device()}))
    return truncate_combine_cpu(opened, high, top, shift, bits, add_public);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t, int64_t, bool);
  return registered<Signature>("truncate_combine", opened.words()).call(opened.words(), high.words(), top.words(), shift, bits, add_public);
}

at::Tensor truncated(const at::Tensor& opened, int64_t shift, int64_t bits) {
  if (elsewhere(opened)) return registered<at::Tensor(const at::Tensor&, int64_t, int64_t)>("truncated", opened).call(opened, shift, bits);
  return truncated_cpu(opened, shift, bits);
}

at::Tensor unpack_narrow(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes) {
  if (elsewhere(words)) return registered<at::Tensor(const at::Tensor&, int64_t, at::IntArrayRef)>("unpack_narrow", words).call(words, bits, sizes);
  return unpack_narrow_cpu(words, bits, sizes);
}

at::Tensor series_sum(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down, int64_t constant) {
  if (on_cpu("series_sum", {angles, shares, terms})) return series_sum_cpu(angles, shares, terms, up, down, constant);
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t, int64_t, int64_t);
  return registered<Signature>("series_sum", angles).call(angles, shares, terms, up, down, constant);
}

at::Tensor power_sums(const at::Tensor& opened, const std::vector<at::Tensor>& tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope, int64_t groups) {
  std::vector<at::Tensor> operands{opened, factors};
  operands.insert(operands.end(), tables.begin(), tables.end());
  if (on_cpu("power_sums", operands)) return power_sums_cpu(opened, tables, factors, offset, low_bits, slope, groups);
  using Signature = at::Tensor(const at::Tensor&, at::TensorList, const at::Tensor&, int64_t, int64_t, int64_t, int64_t);
  return registered<Signature>("power_sums", opened).call(opened, tables, factors, offset, low_bits, slope, groups);
}

at::Tensor sum(const std::vector<at::Tensor>& parts) {
  if (on_cpu("sum", parts)) return sum_cpu(parts);
  return registered<at::Tensor(at::TensorList)>("sum", parts[0]).call(parts);
}

}  // namespace crypten::operators
