#include "mpc/protocol/convert.h"

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"

namespace crypten {

MaskedBits open_masked(Party& party, const BitShared& bits) {
  const auto at = party.scope("open masked");
  party.scopes().fact(bits.sizes());
  auto mask = party.rng().take_bits(bits.numel(), 1, bits.plane().device());
  MaskedBits opened;
  opened.value = open_bits(party, bits.plane(), bits.numel(), mask.share, "open masked");
  opened.mask = mask.ref;
  opened.sizes = bits.sizes().vec();
  return opened;
}

BitShared to_bits(Party& party, const MaskedBits& bits) {
  const auto at = party.scope("to bits");
  party.check_open("to_bits");
  // Additive shares modulo 2 are XOR shares.
  const auto mask = party.provider().request(ShareRequest{{{bits.term(), 1}}}, bits.value.device()).ring();
  const auto share = slice_bits(mask.words().contiguous(), 0, 1);
  return BitShared(party.rank() == 0 ? at::bitwise_xor(share, bits.value) : share, bits.sizes);
}

ArithmeticShared to_arithmetic(Party& party, const BitShared& bits) {
  const auto at = party.scope("to arithmetic");
  return bit_to_ring(party, open_masked(party, bits));
}

ArithmeticShared to_arithmetic(Party& party, const BinaryShared& words) { return to_arithmetic(party, words, party.ring().bits); }

ArithmeticShared to_arithmetic(Party& party, const BinaryShared& words, int bits) {
  const auto at = party.scope("to arithmetic");
  party.scopes().fact(words.sizes());
  party.scopes().fact(std::to_string(bits));
  const int ring_bits = party.ring().bits;
  if (bits < 1 || bits > ring_bits)
    throw InvalidArgument(mpc_code::invalid_argument, "no such number of bits", "to_arithmetic", "expected 1 … " + std::to_string(ring_bits) + ", got " + std::to_string(bits),
                          "convert as many bits as are needed");
  const int64_t count = words.numel();
  auto mask = party.rng().take_bits(count, bits, words.share().device());
  ShareRequest request;
  for (int j = 0; j < bits; ++j) {
    auto plane = mask.ref;
    plane.plane = j;
    request.items.push_back({TermRef{.kind = TermRef::Kind::bit, .bit = plane, .sizes = {count}}, ring_bits - j});
  }
  const auto dealt = party.provider().request(std::move(request), words.share().device());
  const auto opened = open_bits(party, slice_bits(words.share().words().contiguous(), 0, bits), count, mask.share, "to arithmetic");
  const auto word = unslice_bits(opened, count, 0);
  auto sum = party.rank() == 0 ? word.clone() : at::zeros_like(word);
  for (int j = 0; j < bits; ++j) {
    // [bit] = b̂ + (1 − 2b̂)·[m]; the public words hold all b̂ already.
    const auto sign = 1 - 2 * at::bitwise_right_shift(word, j).bitwise_and_(1);
    sum.add_(at::bitwise_left_shift(sign.mul_(dealt.ring(static_cast<size_t>(j)).words()), j));
  }
  return ArithmeticShared(RingTensor(sum.view(words.sizes())));
}

}  // namespace crypten
