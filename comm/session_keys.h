// The keys of a session, from what each side contributed.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "comm/session.h"

namespace crypten {

// 32 fresh bytes of one side. Wiped on destruction.
struct Contribution {
  std::array<uint8_t, 32> bytes{};
  Contribution() = default;
  Contribution(const Contribution&) = default;
  Contribution& operator=(const Contribution&) = default;
  ~Contribution();
  static Contribution fresh();
};

// Everything public that the keys are bound to.
struct KeyContext {
  Digest session_id{};
  Digest roster_hash{};
  Digest config_hash{};
  std::vector<std::string> identities;  // by rank: certificate fingerprints, or "local", "plaintext"
};

// HKDF(from 0 ‖ from 1 ‖ …, "common", context, all identities).
Key derive_common_key(std::span<const Contribution> by_rank, const KeyContext& context);
// HKDF(lower rank's ‖ higher rank's, "pair", context, ranks and identities of the two). Equal on both sides: order of the arguments is rank order.
Key derive_pair_key(int lower, int higher, const Contribution& from_lower, const Contribution& from_higher, const KeyContext& context);
// What `sender` sends to show that it has both keys; says nothing about them.
std::array<uint8_t, 16> confirmation(const Key& common, const Key& pair, int sender);

}  // namespace crypten
