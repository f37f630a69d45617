// PartyRng: every random word a party draws, from named streams, each position once. Zero shares use a key with each other party (all pairs: ring neighbours would
// let two colluding parties of four recover the others' inputs); masks use the stream shared with the dealer.
// A call of a plan has streams of its own (key = KDF(role key, call), positions from 0), so that a recorded call can be repeated; call 0 is the session's.
#pragma once

#include <functional>
#include <memory>

#include "comm/session.h"
#include "crypten_core/lazy_words.h"
#include "crypten_core/ring_tensor.h"
#include "mpc/provider/rank_streams.h"
#include "mpc/provider/requests.h"

namespace crypten {

// Makes the streams of pairwise and common keys: AES in counter mode, unless a test enumerates all words.
using StreamFactory = std::function<std::shared_ptr<const WordSource>(const Key&)>;

class PartyRng {
 public:
  PartyRng(const Session& session, std::shared_ptr<const RankStreams> dealer_streams, StreamFactory streams = {});
  ~PartyRng();

  // A sharing of zero: own words of Σ_{p} ±PRG(pair key p), + for p above the own rank. Sum over all ranks is 0 mod 2^64. World size 1: zeros.
  RingTensor zero_share(at::IntArrayRef sizes, at::Device device);
  RingTensor exclusive_or_zero_share(at::IntArrayRef sizes, at::Device device);  // for XOR shares: the XOR over all ranks is 0
  // Public coins: equal on all ranks.
  RingTensor public_words(at::IntArrayRef sizes);
  // Words that nobody else knows: of a stream whose key this party alone has drawn, from the operating system. One stream for the session, also inside a plan's calls.
  RingTensor private_words(at::IntArrayRef sizes, at::Device device = at::kCPU);

  // Reserves unused mask positions in program order: in the current call of a plan, or in the session's own stream (`static_mask`, or outside a plan).
  // On the CPU the words of a large mask are made where they are read.
  struct RingMask { MaskRef ref; LazyWords share; };
  RingMask take_mask(at::IntArrayRef sizes, at::Device device, bool static_mask);
  struct BitMask { BitMaskRef ref; at::Tensor share; };  // share: planes [tiles, planes, 8]; unused lanes of the last tile are zero
  BitMask take_bits(int64_t count, int planes, at::Device device);

  void enter_call(uint64_t call);  // 0: back to the session's stream, which continues where it was; of the call that ends nothing can be drawn any more
  // Guard of last resort: throws MaskReuse if a mask position was used before. Called by take_mask and take_bits (and, for their own positions, by zero_share,
  // public_words and private_words); tests call it directly.
  void consume(uint64_t call, uint64_t offset, uint64_t words);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
