#include "mpc/protocol/sample.h"

#include <string>

#include "crypten_core/aten.h"
#include "mpc/protocol/convert.h"

namespace crypten {

BinaryShared random_words(Party& party, at::IntArrayRef sizes, at::Device device) {
  const auto at = party.scope("random words");
  party.check_open("random_words");
  party.scopes().fact(sizes);
  return BinaryShared(party.rng().private_words(sizes, device));
}

ArithmeticShared random_integers(Party& party, at::IntArrayRef sizes, int bits, at::Device device) {
  const auto at = party.scope("random integers");
  party.scopes().fact(std::to_string(bits));
  return to_arithmetic(party, random_words(party, sizes, device), bits);
}

}  // namespace crypten
