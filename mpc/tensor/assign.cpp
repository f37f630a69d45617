#include "mpc/tensor/assign.h"

#include <string>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/scale.h"
#include "mpc/tensor/torch_rules.h"

namespace crypten {
namespace {

using at::Tensor;

// Shares of x and of what is put in, at one scale.
struct Operands {
  Tensor x, values;
  int fraction_bits = 0;
};

std::vector<MPCTensor> tensors(const MPCTensor& x, const Source& source) { return source.values() ? std::vector{x, *source.values()} : std::vector{x}; }

Operands operands(const OperationScope& op, const MPCTensor& x, const Source& source) {
  if (source.values()) {
    const auto [shares, bits] = align({x, *source.values()});
    return {shares[0].share().words(), shares[1].share().words(), bits};
  }
  op.fact(source.plain()->sizes());
  const auto [share, plain, bits] = align(x, *source.plain());
  return {share.share().words(), op.party().public_share(plain).share().words(), bits};
}

// The smallest number that is a shape for values: a public number stands for all of them.
Tensor repeated(const Tensor& values, const Source& source, at::IntArrayRef sizes) { return source.plain() && values.dim() == 0 ? values.expand(sizes) : values; }

void check_once(const Tensor& counts, const char* name) {
  if (counts.numel() == 0 || !counts.gt(1).any().item<bool>()) return;
  throw InvalidArgument(tensor_code::repeated_place, std::string(name) + ": two values for one element", name, "the public index names a place more than once", "name each place once");
}

// Places are public: they go where the share is.
Tensor here(const Tensor& places, const Tensor& share) { return places.defined() ? places.to(share.device()) : places; }

template <typename Apply>
MPCTensor assigned(const char* name, const MPCTensor& x, const Source& source, Apply apply) {
  const OperationScope op(name, tensors(x, source));
  const auto [own, values, bits] = operands(op, x, source);
  auto words = by_torch_rules(name, [&, &own = own, &values = values] { return apply(own, values); });
  return op.result(ArithmeticShared(RingTensor(std::move(words))), bits);
}

}  // namespace

MPCTensor scatter(const MPCTensor& x, int64_t dim, const Tensor& index, Source source) {
  return assigned("scatter", x, source, [&](const Tensor& own, const Tensor& values) {
    auto result = own.scatter(dim, here(index, own), repeated(values, source, index.sizes()));
    check_once(at::zeros_like(own).scatter_add(dim, here(index, own), at::ones(index.sizes(), own.options())), "scatter");
    return result;
  });
}

MPCTensor scatter_add(const MPCTensor& x, int64_t dim, const Tensor& index, Source source) {
  return assigned("scatter_add", x, source, [&](const Tensor& own, const Tensor& values) { return own.scatter_add(dim, here(index, own), repeated(values, source, index.sizes())); });
}

MPCTensor index_add(const MPCTensor& x, int64_t dim, const Tensor& index, Source source) {
  return assigned("index_add", x, source, [&](const Tensor& own, const Tensor& values) {
    auto sizes = own.sizes().vec();
    if (!sizes.empty()) sizes[static_cast<size_t>(c10::maybe_wrap_dim(dim, own.dim()))] = index.numel();
    return own.index_add(dim, here(index, own), repeated(values, source, sizes));
  });
}

MPCTensor put(const MPCTensor& x, const Tensor& places, Source values) {
  return assigned("put", x, values, [&](const Tensor& own, const Tensor& put_in) {
    const auto flat = here(places, own).reshape({-1});
    const auto result = own.reshape({-1}).index_copy(0, flat, put_in.expand(places.sizes()).reshape({-1}));
    check_once(at::zeros(own.numel(), own.options()).index_add(0, flat, at::ones(flat.sizes(), own.options())), "put");
    return result.view(own.sizes());
  });
}

MPCTensor masked_fill(const MPCTensor& x, const Tensor& mask, const Plain& value) {
  return assigned("masked_fill", x, value, [&](const Tensor& own, const Tensor& number) {
    const auto chosen = here(mask, own), filled = own.masked_fill(chosen, 0);
    return filled + number.reshape({}) * chosen.to(at::kLong).expand(filled.sizes());
  });
}

}  // namespace crypten
