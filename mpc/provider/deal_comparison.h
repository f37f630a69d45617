// What the dealer defines for comparisons and for products of shared bits: bit planes in clear, from which deal() makes XOR shares.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "mpc/provider/mask_values.h"
#include "mpc/provider/requests.h"

namespace crypten {

// The products of mask bits, a plane for each set of two or more planes of `bits`. `sets` are a plan's, and must outlive it.
ClearValue products_of_masks(const std::vector<std::vector<int>>& sets, const BitMaskRef& bits, const MaskValues& masks);
// The planes of each tensor that the request defines, in the order of dealt_shapes(): [tiles, planes, 8]. Unused lanes may hold anything: deal() drops them.
// CompareRequest: [0] the one-hot tables of r's chunks, comparison_plan().table_planes planes; [1] the products of mask bits, product_planes planes.
std::vector<ClearValue> deal_comparison(const CompareRequest& request, const MaskValues& masks);
// BitProductRequest: [0] the products of every subset of two or more masks, ascending bit patterns: 2^k − k − 1 planes.
std::vector<at::Tensor> deal_bit_products(const BitProductRequest& request, const MaskValues& masks);

}  // namespace crypten
