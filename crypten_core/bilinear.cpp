#include "crypten_core/bilinear.h"

#include <algorithm>
#include <sstream>

#include "crypten_core/error.h"
#include "crypten_core/kernels/operators.h"

namespace crypten {
namespace {

std::string both(at::IntArrayRef a, at::IntArrayRef b) {
  std::ostringstream text;
  text << "shapes " << a << " and " << b;
  return text.str();
}

[[noreturn]] void refuse(int code, const std::string& operation, at::IntArrayRef a, at::IntArrayRef b, const std::string& rule) {
  throw InvalidArgument(code, operation + ": the operands do not fit together", operation, both(a, b) + ": " + rule,
                        "reshape or slice one of the operands");
}

std::vector<int64_t> broadcast(int code, const std::string& operation, at::IntArrayRef a, at::IntArrayRef b, at::IntArrayRef all_a,
                               at::IntArrayRef all_b) {
  const size_t dims = std::max(a.size(), b.size());
  std::vector<int64_t> sizes(dims);
  for (size_t d = 0; d < dims; ++d) {  // from the last dimension
    const int64_t x = d < a.size() ? a[a.size() - 1 - d] : 1, y = d < b.size() ? b[b.size() - 1 - d] : 1;
    if (x != y && x != 1 && y != 1)
      refuse(code, operation, all_a, all_b, std::to_string(x) + " does not broadcast with " + std::to_string(y));
    sizes[dims - 1 - d] = x == 1 ? y : x;
  }
  return sizes;
}

std::vector<int64_t> matmul_sizes(at::IntArrayRef a, at::IntArrayRef b) {
  if (a.empty() || b.empty()) refuse(121, "matmul", a, b, "both operands need at least one dimension");
  const int64_t inner_a = a.back(), inner_b = b.size() == 1 ? b[0] : b[b.size() - 2];
  if (inner_a != inner_b) {
    refuse(121, "matmul", a, b, "the inner dimensions " + std::to_string(inner_a) + " and " + std::to_string(inner_b) + " differ");
  }
  const auto leading = [](at::IntArrayRef sizes) { return sizes.slice(0, sizes.size() < 2 ? 0 : sizes.size() - 2); };
  auto sizes = broadcast(121, "matmul", leading(a), leading(b), a, b);
  if (a.size() > 1) sizes.push_back(a[a.size() - 2]);
  if (b.size() > 1) sizes.push_back(b.back());
  return sizes;
}

std::vector<int64_t> conv2d_sizes(const Conv2dOptions& options, at::IntArrayRef input, at::IntArrayRef weight) {
  if (input.size() != 4 || weight.size() != 4) refuse(122, "conv2d", input, weight, "expected (N, C, H, W) and (O, C/groups, kH, kW)");
  if (input[1] != weight[1] * options.groups) {
    refuse(122, "conv2d", input, weight,
           "the input has " + std::to_string(input[1]) + " channels, the weight needs " + std::to_string(weight[1] * options.groups));
  }
  if (weight[0] % options.groups != 0) {
    refuse(122, "conv2d", input, weight,
           std::to_string(weight[0]) + " output channels do not divide into " + std::to_string(options.groups) + " groups");
  }
  std::vector<int64_t> sizes{input[0], weight[0], 0, 0};
  for (size_t d = 0; d < 2; ++d) {
    const int64_t padded = input[2 + d] + 2 * options.padding[d], reach = options.dilation[d] * (weight[2 + d] - 1) + 1;
    if (weight[2 + d] < 1 || padded < reach) {
      refuse(122, "conv2d", input, weight,
             "the kernel reaches over " + std::to_string(reach) + " of " + std::to_string(padded) + " padded rows or columns");
    }
    sizes[2 + d] = (padded - reach) / options.stride[d] + 1;
  }
  return sizes;
}

}  // namespace

Bilinear Bilinear::elementwise() { return {}; }

Bilinear Bilinear::matmul() {
  Bilinear product;
  product.kind_ = Kind::matmul;
  return product;
}

Bilinear Bilinear::conv2d(Conv2dOptions options) {
  for (size_t d = 0; d < 2; ++d) {
    if (options.stride[d] < 1 || options.dilation[d] < 1 || options.padding[d] < 0 || options.groups < 1) {
      throw InvalidArgument(123, "conv2d: option out of range", "Bilinear::conv2d", "stride, dilation and groups start at 1, padding at 0",
                            "correct the options of the convolution");
    }
  }
  Bilinear product;
  product.kind_ = Kind::conv2d;
  product.options_ = options;
  return product;
}

std::string Bilinear::name() const {
  switch (kind_) {
    case Kind::elementwise:
      return "multiply";
    case Kind::matmul:
      return "matmul";
    case Kind::conv2d:
      return "conv2d";
  }
  return {};
}

RingTensor Bilinear::operator()(const RingTensor& a, const RingTensor& b, PublicOperand known) const {
  output_sizes(a.sizes(), b.sizes());
  switch (kind_) {
    case Kind::elementwise:
      return a * b;
    case Kind::matmul:
      return RingTensor(operators::matmul(a.words(), b.words(), known));
    case Kind::conv2d:
      return RingTensor(operators::conv2d(a.words(), b.words(), options_, known));
  }
  return {};
}

std::vector<int64_t> Bilinear::output_sizes(at::IntArrayRef a, at::IntArrayRef b) const {
  switch (kind_) {
    case Kind::elementwise:
      return broadcast(120, "multiply", a, b, a, b);
    case Kind::matmul:
      return matmul_sizes(a, b);
    case Kind::conv2d:
      return conv2d_sizes(options_, a, b);
  }
  return {};
}

}  // namespace crypten
