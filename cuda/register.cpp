// The CUDA kernels of the library's torch operators (schemas: crypten_core/register.cpp), and of its streams, whose keys do not pass through torch. Nobody
// includes this folder: loading the library registers it. What works on bit planes is in register_planes.cpp.
#include <ATen/ops/_int_mm.h>
#include <ATen/ops/from_blob.h>
#include <openssl/crypto.h>
#include <torch/library.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/bilinear.h"
#include "crypten_core/device_streams.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/narrow_tensor.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/power_sums.h"
#include "crypten_core/kernels/series_sum.h"
#include "cuda/aes_ctr.h"
#include "cuda/elementwise.h"
#include "cuda/narrow_words.h"
#include "cuda/on_device.h"
#include "cuda/powers.h"
#include "cuda/product_path.h"
#include "cuda/ring_product.h"
#include "cuda/ring_residues.h"
#include "cuda/series.h"

namespace crypten::cuda {
namespace {

// --- element-wise

// The operands broadcast to one shape, contiguous, and a result of that shape on their device.
template <size_t kCount>
struct Operands {
  OnDevice on;
  std::array<at::Tensor, kCount> tensors;
  at::Tensor result;

  Operands(const char* kernel, std::array<at::Tensor, kCount> given) : on(kernel, given), tensors(std::move(given)) {
    std::vector<int64_t> sizes;
    for (const auto& tensor : tensors) sizes = Bilinear::elementwise().output_sizes(sizes, tensor.sizes());
    for (auto& tensor : tensors) tensor = tensor.expand(sizes).contiguous();
    result = new_words(sizes, tensors[0]);
  }
  const uint64_t* in(size_t i) const { return words_of(tensors[i]); }
  uint64_t* out() const { return mutable_words_of(result); }
};

at::Tensor multiply_combine_cuda(const at::Tensor& x, const at::Tensor& y, const at::Tensor& lambda, const at::Tensor& mu, const at::Tensor& product,
                                 bool add_public) {
  const Operands<5> o("multiply_combine", {x, y, lambda, mu, product});
  check(multiply_combine(o.in(0), o.in(1), o.in(2), o.in(3), o.in(4), o.out(), o.result.numel(), add_public, o.on.stream), "multiply_combine");
  return o.result;
}

at::Tensor truncate_combine_cuda(const at::Tensor& opened, const at::Tensor& high, const at::Tensor& top, int64_t shift, int64_t bits, bool add_public) {
  check_truncation(shift, bits);
  const Operands<3> o("truncate_combine", {opened, high, top});
  check(truncate_combine(o.in(0), o.in(1), o.in(2), o.out(), o.result.numel(), static_cast<int>(shift), static_cast<int>(bits), add_public, o.on.stream),
        "truncate_combine");
  return o.result;
}

at::Tensor truncated_cuda(const at::Tensor& given, int64_t shift, int64_t bits) {
  check_truncation(shift, bits);
  const OnDevice on("truncated", {given});
  const auto opened = given.contiguous();
  auto result = new_words(pair_of(opened.sizes()), opened);
  uint64_t* const value = mutable_words_of(result);
  check(truncated(words_of(opened), value, value + opened.numel(), opened.numel(), static_cast<int>(shift), static_cast<int>(bits), on.stream), "truncated");
  return result;
}

at::Tensor sum_cuda(at::TensorList parts) {
  check_parts(parts);
  const OnDevice on("sum", parts);
  if (parts.size() == 1) return parts[0].clone(at::MemoryFormat::Contiguous);
  at::Tensor total = parts[0];
  for (const at::Tensor& part : parts.slice(1)) {
    const Operands<2> o("sum", {total, part});
    check(add(o.in(0), o.in(1), o.out(), o.result.numel(), on.stream), "sum");
    total = o.result;
  }
  return total;
}

// --- narrow words

at::Tensor unpack_narrow_cuda(const at::Tensor& words, int64_t bits, at::IntArrayRef sizes) {
  const OnDevice on("unpack_narrow", {words});
  check_narrow(words, bits, sizes);
  auto result = new_words(sizes, words);
  check(unpack_narrow(words_of(words), static_cast<int>(bits), result.numel(), mutable_words_of(result), on.stream), "unpack_narrow");
  return result;
}

// --- series

at::Tensor series_sum_cuda(const at::Tensor& angles, const at::Tensor& shares, const at::Tensor& terms, int64_t up, int64_t down, int64_t constant) {
  const OnDevice on("series_sum", {angles, shares, terms});
  check_series(angles, shares, terms, up, down);
  auto result = new_words(angles.sizes(), angles);
  const series_lanes::Sum sum{words_of(angles), words_of(shares),      angles.numel(),         terms.const_data_ptr<int64_t>(),
                              terms.size(1),    static_cast<int>(up), static_cast<int>(down), static_cast<uint64_t>(constant)};
  check(series_sum(sum, mutable_words_of(result), on.stream), "series_sum");
  return result;
}

// --- powers

at::Tensor power_sums_cuda(const at::Tensor& opened, at::TensorList tables, const at::Tensor& factors, int64_t offset, int64_t low_bits, int64_t slope, int64_t groups) {
  std::vector<at::Tensor> operands(tables.begin(), tables.end());
  operands.insert(operands.end(), {opened, factors});
  const OnDevice on("power_sums", operands);
  const auto sums = power_sums_of(opened, tables, factors, offset, low_bits, slope, groups);
  auto result = new_words({groups, opened.numel()}, opened);
  check(power_sums(sums, mutable_words_of(result), on.stream), "power_sums");
  return result;
}

// --- products

// Batches side by side as one dimension: a view where the strides allow it, else a copy.
at::Tensor batch_of(const at::Tensor& matrices, at::IntArrayRef batch) {
  std::vector<int64_t> sizes(batch.begin(), batch.end());
  sizes.insert(sizes.end(), {matrices.size(-2), matrices.size(-1)});
  return matrices.expand(sizes).reshape({-1, matrices.size(-2), matrices.size(-1)});
}

// torch's product of matrices of bytes, which is cuBLAS's.
MultiplyBytes bytes_by_torch(const at::Tensor& like) {
  return [options = like.options()](const void* left, const void* right, void* sums, int64_t rows, int64_t columns, int64_t length) {
    const auto matrix = [&](void* data, int64_t height, int64_t width, at::ScalarType type) {
      return at::for_blob(data, {height, width}).options(options.dtype(type)).target_device(options.device()).make_tensor();
    };
    auto out = matrix(sums, rows, columns, at::kInt);
    at::_int_mm_out(out, matrix(const_cast<void*>(left), rows, length, at::kChar), matrix(const_cast<void*>(right), columns, length, at::kChar).t());
  };
}

template <class B>
void multiply_words(const char* kernel, const ring_tiles::Matrix& a, const B& b, const ProductSizes& sizes, const ring_tiles::Result& result,
                    const at::Tensor& words, cudaStream_t stream) {
  bool has_wgmma = false;
  check(has_warpgroup_products(has_wgmma), kernel);
  const auto path = product_path(sizes, has_wgmma);
  if (path == ProductPath::mma) return check(multiply(a, b, sizes, result, words.numel(), stream), kernel);
  const bool by_torch = path == ProductPath::cublas;
  const auto plan = ring_residues::Plan::of(sizes.rows, sizes.columns, sizes.length, sizes.products, std::min(sizes.a_bits, sizes.b_bits), by_torch ? 4 : 1,
                                            kProductWorkspace);
  const at::Tensor workspace = at::empty({plan.bytes()}, words.options().dtype(at::kByte));
  const auto bytes = bytes_by_torch(words);
  check(multiply_residues(a, b, sizes, result, plan, workspace.mutable_data_ptr(), by_torch ? &bytes : nullptr, stream), kernel);
}

at::Tensor ring_matmul_cuda(const at::Tensor& a, const at::Tensor& b, int64_t a_bits, int64_t b_bits) {
  const OnDevice on("ring_matmul", {a, b});
  const auto sizes = Bilinear::matmul().output_sizes(a.sizes(), b.sizes());
  at::Tensor left = a.dim() == 1 ? a.unsqueeze(0) : a, right = b.dim() == 1 ? b.unsqueeze(1) : b;
  // One matrix on the right serves all matrices on the left: together they are one tall matrix.
  if (right.dim() == 2 && left.dim() > 2) left = left.reshape({-1, left.size(-1)});
  const int64_t rows = left.size(-2), columns = right.size(-1), length = left.size(-1);
  auto result = new_words(sizes, a);
  if (result.numel() == 0) return result;
  if (length == 0) return result.zero_();
  const at::IntArrayRef batch = at::IntArrayRef(sizes).slice(0, sizes.size() - (a.dim() > 1) - (b.dim() > 1));
  const bool batched = left.dim() > 2 || right.dim() > 2;
  left = batched ? batch_of(left, batch) : left.unsqueeze(0);
  right = batched ? batch_of(right, batch) : right.unsqueeze(0);
  const int64_t products = left.size(0);
  const ring_tiles::Matrix x{words_of(left), rows, left.stride(0), left.stride(1), left.stride(2)},
      y{words_of(right), columns, right.stride(0), right.stride(2), right.stride(1)};
  const ProductSizes of{rows, columns, length, products, static_cast<int>(a_bits), static_cast<int>(b_bits)};
  multiply_words("ring_matmul", x, y, of, {mutable_words_of(result), rows * columns, columns, 1, columns, 0}, result, on.stream);
  return result;
}

at::Tensor ring_conv2d_cuda(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                            int64_t groups, int64_t input_bits, int64_t weight_bits) {
  const OnDevice on("ring_conv2d", {input, weight});
  const Conv2dOptions options{{stride[0], stride[1]}, {padding[0], padding[1]}, {dilation[0], dilation[1]}, groups};
  const auto sizes = Bilinear::conv2d(options).output_sizes(input.sizes(), weight.sizes());
  auto result = new_words(sizes, input);
  if (result.numel() == 0) return result;
  if (weight.size(1) == 0) return result.zero_();
  const at::Tensor images = input.contiguous(), weights = weight.contiguous();
  const int64_t positions = sizes[2] * sizes[3], rows = sizes[1] / groups, length = weight[0].numel(), columns = sizes[0] * positions;
  const auto small = [](int64_t size) {
    if (size > INT32_MAX)
      throw InvalidArgument(142, "ring_conv2d takes images of fewer than 2^31 words", "ring_conv2d", "got a size of " + std::to_string(size),
                            "convolve fewer images, or parts of them, at once");
    return static_cast<int32_t>(size);
  };
  small(length), small(positions);
  const ring_tiles::Patches patches{
      words_of(images),      columns,           small(input.size(1)), small(input.size(2)), small(input.size(3)), small(weight.size(1)), small(weight.size(2)),
      small(weight.size(3)), small(sizes[2]),   small(sizes[3]),      small(stride[0]),     small(stride[1]),     small(padding[0]),     small(padding[1]),
      small(dilation[0]),    small(dilation[1])};
  const ring_tiles::Matrix matrix{words_of(weights), rows, rows * length, length, 1};
  multiply_words("ring_conv2d", matrix, patches, {rows, columns, length, groups, static_cast<int>(weight_bits), static_cast<int>(input_bits)},
                 {mutable_words_of(result), rows * positions, positions, 1, positions, sizes[1] * positions}, result, on.stream);
  return result;
}

// --- streams

void fill_cuda(std::span<const uint8_t, 16> key, uint64_t position, const DeviceWords& out) {
  const DeviceGuard guard(c10::Device(kDeviceType, static_cast<c10::DeviceIndex>(out.device_index)));
  aes_bitslice::Keys keys;
  aes_bitslice::expand(key.data(), keys);
  const auto error = fill(keys, position, out.data, out.size, current_stream());
  OPENSSL_cleanse(&keys, sizeof keys);
  check(error, "AES-128-CTR");
}

const bool streams_registered = [] {
  register_device_stream(static_cast<int>(kDeviceType), fill_cuda);
  return true;
}();

}  // namespace

TORCH_LIBRARY_IMPL(crypten, CRYPTEN_DEVICE_KEY, m) {
  m.impl("multiply_combine", multiply_combine_cuda);
  m.impl("truncate_combine", truncate_combine_cuda);
  m.impl("truncated", truncated_cuda);
  m.impl("sum", sum_cuda);
  m.impl("unpack_narrow", unpack_narrow_cuda);
  m.impl("series_sum", series_sum_cuda);
  m.impl("power_sums", power_sums_cuda);
  m.impl("ring_matmul", ring_matmul_cuda);
  m.impl("ring_conv2d", ring_conv2d_cuda);
}

}  // namespace crypten::cuda
