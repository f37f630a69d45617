#include "mpc/provider/dealer_replicas.h"

#include <algorithm>
#include <thread>
#include <type_traits>
#include <utility>

#include "comm/byte_codec.h"
#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

constexpr auto kTurn = std::chrono::seconds(1);
constexpr auto kPause = std::chrono::milliseconds(50);  // from one attempt to the next: dealers that turn everybody away are not called without a break

[[noreturn]] void throw_refused(uint32_t rank, const Refusal& refusal) {
  const int code = static_cast<int>(refusal.code);
  const auto raise = [&]<class E>(std::type_identity<E>) { throw E(code, "the dealer: " + refusal.problem, dealer_place(rank), refusal.why, refusal.todo); };
  if (refusal.error_class == "VersionMismatch") raise(std::type_identity<VersionMismatch>());
  if (refusal.error_class == "ConfigMismatch") raise(std::type_identity<ConfigMismatch>());
  if (refusal.error_class == "PeerIdentityMismatch") raise(std::type_identity<PeerIdentityMismatch>());
  throw SessionError(provider_code::dealer_refused, "the dealer refused this party: " + refusal.problem, dealer_place(rank), refusal.why, refusal.todo);
}

}  // namespace

std::string dealer_place(uint32_t rank) { return "rank " + std::to_string(rank) + ", dealer"; }

void throw_malformed_answer(const std::string& where, const std::string& why) {
  throw MalformedFrame(provider_code::malformed_answer, "these bytes are no answer of a dealer", where, why, "check what listens at the dealer's address");
}

void throw_dealer_lost(const std::string& where, Wire wire, const std::string& detail) {
  throw DealerLost(provider_code::dealer_lost, wire == Wire::deadline ? "the dealer does not answer" : "the dealer is gone", where,
                   wire == Wire::deadline ? "it is connected, and silent beyond the time-out" : detail,
                   "see the dealer's own output; start crypten-dealer again with the same master key, and then the run; a run that knows several dealers with "
                   "that key (CRYPTEN_DEALER=host:port,host:port) goes on with the next");
}

DealerReplicas::DealerReplicas(const Session& session, const Ring& ring, std::vector<DealerReplica> replicas)
    : hello_{.revision = kProtocolRevision,
             .session_id = session.id,
             .roster_hash = session.roster_hash,
             .config_hash = sha256(bytes_of(session.config.canonical())),
             .rank = static_cast<uint32_t>(session.rank),
             .world_size = static_cast<uint32_t>(session.world_size),
             .ring = ring},
      replicas_(std::move(replicas)),
      current_(replicas_.size() - 1) {
  if (replicas_.empty())
    throw InvalidArgument(provider_code::invalid_dealer, "there is no dealer to ask", dealer_place(hello_.rank), "the list of replicas is empty", "name one dealer at least");
}

DealerReplicas::Admission DealerReplicas::meet(Clock::time_point deadline) {
  for (;;) {
    current_ = (current_ + 1) % size();
    const auto begun = Clock::now();
    const bool last_turn = size() == 1 || deadline <= Clock::now() + kTurn;
    const auto until = last_turn ? deadline : Clock::now() + kTurn;
    try {
      Admission admission{.stream = replicas_[current_].dial(until), .rank_key = {}};
      admission.rank_key = shake_hands(*admission.stream, last_turn ? deadline : std::min(deadline, Clock::now() + kTurn));
      if (!rank_key_) rank_key_ = admission.rank_key;
      if (*rank_key_ == admission.rank_key) return admission;
      throw ConfigMismatch(provider_code::other_master_key, "the dealers have different master keys", dealer_place(hello_.rank),
                           "the dealer at " + address() + " gave another key than the one before it", "start all replicas of a dealer with one file of --master-key");
    } catch (const RendezvousTimeout&) {
      if (last_turn) throw;
    } catch (const DealerLost&) {
      if (last_turn) throw;
    }
    std::this_thread::sleep_until(begun + kPause);
  }
}

Key DealerReplicas::shake_hands(ByteStream& stream, Clock::time_point deadline) const {
  const auto message = encode(hello_);
  const Bytes bytes(message);
  ByteVector answer;
  Wire wire = stream.send({&bytes, 1});
  if (wire == Wire::ok) wire = stream.flush(deadline);
  // Receive even if the dealer has closed: it may have said why.
  if (const Wire received = stream.receive(answer, deadline); received != Wire::ok) {
    const Wire cause = wire == Wire::ok ? received : wire;
    stream.close();
    throw_dealer_lost(dealer_place(hello_.rank), cause, stream.detail());
  }
  const auto reply = decode_reply(answer);
  wipe(answer);
  if (!reply.ok()) throw_malformed_answer(dealer_place(hello_.rank), std::string(reply.status().message()));
  if (!reply->rank_key) throw_refused(hello_.rank, reply->refusal);
  return *reply->rank_key;
}

}  // namespace crypten
