// Bilinear products of private reals: matrix products and convolutions; and what all products of this layer have in common.
// Results have the sum of the operands' fractional bits: their truncation is pending (mpc_tensor.h), so that a bias is added and a ReLU fused first.
// Before: an operand whose own truncation is pending is truncated, both in one round (1 round, 8 B an element). Then 1 round and 8 B for each element of an operand
// that is not open yet: a weight is opened once in a session. Products with public operands are local. Opens: x − λ.
// Throws: InvalidArgument 401 … 403; 121 (matmul) and 122 (conv2d), naming both shapes. All before anything is sent, on all ranks alike.
#pragma once

#include "mpc/tensor/mpc_tensor.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/plain.h"

namespace crypten {

MPCTensor matmul(const MPCTensor& a, const MPCTensor& b);  // torch.matmul's shapes
MPCTensor matmul(const MPCTensor& a, const Plain& b);
MPCTensor matmul(const Plain& a, const MPCTensor& b);
// input (N, C, H, W), weight (O, C/groups, kH, kW), bias (O) or undefined.
MPCTensor conv2d(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias, const Conv2dOptions& options = {});
MPCTensor conv2d(const MPCTensor& input, const Plain& weight, const Conv2dOptions& options = {});
// input (…, in) · weight (out, in) transposed + bias (out) or undefined.
MPCTensor linear(const MPCTensor& input, const MPCTensor& weight, const MPCTensor& bias);

// Within an operation, whose operands are checked already.
MPCTensor product(const OperationScope& op, const Bilinear& map, const MPCTensor& a, const MPCTensor& b);
MPCTensor square_product(const OperationScope& op, const MPCTensor& x);
enum class PlainSide { left, right };
// `room`: checked brings x back where the scales would add up to more than twice precision_bits; known: the caller has seen to it.
enum class Room { checked, known };
MPCTensor product(const OperationScope& op, const Bilinear& map, const MPCTensor& x, const Plain& y, PlainSide side, Room room = Room::checked);

}  // namespace crypten
