// PartyRng: every random word a party draws, from named streams, each position once. Zero shares use a key with each other party (all pairs: ring neighbours would
// let two colluding parties of four recover the others' inputs); masks use the stream shared with the dealer.
#pragma once

#include "comm/session.h"
#include "crypten_core/ring_tensor.h"
#include "mpc/provider/provider.h"

namespace crypten {

class PartyRng {
 public:
  PartyRng(const Session& session, std::shared_ptr<const RankStreams> dealer_streams);

  // A sharing of zero: own words of Σ_{p} ±PRG(pair key p). Sum over all ranks is 0 mod 2^64. World size 1: zeros.
  RingTensor zero_share(at::IntArrayRef sizes, at::Device device);
  // Public coins: equal on all ranks.
  RingTensor public_words(at::IntArrayRef sizes);

  // Reserves unused mask positions in program order: in the current call of a plan, or in the session's own stream (`static_mask`, or outside a plan).
  struct RingMask { MaskRef ref; RingTensor share; };
  RingMask take_mask(at::IntArrayRef sizes, at::Device device, bool static_mask);
  struct BitMask { BitMaskRef ref; at::Tensor share; };  // share: planes [tiles, planes, 8]; unused lanes of the last tile are zero
  BitMask take_bits(int64_t count, int planes, at::Device device);

  void enter_call(uint64_t call);  // 0: back to the session's stream, which continues where it was
  // Guard of last resort: throws MaskReuse if an interval was used before. Called by take_mask and take_bits; tests call it directly.
  void consume(uint64_t call, uint64_t offset, uint64_t words);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace crypten
