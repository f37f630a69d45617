// Bilinear: which product of two ring tensors is meant. Multiplication, matrix product and convolution share one protocol
// (protocols of masked values need only bilinearity), so the operation is a value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "crypten_core/ring_tensor.h"

namespace crypten {

struct Conv2dOptions {
  std::array<int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1};
  int64_t groups = 1;
  bool operator==(const Conv2dOptions&) const = default;
};

// Which operand of a product all parties know, and in how many bits all its words are signed numbers (two's complement). Only such a one's words may choose a
// kernel's way: a share or a masked word must never decide which instructions run. Whoever encodes the operand knows the bits (encode_public); a kernel that
// looked for itself would have the host wait for a device.
struct PublicOperand {
  enum Which : uint8_t { none, left, right } which = none;
  int bits = 64;

  PublicOperand(Which operand = none, int signed_bits = 64) : which(operand), bits(signed_bits) {}  // NOLINT: implicit on purpose
  int left_bits() const { return which == left ? bits : 64; }
  int right_bits() const { return which == right ? bits : 64; }
};

class Bilinear {
 public:
  enum class Kind : uint8_t { elementwise, matmul, conv2d };
  static Bilinear elementwise();                  // broadcasting product
  static Bilinear matmul();                       // torch.matmul: 1-D and 2-D operands, batched with broadcast leading dimensions
  static Bilinear conv2d(Conv2dOptions options);  // input (N, C, H, W), weight (O, C/groups, kH, kW)

  Kind kind() const { return kind_; }
  const Conv2dOptions& options() const { return options_; }
  std::string name() const;  // "multiply", "matmul", "conv2d"

  // The product mod 2^64, exact. Runs on the fastest kernel of this machine; a narrow `known` operand may make it faster, and changes no result.
  RingTensor operator()(const RingTensor& a, const RingTensor& b, PublicOperand known = {}) const;
  // Shape of the result; throws InvalidArgument naming both shapes when they do not fit.
  std::vector<int64_t> output_sizes(at::IntArrayRef a, at::IntArrayRef b) const;
  bool operator==(const Bilinear&) const = default;

 private:
  Kind kind_ = Kind::elementwise;
  Conv2dOptions options_;
};

}  // namespace crypten
