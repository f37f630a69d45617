#include "mpc/party_rng.h"

#include <c10/util/accumulate.h>
#include <c10/util/strides.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/stream_tensor.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/position_ledger.h"
#include "mpc/provider/mask_values.h"

namespace crypten {
namespace {

std::span<uint64_t> words_of(const at::Tensor& tensor) {
  return {reinterpret_cast<uint64_t*>(tensor.data_ptr<int64_t>()), static_cast<size_t>(tensor.numel())};
}

// The streams of one call, and how far each has been read.
struct Call {
  uint64_t number = 0;
  uint64_t masks_used = 0, zeros_used = 0, coins_used = 0;
  std::shared_ptr<const WordSource> masks, coins;
  std::vector<std::shared_ptr<const WordSource>> zeros;  // by rank; own entry null
};

enum class Role { mask, zero, coin, own };

}  // namespace

struct PartyRng::State {
  int rank, world_size;
  std::vector<Key> zero_keys;
  Key coin_key;
  std::shared_ptr<const RankStreams> dealer_streams;
  StreamFactory make_stream;
  Call session, call;  // `call` is used inside a plan's call only
  std::shared_ptr<const WordSource> own;  // made when first drawn from
  uint64_t own_used = 0;
  std::map<std::pair<Role, uint64_t>, PositionLedger> used;
  uint64_t left = 0;  // calls up to this one have ended, and none of their positions is used again: what they used need not be kept

  Call& current() { return call.number ? call : session; }

  void open(Call& entered, uint64_t number) {
    entered = {};
    entered.number = number;
    entered.masks = dealer_streams->masks(number);
    entered.coins = make_stream(derive_key(coin_key, "public", number));
    for (int p = 0; p < world_size; ++p)
      entered.zeros.push_back(p == rank ? nullptr : make_stream(derive_key(zero_keys[static_cast<size_t>(p)], "zero", number)));
  }

  void consume(Role role, uint64_t number, uint64_t offset, uint64_t words) {
    if ((number == 0 || number > left) && used[{role, number}].consume(offset, words)) return;
    const char* const name = role == Role::mask ? "mask" : role == Role::zero ? "zero-share" : role == Role::coin ? "public-coin" : "private";
    throw MaskReuse(mpc_code::mask_reuse, std::string("a ") + name + " position would be used twice", "rank " + std::to_string(rank),
                    "call " + std::to_string(number) + ", words " + std::to_string(offset) + " … " + std::to_string(offset + words) + "; nothing was sent",
                    "report this as a defect of the library: two values under one mask would show their difference");
  }

  RingTensor zero_share(at::IntArrayRef sizes, at::Device device, bool exclusive_or);

  uint64_t take(Role role, Call& from, uint64_t& counter, uint64_t words) {
    consume(role, from.number, counter, words);
    return std::exchange(counter, counter + words);
  }
};

PartyRng::PartyRng(const Session& session, std::shared_ptr<const RankStreams> dealer_streams, StreamFactory streams) : state_(std::make_unique<State>()) {
  auto& s = *state_;
  s.rank = session.rank;
  s.world_size = session.world_size;
  s.zero_keys = session.pair;
  s.coin_key = session.common;
  s.dealer_streams = std::move(dealer_streams);
  s.make_stream = streams ? std::move(streams) : [](const Key& key) { return std::make_shared<const AesStream>(key); };
  s.open(s.session, 0);
}

PartyRng::~PartyRng() = default;

RingTensor PartyRng::zero_share(at::IntArrayRef sizes, at::Device device) { return state_->zero_share(sizes, device, false); }
RingTensor PartyRng::exclusive_or_zero_share(at::IntArrayRef sizes, at::Device device) { return state_->zero_share(sizes, device, true); }

RingTensor PartyRng::State::zero_share(at::IntArrayRef sizes, at::Device device, bool exclusive_or) {
  if (world_size == 1) return RingTensor::zeros(sizes, device);
  auto share = device.is_cpu() ? empty_words(sizes) : zero_words(sizes, device);
  auto& from = current();
  const uint64_t offset = take(Role::zero, from, from.zeros_used, static_cast<uint64_t>(share.numel()));
  if (!device.is_cpu()) {
    auto words = empty_words(sizes, device);
    for (int p = 0; p < world_size; ++p) {
      if (p == rank) continue;
      fill_words(*from.zeros[static_cast<size_t>(p)], words, offset);
      exclusive_or ? share.bitwise_xor_(words) : p > rank ? share.add_(words) : share.sub_(words);
    }
    return RingTensor(share);
  }
  const auto out = words_of(share);
  const auto& runs = *kWordRuns[kernel_path()];
  std::array<uint64_t, 2048> block;  // stays in the first-level cache with the part, however many peers there are
  for (size_t begin = 0; begin < out.size(); begin += block.size()) {
    const auto part = out.subspan(begin, std::min(block.size(), out.size() - begin));
    const auto words = std::span(block).first(part.size());
    std::fill(part.begin(), part.end(), 0);
    for (int p = 0; p < world_size; ++p) {
      if (p == rank) continue;
      from.zeros[static_cast<size_t>(p)]->fill(words, offset + begin);
      (exclusive_or ? runs.exclusive_or : p > rank ? runs.add : runs.subtract)(part.data(), words.data(), part.size());
    }
  }
  return RingTensor(share);
}

RingTensor PartyRng::public_words(at::IntArrayRef sizes) {
  auto& call = state_->current();
  auto words = empty_words(sizes);
  call.coins->fill(words_of(words), state_->take(Role::coin, call, call.coins_used, static_cast<uint64_t>(words.numel())));
  return RingTensor(words);
}

RingTensor PartyRng::private_words(at::IntArrayRef sizes, at::Device device) {
  auto& s = *state_;
  if (!s.own) s.own = s.make_stream(random_key());
  auto words = empty_words(sizes, device);
  fill_words(*s.own, words, s.take(Role::own, s.session, s.own_used, static_cast<uint64_t>(words.numel())));
  return RingTensor(words);
}

PartyRng::RingMask PartyRng::take_mask(at::IntArrayRef sizes, at::Device device, bool static_mask) {
  auto& from = static_mask ? state_->session : state_->current();
  const int64_t count = c10::multiply_integers(sizes);
  const uint64_t offset = state_->take(Role::mask, from, from.masks_used, static_cast<uint64_t>(count));
  const auto strides = c10::contiguous_strides(sizes);
  MaskRef ref{from.number, offset, sizes.vec(), {strides.begin(), strides.end()}, 1};
  if (device.is_cpu() && count >= LazyWords::kFewest) {
    from.masks->fill({}, offset + static_cast<uint64_t>(count));  // the end of the stream is an error here, not in the middle of a round
    return {std::move(ref), LazyWords(sizes.vec(), [masks = from.masks, offset](int64_t first, std::span<uint64_t> out) {
              masks->fill(out, offset + static_cast<uint64_t>(first));
            })};
  }
  auto share = empty_words(sizes, device);
  fill_words(*from.masks, share, offset);
  return {std::move(ref), share};
}

PartyRng::BitMask PartyRng::take_bits(int64_t count, int planes, at::Device device) {
  auto& from = state_->current();
  auto share = empty_words({tile_count(count), planes, kTileWords}, device);
  const uint64_t offset = state_->take(Role::mask, from, from.masks_used, static_cast<uint64_t>(share.numel()));
  fill_words(*from.masks, share, offset);
  clear_unused_lanes(share, count);
  return {BitMaskRef{from.number, offset, count, planes, 0}, share};
}

void PartyRng::enter_call(uint64_t call) {
  if (call != 0) return state_->open(state_->call, call);
  const uint64_t ended = state_->call.number;
  state_->call = {};
  std::erase_if(state_->used, [ended](const auto& entry) { return entry.first.second != 0 && entry.first.second <= ended; });
  state_->left = std::max(state_->left, ended);
}

void PartyRng::consume(uint64_t call, uint64_t offset, uint64_t words) { state_->consume(Role::mask, call, offset, words); }

}  // namespace crypten
