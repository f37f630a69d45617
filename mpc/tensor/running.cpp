#include "mpc/tensor/running.h"

#include <functional>
#include <vector>

#include "crypten_core/aten.h"
#include "mpc/protocol/open.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/index.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/reshape.h"
#include "mpc/tensor/scale.h"
#include "mpc/tensor/torch_rules.h"

namespace crypten {
namespace {

template <typename Apply>
MPCTensor linear(const char* name, const MPCTensor& x, Apply apply) {
  const OperationScope op(name, {x});
  return op.result(ArithmeticShared(RingTensor(by_torch_rules(name, [&] { return apply(x.share().share().words()); }))), x.fraction_bits());
}

// Halves are multiplied with each other; of an odd number the last waits in `rest`, with which a later odd one is multiplied in the same round.
MPCTensor product_along(const OperationScope& op, MPCTensor level, int64_t dim) {
  MPCTensor rest;
  const auto size = [&] { return level.sizes()[dim]; };
  while (size() > 1) {
    // Brought back as a whole, so that its halves find it done.
    if (rest.defined()) bring_back({level, rest}, op.precision_bits());
    else bring_back({level}, op.precision_bits());
    const int64_t half = size() / 2;
    const auto first = slice(level, dim, 0, half), second = slice(level, dim, half, 2 * half);
    const auto last = size() % 2 == 1 ? slice(level, dim, 2 * half, size()) : MPCTensor();
    std::vector<std::function<void()>> work{[&] { level = multiply(first, second); }};
    if (last.defined() && rest.defined()) work.emplace_back([&] { rest = multiply(rest, last); });
    else if (last.defined()) rest = last, work.emplace_back([&] { open(op.party(), {mask(op.party(), rest.share())}); });  // now, in the same round, not when it is needed
    op.party().together(std::move(work));
  }
  return rest.defined() ? multiply(level, rest) : level;
}

}  // namespace

MPCTensor cumsum(const MPCTensor& x, int64_t dim) {
  return linear("cumsum", x, [=](const at::Tensor& t) { return t.cumsum(dim); });
}

MPCTensor trace(const MPCTensor& x) {
  return linear("trace", x, [](const at::Tensor& t) { return t.trace(); });
}

MPCTensor prod(const MPCTensor& x, std::optional<int64_t> dim, bool keepdim) {
  const OperationScope op("prod", {x});
  if (!dim) {
    const auto all = prod(reshape(x, {-1}), 0, false);
    return keepdim ? reshape(all, std::vector<int64_t>(static_cast<size_t>(x.dim()), 1)) : all;
  }
  const int64_t along = wrapped_dim(*dim, x.dim(), "prod");
  if (x.dim() == 0) return x;
  auto sizes = x.sizes().vec();
  sizes[static_cast<size_t>(along)] = 1;
  MPCTensor result;
  if (x.sizes()[along] == 0) result = add(op.result(op.zeros(sizes), x.fraction_bits()), Plain(1));
  else if (x.numel() == 0) result = op.result(op.zeros(sizes), x.fraction_bits());
  else result = product_along(op, x, along);
  return keepdim ? result : squeeze(result, along);
}

}  // namespace crypten
