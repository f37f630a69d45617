#include "autograd/ops/reduce.h"

#include "mpc/tensor/maximum.h"
#include "mpc/tensor/reduce.h"

namespace crypten {
namespace {

Position position(bool one_hot) { return one_hot ? Position::one_hot : Position::index; }

std::pair<CrypTensor, CrypTensor> with_position(const CrypTensor& x, Extreme which, int64_t dim, bool keepdim, bool one_hot, double bound) {
  auto result = extremum(x.value(), which, dim, keepdim, position(one_hot), bound);
  return {CrypTensor(std::move(result.value)), CrypTensor(std::move(result.position))};
}

CrypTensor position_of(const CrypTensor& x, Extreme which, std::optional<int64_t> dim, bool keepdim, bool one_hot, double bound) {
  const auto result = dim ? extremum(x.value(), which, *dim, keepdim, position(one_hot), bound) : extremum(x.value(), which, keepdim, position(one_hot), bound);
  return CrypTensor(result.position);
}

}  // namespace

CrypTensor sum(const CrypTensor& x, at::IntArrayRef dims, bool keepdim) { return CrypTensor(sum(x.value(), dims, keepdim)); }
CrypTensor mean(const CrypTensor& x, at::IntArrayRef dims, bool keepdim) { return CrypTensor(mean(x.value(), dims, keepdim)); }

CrypTensor max(const CrypTensor& x) { return CrypTensor(extremum(x.value(), Extreme::largest, false, Position::none).value); }
CrypTensor min(const CrypTensor& x) { return CrypTensor(extremum(x.value(), Extreme::smallest, false, Position::none).value); }

std::pair<CrypTensor, CrypTensor> max(const CrypTensor& x, int64_t dim, bool keepdim, bool one_hot, double bound) { return with_position(x, Extreme::largest, dim, keepdim, one_hot, bound); }
std::pair<CrypTensor, CrypTensor> min(const CrypTensor& x, int64_t dim, bool keepdim, bool one_hot, double bound) { return with_position(x, Extreme::smallest, dim, keepdim, one_hot, bound); }
CrypTensor argmax(const CrypTensor& x, std::optional<int64_t> dim, bool keepdim, bool one_hot, double bound) { return position_of(x, Extreme::largest, dim, keepdim, one_hot, bound); }
CrypTensor argmin(const CrypTensor& x, std::optional<int64_t> dim, bool keepdim, bool one_hot, double bound) { return position_of(x, Extreme::smallest, dim, keepdim, one_hot, bound); }

}  // namespace crypten
