// kernels/plane_sums.h for tensors of planes [tiles, planes, 8] (kernels/bit_slice.h): many sums at once. On the CPU, or on a device for which cuda/ registered
// them. Throw InvalidArgument (160, 124): another form, planes that are not there, operands on different devices, a device without this kernel.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "crypten_core/kernels/plane_sums.h"

namespace crypten {

// Plane s: XOR of a's · b's planes over the pairs sums[s].
at::Tensor sums_of_pairs(const at::Tensor& a, const at::Tensor& b, std::span<const std::vector<PlanePair>> sums);

// A product of public flags and of bits that are opened under masks: shares[S], by subset S of `bits`: the plane of a share of the product of their masks: none
// (−1) for the empty set, one of `masks` where S has one bit, else one of `products`. Up to 8 bits.
struct PlaneMonomial {
  std::vector<int> flags, bits, masks;
};
struct PlanePolynomial {
  std::vector<PlaneMonomial> sum;  // XOR
};
struct PlaneProductOperands {
  at::Tensor flags, bits, masks, products;
};
// Plane s: own share of polynomials[s]. `holds_one`: this party's share of 1 is 1.
at::Tensor sums_of_products(const PlaneProductOperands& operands, std::span<const PlanePolynomial> polynomials, bool holds_one);

// What a torch operator can be given: numbers[s] … numbers[s + 1] are the places in `numbers` of what sum s consists of (kernels/class_lanes.h reads them).
std::vector<int64_t> numbers_of(std::span<const std::vector<PlanePair>> sums);
std::vector<int64_t> numbers_of(std::span<const PlanePolynomial> polynomials);
std::vector<std::vector<PlanePair>> pairs_of(at::IntArrayRef numbers, int64_t sums);
std::vector<PlanePolynomial> polynomials_of(at::IntArrayRef numbers, int64_t sums);

void check_sums_of_pairs(const at::Tensor& a, const at::Tensor& b, std::span<const std::vector<PlanePair>> sums);
void check_sums_of_products(const PlaneProductOperands& operands, std::span<const PlanePolynomial> polynomials);

}  // namespace crypten
