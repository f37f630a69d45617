#include "comm/handshake_wire.h"

#include <absl/strings/str_cat.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "comm/error_codes.h"
#include "comm/refusal.h"
#include "comm/session.h"

namespace crypten {

namespace {
constexpr auto kHandshakeSlice = std::chrono::milliseconds(20);
constexpr auto kRefusalBudget = std::chrono::milliseconds(500);
}  // namespace

HandshakeWire::HandshakeWire(int rank, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline)
    : rank_(rank), channels_(channels), deadline_(deadline) {
  for (int peer = 0; peer < static_cast<int>(channels.size()); ++peer) {
    if (peer != rank) peers_.push_back(peer);
  }
}

HandshakeWire::~HandshakeWire() {
  for (auto& message : in_flight_) OPENSSL_cleanse(message.data(), message.size());
}

std::string HandshakeWire::where() const { return absl::StrCat("rank ", rank_, ", handshake"); }

void HandshakeWire::close() {
  for (int peer : peers_) channels_[peer]->close();
}

void HandshakeWire::send(int peer, HandshakeStep step, Bytes body) {
  in_flight_.push_back(encode_step(step, body, kProtocolRevision));
  const Bytes piece(in_flight_.back());
  channels_[peer]->send(std::span(&piece, 1));  // a connection that closed may hold the reason: it is found when the peer's message is awaited
}

void HandshakeWire::flush() {
  for (int peer : peers_) {
    const Wire wire = channels_[peer]->flush(deadline_);
    if (wire == Wire::deadline) missing({peer});
    if (wire == Wire::closed) lost(peer);
  }
}

void HandshakeWire::collect(HandshakeStep step, const Take& take) {
  std::vector<int> waiting = peers_;
  ByteVector message;
  while (!waiting.empty()) {
    bool came = false;
    for (size_t i = 0; i < waiting.size() && !came; ++i) {
      // Waits for the first, looks at the others.
      const auto until = i == 0 ? std::min(deadline_, Clock::now() + kHandshakeSlice) : Clock::now();
      const Wire wire = channels_[waiting[i]]->receive(message, until);
      if (wire == Wire::closed) lost(waiting[i]);
      came = wire == Wire::ok;
      if (came) {
        const int peer = waiting[i];
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
        take_message(peer, step, message, take);
        OPENSSL_cleanse(message.data(), message.size());
      }
    }
    if (!came) {
      check_interrupt();
      if (Clock::now() >= deadline_) missing(waiting);
    }
  }
}

void HandshakeWire::take_message(int peer, HandshakeStep step, Bytes message, const Take& take) {
  Bytes body;
  const absl::StatusOr<HandshakePrefix> prefix = decode_step(message, body);
  if (!prefix.ok()) malformed(peer, std::string(prefix.status().message()));
  const bool other_revision = prefix->revision != kProtocolRevision;
  if (prefix->step == HandshakeStep::refused && !other_revision) {
    const absl::StatusOr<Refusal> refusal = decode_refusal(body);
    if (!refusal.ok()) malformed(peer, std::string(refusal.status().message()));
    throw_refusal(*refusal, rank_, peer);
  }
  if (other_revision ? step != HandshakeStep::hello : prefix->step != step) malformed(peer, "another step of the handshake is due");
  take(peer, body, *prefix);
}

void HandshakeWire::refuse(const Error& error) noexcept {
  try {
    const ByteVector refusal = encode(refusal_of(error));
    const auto deadline = Clock::now() + kRefusalBudget;
    for (int peer : peers_) send(peer, HandshakeStep::refused, refusal);
    for (int peer : peers_) {
      if (channels_[peer]->flush(deadline) != Wire::ok) channels_[peer]->close();  // nothing of ours is read any more
    }
  } catch (...) {  // the error that is on its way matters more than telling it
    close();
  }
}

void HandshakeWire::malformed(int peer, const std::string& why) const {
  throw MalformedFrame(comm_code::malformed_frame, absl::StrCat("a message from rank ", peer, " is not part of this handshake"), where(), why,
                       absl::StrCat("check what listens at the address of rank ", peer));
}

void HandshakeWire::lost(int peer) const {
  throw PeerLost(comm_code::peer_lost, absl::StrCat("rank ", peer, " is lost"), where(),
                 absl::StrCat("its connection ended during the handshake: ", channels_[peer]->detail()), absl::StrCat("look at the output of rank ", peer));
}

void HandshakeWire::missing(const std::vector<int>& ranks) const {
  std::string list;
  for (int rank : ranks) absl::StrAppend(&list, list.empty() ? "" : ", ", rank);
  throw RendezvousTimeout(comm_code::rendezvous_timeout, absl::StrCat(ranks.size() == 1 ? "rank " : "ranks ", list, " did not come"), where(),
                          "the time for the rendezvous is over", "start all ranks; raise communicator.rendezvous_timeout if they need longer");
}

}  // namespace crypten
