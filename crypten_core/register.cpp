// The torch operators of this library. Kernels that take keys are not among them: torch's profilers log what an operator is given.
#include <torch/library.h>

#include <tuple>

#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/carry_chunks.h"
#include "crypten_core/kernels/compare_bits.h"
#include "crypten_core/kernels/compare_places.h"
#include "crypten_core/kernels/digit_tables.h"
#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/narrow_tensor.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/power_sums.h"
#include "crypten_core/kernels/ring_conv.h"
#include "crypten_core/kernels/ring_matmul.h"
#include "crypten_core/kernels/select_words.h"
#include "crypten_core/kernels/series_sum.h"
#include "crypten_core/kernels/sums_of_planes.h"

namespace crypten {
namespace {

// The operand that is known to be narrow.
PublicOperand narrower(int64_t left_bits, int64_t right_bits) {
  if (left_bits < right_bits) return {PublicOperand::left, static_cast<int>(left_bits)};
  if (right_bits < 64) return {PublicOperand::right, static_cast<int>(right_bits)};
  return {};
}

at::Tensor matmul(const at::Tensor& a, const at::Tensor& b, int64_t a_bits, int64_t b_bits) { return ring_matmul(a, b, narrower(a_bits, b_bits)); }

at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef stride, at::IntArrayRef padding,
                  at::IntArrayRef dilation, int64_t groups, int64_t input_bits, int64_t weight_bits) {
  return ring_conv2d(input, weight, {{stride[0], stride[1]}, {padding[0], padding[1]}, {dilation[0], dilation[1]}, groups}, narrower(input_bits, weight_bits));
}

at::Tensor multiply_combine(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu,
                            const at::Tensor& product, bool add_public) {
  return multiply_combine_cpu(x, y, lambda, mu, product, add_public);
}
at::Tensor truncate_combine(const at::Tensor& opened, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits,
                            bool add_public) {
  return truncate_combine_cpu(opened, high, top, shift, bits, add_public);
}

at::Tensor slice(const at::Tensor& words, int64_t first_bit, int64_t count) { return slice_bits(words, static_cast<int>(first_bit), static_cast<int>(count)); }
at::Tensor unslice(const at::Tensor& planes, int64_t n, int64_t first_bit) { return unslice_bits(planes, n, static_cast<int>(first_bit)); }

at::Tensor look_up(const at::Tensor& numbers, const at::Tensor& tables, at::IntArrayRef lookups, int64_t result_planes, bool holds_one) {
  return look_up_digits(numbers, tables, lookups_of(lookups), result_planes, holds_one);
}

at::Tensor merge(at::TensorList planes, at::IntArrayRef merges, int64_t tiles, int64_t result_planes, bool holds_one) {
  return merge_pairs(merges_of(planes, merges), tiles, result_planes, holds_one);
}

using Tables = std::tuple<at::Tensor, at::Tensor, at::Tensor>;
Tables tables_of_digits(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits, bool holds_one) {
  const auto result = digit_tables(digits, tables, chunks, chunk_bits, holds_one);
  return {result.values, result.derived, result.flags};
}

at::Tensor add_pairs(const at::Tensor& a, const at::Tensor& b, at::IntArrayRef numbers, int64_t sums) { return sums_of_pairs(a, b, pairs_of(numbers, sums)); }

at::Tensor add_products(const at::Tensor& flags, const at::Tensor& bits, const at::Tensor& masks, const at::Tensor& products, at::IntArrayRef numbers, int64_t sums,
                        bool holds_one) {
  return sums_of_products({flags, bits, masks, products}, polynomials_of(numbers, sums), holds_one);
}

std::tuple<at::Tensor, at::Tensor> carries(const at::Tensor& words, const at::Tensor& masks, const at::Tensor& products, at::IntArrayRef chunks, int64_t word_bits, bool lift,
                                           int64_t opened_planes, bool holds_one) {
  return carry_chunks({words, masks, products, word_bits, lift}, carry_chunks_of(chunks), opened_planes, holds_one);
}

}  // namespace

TORCH_LIBRARY(crypten, m) {
  // bits: all words of that operand are signed numbers of so many.
  m.def("ring_matmul(Tensor a, Tensor b, int a_bits=64, int b_bits=64) -> Tensor");
  m.def("ring_conv2d(Tensor input, Tensor weight, int[2] stride, int[2] padding, int[2] dilation, int groups, int input_bits=64, int weight_bits=64) -> Tensor");
  m.def("multiply_combine(Tensor x, Tensor y, Tensor lambda, Tensor mu, Tensor product, bool add_public) -> Tensor");
  m.def("truncate_combine(Tensor opened, Tensor high, Tensor top, int shift, int bits, bool add_public) -> Tensor");
  m.def("truncated(Tensor opened, int shift, int bits) -> Tensor");
  m.def("sum(Tensor[] parts) -> Tensor");
  m.def("slice_bits(Tensor words, int first_bit, int count) -> Tensor");
  m.def("unslice_bits(Tensor planes, int n, int first_bit) -> Tensor");
  m.def("bit_to_words(Tensor plane, int n) -> Tensor");
  m.def("difference_or_second(Tensor plane, bool inverted, Tensor a, Tensor b) -> Tensor");
  m.def("unpack_narrow(Tensor words, int bits, int[] sizes) -> Tensor");
  m.def("series_sum(Tensor angles, Tensor shares, Tensor terms, int up, int down, int constant) -> Tensor");
  m.def("power_sums(Tensor opened, Tensor[] tables, Tensor factors, int offset, int low_bits, int slope, int groups) -> Tensor");
  m.def("add_or_complement(Tensor(a!) sum, Tensor plane, Tensor a, bool holds_one) -> ()");
  m.def("pack_planes(Tensor planes, int n) -> Tensor");
  m.def("unpack_planes(Tensor words, int n, int planes) -> Tensor");
  m.def("digit_tables(Tensor digits, Tensor tables, int chunks, int chunk_bits, bool holds_one) -> (Tensor, Tensor, Tensor)");
  // Lists as kernels/sums_of_planes.h writes them.
  m.def("sums_of_pairs(Tensor a, Tensor b, int[] pairs, int sums) -> Tensor");
  m.def("sums_of_products(Tensor flags, Tensor bits, Tensor masks, Tensor products, int[] polynomials, int sums, bool holds_one) -> Tensor");
  // Descriptions as kernels/carry_chunks.h writes them.
  m.def("carry_chunks(Tensor words, Tensor masks, Tensor products, int[] chunks, int word_bits, bool lift, int opened_planes, bool holds_one) -> (Tensor, Tensor)");
  // Descriptions as kernels/compare_places.h writes them.
  m.def("look_up_digits(Tensor numbers, Tensor tables, int[] lookups, int result_planes, bool holds_one) -> Tensor");
  m.def("merge_pairs(Tensor[] planes, int[] merges, int tiles, int result_planes, bool holds_one) -> Tensor");
}

TORCH_LIBRARY_IMPL(crypten, CPU, m) {
  m.impl("ring_matmul", matmul);
  m.impl("ring_conv2d", conv2d);
  m.impl("multiply_combine", multiply_combine);
  m.impl("truncate_combine", truncate_combine);
  m.impl("truncated", truncated_cpu);
  m.impl("sum", sum_cpu);
  m.impl("slice_bits", slice);
  m.impl("unslice_bits", unslice);
  m.impl("bit_to_words", bit_to_words);
  m.impl("difference_or_second", difference_or_second);
  m.impl("unpack_narrow", unpack_narrow_cpu);
  m.impl("series_sum", series_sum_cpu);
  m.impl("power_sums", power_sums_cpu);
  m.impl("add_or_complement", add_or_complement);
  m.impl("pack_planes", pack_planes);
  m.impl("unpack_planes", unpack_planes);
  m.impl("digit_tables", tables_of_digits);
  m.impl("sums_of_pairs", add_pairs);
  m.impl("sums_of_products", add_products);
  m.impl("carry_chunks", carries);
  m.impl("look_up_digits", look_up);
  m.impl("merge_pairs", merge);
}

}  // namespace crypten
