#include "comm/session_keys.h"

#include <catch2/catch.hpp>

using namespace crypten;

namespace {

Contribution filled(uint8_t byte) {
  Contribution out;
  out.bytes.fill(byte);
  return out;
}

KeyContext context() {
  KeyContext out;
  out.session_id.fill(1);
  out.roster_hash.fill(2);
  out.config_hash.fill(3);
  out.identities = {"fp0", "fp1", "fp2"};
  return out;
}

}  // namespace

TEST_CASE("fresh contributions differ") { CHECK(Contribution::fresh().bytes != Contribution::fresh().bytes); }

TEST_CASE("keys depend on every contribution, in rank order") {
  const std::vector<Contribution> all{filled(10), filled(11), filled(12)};
  const Key common = derive_common_key(all, context());
  CHECK(common == derive_common_key(all, context()));
  for (size_t rank = 0; rank < all.size(); ++rank) {
    auto other = all;
    other[rank].bytes[31] ^= 1;
    CHECK_FALSE(common == derive_common_key(other, context()));
  }
  CHECK_FALSE(common == derive_common_key(std::vector{filled(11), filled(10), filled(12)}, context()));
  const Key pair = derive_pair_key(0, 1, filled(10), filled(11), context());
  CHECK(pair == derive_pair_key(0, 1, filled(10), filled(11), context()));
  CHECK_FALSE(pair == derive_pair_key(0, 1, filled(11), filled(10), context()));
  CHECK_FALSE(pair == derive_pair_key(0, 2, filled(10), filled(11), context()));
  CHECK_FALSE(pair == derive_pair_key(1, 2, filled(10), filled(11), context()));
  CHECK_FALSE(pair == common);
}

TEST_CASE("keys are bound to session, roster, configuration and identities") {
  const std::vector<Contribution> all{filled(10), filled(11), filled(12)};
  const auto changed = [&](auto change) {
    KeyContext other = context();
    change(other);
    CHECK_FALSE(derive_common_key(all, context()) == derive_common_key(all, other));
    CHECK_FALSE(derive_pair_key(0, 1, all[0], all[1], context()) == derive_pair_key(0, 1, all[0], all[1], other));
  };
  changed([](KeyContext& c) { c.session_id[0] ^= 1; });
  changed([](KeyContext& c) { c.roster_hash[0] ^= 1; });
  changed([](KeyContext& c) { c.config_hash[0] ^= 1; });
  changed([](KeyContext& c) { c.identities[0] = "fp9"; });
  changed([](KeyContext& c) { c.identities[1] = "fp9"; });
}

TEST_CASE("a pair and the common key of the same two contributions differ: roles separate") {
  KeyContext two = context();
  two.identities = {"fp0", "fp1"};
  const std::vector<Contribution> both{filled(10), filled(11)};
  CHECK_FALSE(derive_common_key(both, two) == derive_pair_key(0, 1, both[0], both[1], two));
}

TEST_CASE("a confirmation depends on both keys and on who sends it") {
  const Key a = random_key(), b = random_key(), c = random_key();
  const auto good = confirmation(a, b, 0);
  CHECK(good == confirmation(a, b, 0));
  CHECK(good != confirmation(a, b, 1));
  CHECK(good != confirmation(c, b, 0));
  CHECK(good != confirmation(a, c, 0));
}
