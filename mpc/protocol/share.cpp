#include "mpc/protocol/share.h"

#include <ATen/ATen.h>

#include <string>

#include "crypten_core/error.h"
#include "mpc/error_codes.h"

namespace crypten {

ArithmeticShared share(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src, at::Device device) {
  party.check_open("share");
  const auto at = party.scope("share");
  party.scopes().fact("from " + std::to_string(src));
  party.scopes().fact(sizes);
  if (src < 0 || src >= party.world_size())
    throw InvalidArgument(mpc_code::invalid_argument, "no such rank", "share",
                          "src is " + std::to_string(src) + ", there are " + std::to_string(party.world_size()) + " parties", "name the rank that owns the value");
  const bool owner = party.rank() == src;
  if (owner && (!value.defined() || value.sizes() != sizes))
    throw InvalidArgument(mpc_code::invalid_argument, value.defined() ? "the value has another shape than announced" : "the value is missing on its owner", "share",
                          "rank " + std::to_string(src) + " owns it", "pass the value on rank src, with exactly the announced sizes");
  auto zero = party.rng().zero_share(sizes, device);
  if (!owner) return ArithmeticShared(zero);
  zero.words().add_(value.words().to(device));
  return ArithmeticShared(zero);
}

ArithmeticShared share_of(Party& party, const MaskedPtr& x) {
  if (!settle(x))
    throw InvalidArgument(mpc_code::not_open, "an expression is not open yet", "share_of", "its value is not known", "open it first");
  RingTensor sum = party.rank() == 0 ? x->value : RingTensor();
  for (const auto& term : x->terms) {
    const auto part = term.coefficient.defined() ? term.coefficient * term.share : term.share;
    sum = sum.defined() ? sum + part : part;
  }
  if (!sum.defined()) sum = RingTensor::zeros(x->value.sizes(), x->value.device());
  return ArithmeticShared(RingTensor(sum.words().expand(x->value.sizes())), x);
}

}  // namespace crypten
