#include "mpc/protocol/share.h"

#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"

namespace crypten {

namespace {

// Everybody checks the same public facts and enters them; true on the owner.
bool owns(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src) {
  party.check_open("share");
  party.scopes().fact("from " + std::to_string(src));
  party.scopes().fact(sizes);
  if (src < 0 || src >= party.world_size())
    throw InvalidArgument(mpc_code::invalid_argument, "no such rank", "share",
                          "src is " + std::to_string(src) + ", there are " + std::to_string(party.world_size()) + " parties", "name the rank that owns the value");
  const bool owner = party.rank() == src;
  if (owner && (!value.defined() || value.sizes() != sizes))
    throw InvalidArgument(mpc_code::invalid_argument, value.defined() ? "the value has another shape than announced" : "the value is missing on its owner", "share",
                          "rank " + std::to_string(src) + " owns it", "pass the value on rank src, with exactly the announced sizes");
  return owner;
}

}  // namespace

ArithmeticShared share(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src, at::Device device) {
  const auto at = party.scope("share");
  const bool owner = owns(party, value, sizes, src);
  auto zero = party.rng().zero_share(sizes, device);
  if (owner) zero.words().add_(value.words().to(device));
  return ArithmeticShared(zero);
}

BinaryShared share_binary(Party& party, const RingTensor& value, at::IntArrayRef sizes, int src, at::Device device) {
  const auto at = party.scope("share binary");
  const bool owner = owns(party, value, sizes, src);
  auto zero = party.rng().exclusive_or_zero_share(sizes, device);
  if (owner) zero.words().bitwise_xor_(value.words().to(device));
  return BinaryShared(zero);
}

ArithmeticShared share_of(Party& party, const MaskedPtr& x) {
  if (!settle(x))
    throw InvalidArgument(mpc_code::not_open, "an expression is not open yet", "share_of", "its value is not known", "open it first");
  return ArithmeticShared(own_share(*x, party.rank() == 0), x);
}

}  // namespace crypten
