// The streams that one rank shares with the dealer: masks, and shares of what the dealer defines.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "crypten_core/prg.h"

namespace crypten {

class RankStreams {
 public:
  virtual ~RankStreams() = default;
  virtual std::shared_ptr<const WordSource> masks(uint64_t call) const = 0;              // key = KDF(mask key, call)
  virtual std::shared_ptr<const WordSource> outputs(const Digest& request) const = 0;    // key = KDF(output key, SHA-256(canonical request))
};

// From the rank's key with the dealer: role keys "mask" and "output". The mask streams of call 0 and of the call that was asked for last are kept: a dealer reads them for each request.
class KeyedStreams final : public RankStreams {
 public:
  explicit KeyedStreams(const Key& rank_key);
  std::shared_ptr<const WordSource> masks(uint64_t call) const override;
  std::shared_ptr<const WordSource> outputs(const Digest& request) const override;

 private:
  Key mask_key_, output_key_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const WordSource> session_masks_, call_masks_;
  mutable uint64_t call_ = 0;  // of call_masks_
};

// K_i = HKDF(master, session id, hash of the roster, rank): any replica with the master key can serve.
Key dealer_rank_key(const Key& master, const Digest& session_id, const Digest& roster_hash, int rank);

}  // namespace crypten
