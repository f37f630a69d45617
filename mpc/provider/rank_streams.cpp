#include "mpc/provider/rank_streams.h"

#include <cstring>
#include <span>
#include <vector>

namespace crypten {

KeyedStreams::KeyedStreams(const Key& rank_key) : mask_key_(derive_key(rank_key, "mask")), output_key_(derive_key(rank_key, "output")) {}

std::shared_ptr<const WordSource> KeyedStreams::masks(uint64_t call) const {
  const std::lock_guard lock(mutex_);
  auto& kept = call == 0 ? session_masks_ : call_masks_;
  if (!kept || (call != 0 && call != call_)) {
    kept = std::make_shared<AesStream>(derive_key(mask_key_, "call", call));
    if (call != 0) call_ = call;
  }
  return kept;
}

std::shared_ptr<const WordSource> KeyedStreams::outputs(const Digest& request) const {
  return std::make_shared<AesStream>(derive_key(output_key_, "request", std::as_bytes(std::span(request))));
}

Key dealer_rank_key(const Key& master, const Digest& session_id, const Digest& roster_hash, int rank) {
  std::vector<std::byte> context(2 * sizeof(Digest) + sizeof(uint64_t));
  const auto number = static_cast<uint64_t>(rank);
  std::memcpy(context.data(), session_id.data(), sizeof(Digest));
  std::memcpy(context.data() + sizeof(Digest), roster_hash.data(), sizeof(Digest));
  std::memcpy(context.data() + 2 * sizeof(Digest), &number, sizeof number);
  return derive_key(master, "dealer rank", context);
}

}  // namespace crypten
