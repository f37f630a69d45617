// ClearValue: one tensor that a request defines, in clear, as a function of the place: computed block by block where it is used, so that it
// never lies in memory as a whole.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace crypten {

class ClearValue {
 public:
  // Words first … first + out.size() − 1: elements in row-major order, from a multiple of 512 on; of bit planes whole tiles, as they lie in
  // memory. On any thread.
  using Read = std::function<void(int64_t first, std::span<uint64_t> out)>;
  explicit ClearValue(Read read) : read_(std::move(read)) {}
  ClearValue(const at::Tensor& words);  // int64. NOLINT: implicit on purpose

  void read(int64_t first, std::span<uint64_t> out) const { read_(first, out); }

 private:
  Read read_;
};

}  // namespace crypten
