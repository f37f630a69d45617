// What all kernels over words ask of their tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace crypten {

// Throws InvalidArgument unless `tensor` is int64 on the CPU.
void check_cpu_words(const char* kernel, const at::Tensor& tensor);

// Throws InvalidArgument unless 1 ≤ shift ≤ bits − 2 and bits ≤ 64.
void check_truncation(int64_t shift, int64_t bits);
// Throws InvalidArgument unless there is a part and all have one shape.
void check_parts(at::TensorList parts);

// Two tensors of these sizes as one.
inline std::vector<int64_t> pair_of(at::IntArrayRef sizes) {
  std::vector<int64_t> pair{2};
  pair.insert(pair.end(), sizes.begin(), sizes.end());
  return pair;
}

inline const uint64_t* words_of(const at::Tensor& tensor) { return reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>()); }
inline uint64_t* mutable_words_of(const at::Tensor& tensor) { return reinterpret_cast<uint64_t*>(tensor.mutable_data_ptr<int64_t>()); }

}  // namespace crypten
