// Random values that no party knows or controls: each party draws words from a key of its own (PartyRng::private_words), and their XOR is uniform as long as one party
// draws honestly and keeps its words to itself. The dealer learns nothing of them: it knows the masks under which they are opened, but not what is opened.
#pragma once

#include "mpc/party.h"
#include "mpc/sharing/binary_shared.h"

namespace crypten {

// Uniform words, XOR-shared. 0 rounds, 0 B, dealer 0 B. Opens: nothing.
BinaryShared random_words(Party& party, at::IntArrayRef sizes, at::Device device = at::kCPU);
// Uniform integers 0 … 2^bits − 1. 1 round, bits/8 B an element, dealer as to_arithmetic of so many bits (16: 120 B). Opens: words XOR masks.
// Throws InvalidArgument: bits outside 1 … the ring's.
ArithmeticShared random_integers(Party& party, at::IntArrayRef sizes, int bits, at::Device device = at::kCPU);

}  // namespace crypten
