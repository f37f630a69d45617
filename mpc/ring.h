// The ring and the shape of comparisons. Always 64, 4, 4 in use; smaller numbers serve the exhaustive secrecy tests, which run this very code.
#pragma once

namespace crypten {

struct Ring {
  int bits = 64;        // values live in Z/2^bits, in int64 words; reduced only where they are opened, shifted, or compared
  int chunk_bits = 4;   // width of a comparison's leaf
  int arity = 4;        // leaves merged in one round
  bool operator==(const Ring&) const = default;
};

}  // namespace crypten
