#include "comm/session.h"

#include <absl/strings/str_cat.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <set>

#include "comm/byte_codec.h"
#include "comm/error_codes.h"
#include "comm/handshake_wire.h"
#include "comm/hello.h"
#include "comm/session_keys.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

class Handshake {
 public:
  Handshake(const SessionOptions& options, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline)
      : options_(options), channels_(channels), wire_(options.rank, channels, deadline), roster_hash_(hash_of_roster()) {
    check_arguments();
    system_entropy(nonce_);
  }

  Session run() {
    try {
      return settle();
    } catch (const Error& error) {
      wire_.refuse(error);
      throw;
    } catch (...) {  // an interrupt
      wire_.close();
      throw;
    }
  }

 private:
  void check_arguments() const;
  Session settle();
  Hello own_hello(int peer) const;
  void check_identity(int peer) const;
  void accept_hello(int peer, Bytes body, const HandshakePrefix& prefix);
  void swap_keys(const KeyContext& context, Session& session);
  Digest hash_of_roster() const;

  const SessionOptions& options_;
  std::span<const std::unique_ptr<Channel>> channels_;
  HandshakeWire wire_;
  Digest roster_hash_{};
  Digest nonce_{};
  std::vector<Digest> nonces_;
};

void Handshake::check_arguments() const {
  const auto wrong = [&](std::string why) {
    throw InvalidArgument(comm_code::invalid_argument, "wrong arguments of the handshake", wire_.where(), std::move(why), "correct the session options");
  };
  const int size = options_.world_size;
  if (size < 1) wrong(absl::StrCat("world size ", size));
  if (options_.rank < 0 || options_.rank >= size) wrong(absl::StrCat("rank ", options_.rank, " of world size ", size));
  if (static_cast<int>(channels_.size()) != size) wrong(absl::StrCat(channels_.size(), " channels for world size ", size));
  if (!options_.roster.empty() && static_cast<int>(options_.roster.size()) != size) {
    wrong(absl::StrCat("a roster of ", options_.roster.size(), " for world size ", size));
  }
  if (std::set<std::string>(options_.roster.begin(), options_.roster.end()).size() != options_.roster.size()) {
    wrong("the roster has one certificate for two ranks");
  }
  for (int rank = 0; rank < size; ++rank) {
    if ((rank == options_.rank) != (channels_[rank] == nullptr)) wrong("a channel to every other rank, and none to oneself");
  }
  for (const std::string* text : {&options_.run_id, &options_.program}) {
    if (text->size() > kLongestHelloText) wrong(absl::StrCat("a run id or program text of ", text->size(), " bytes, at most ", kLongestHelloText));
  }
}

Session Handshake::settle() {
  for (int peer : wire_.peers()) check_identity(peer);
  for (int peer : wire_.peers()) wire_.send(peer, HandshakeStep::hello, encode(own_hello(peer)));
  nonces_.resize(options_.world_size);
  nonces_[options_.rank] = nonce_;
  wire_.collect(HandshakeStep::hello, [&](int peer, Bytes body, const HandshakePrefix& prefix) { accept_hello(peer, body, prefix); });
  for (int peer : wire_.peers()) wire_.send(peer, HandshakeStep::accepted, {});
  wire_.collect(HandshakeStep::accepted, [&](int peer, Bytes body, const HandshakePrefix&) {
    if (!body.empty()) wire_.malformed(peer, "\"accepted\" has no content");
  });

  Session session;
  session.rank = options_.rank;
  session.world_size = options_.world_size;
  session.config = options_.config;
  session.id = sha256(std::as_bytes(std::span(nonces_)));
  session.roster_hash = roster_hash_;
  KeyContext context{.session_id = session.id, .roster_hash = roster_hash_, .config_hash = sha256(bytes_of(options_.config.canonical())), .identities = {}};
  for (int rank = 0; rank < options_.world_size; ++rank) {
    // Without a roster all connections are of one kind, which check_identity() has seen.
    if (!options_.roster.empty()) context.identities.push_back(options_.roster[rank]);
    else context.identities.push_back(wire_.peers().empty() ? "alone" : channels_[wire_.peers().front()]->peer_identity());
  }
  swap_keys(context, session);
  wire_.flush();
  return session;
}

void Handshake::swap_keys(const KeyContext& context, Session& session) {
  std::vector<Contribution> common(options_.world_size), ours(options_.world_size), theirs(options_.world_size);
  common[options_.rank] = Contribution::fresh();
  for (int peer : wire_.peers()) {
    ours[peer] = Contribution::fresh();
    std::array<uint8_t, 64> body;
    std::copy_n(ours[peer].bytes.data(), 32, body.data());
    std::copy_n(common[options_.rank].bytes.data(), 32, body.data() + 32);
    wire_.send(peer, HandshakeStep::keys, std::as_bytes(std::span(body)));
    OPENSSL_cleanse(body.data(), body.size());
  }
  wire_.collect(HandshakeStep::keys, [&](int peer, Bytes body, const HandshakePrefix&) {
    ByteReader in(body);
    theirs[peer].bytes = in.fixed<32>();
    common[peer].bytes = in.fixed<32>();
    if (absl::Status status = in.finish(); !status.ok()) wire_.malformed(peer, std::string(status.message()));
  });
  session.common = derive_common_key(common, context);
  session.pair.resize(options_.world_size);
  session.pair[options_.rank] = random_key();
  for (int peer : wire_.peers()) {
    session.pair[peer] = peer < options_.rank ? derive_pair_key(peer, options_.rank, theirs[peer], ours[peer], context)
                                              : derive_pair_key(options_.rank, peer, ours[peer], theirs[peer], context);
    const auto confirmed = confirmation(session.common, session.pair[peer], options_.rank);
    wire_.send(peer, HandshakeStep::confirm, std::as_bytes(std::span(confirmed)));
  }
  wire_.collect(HandshakeStep::confirm, [&](int peer, Bytes body, const HandshakePrefix&) {
    const auto expected = confirmation(session.common, session.pair[peer], peer);
    if (body.size() != expected.size() || CRYPTO_memcmp(body.data(), expected.data(), expected.size()) != 0) {
      wire_.malformed(peer, "its keys are not the keys that it agreed on with this party");
    }
  });
}

Hello Handshake::own_hello(int peer) const {
  Hello hello;
  hello.library_version = kLibraryVersion;
  hello.sender = static_cast<uint32_t>(options_.rank);
  hello.receiver = static_cast<uint32_t>(peer);
  hello.world_size = static_cast<uint32_t>(options_.world_size);
  hello.run_id = options_.run_id;
  hello.roster_hash = roster_hash_;
  for (const Config::Field& field : options_.config.fields()) {
    if (field.compared) hello.config.emplace_back(field.name, field.value);
  }
  hello.program = options_.program;
  hello.nonce = nonce_;
  return hello;
}

void Handshake::check_identity(int peer) const {
  const std::string identity = channels_[peer]->peer_identity();
  const auto refuse_it = [&](std::string why, std::string todo) {
    throw PeerIdentityMismatch(comm_code::peer_identity, absl::StrCat("the connection to rank ", peer, " does not show that it is rank ", peer), wire_.where(),
                               std::move(why), std::move(todo));
  };
  if (!options_.roster.empty()) {
    if (identity != options_.roster[peer]) {
      refuse_it(absl::StrCat("the roster has certificate ", options_.roster[peer], ", the connection has ", identity),
                "give every rank its own certificate and all ranks the same roster");
    }
  } else if (identity == "plaintext" && !options_.config.insecure_plaintext) {
    refuse_it("the connection is not encrypted", "use certificates, or communicator.insecure_plaintext on all ranks for tests");
  } else if (identity != "local" && identity != "plaintext") {
    refuse_it("there is no roster to compare its certificate with", "give all ranks the roster");
  }
}

void Handshake::accept_hello(int peer, Bytes body, const HandshakePrefix& prefix) {
  const auto versions_differ = [&](const std::string& what, const std::string& ours, const std::string& theirs) {
    throw VersionMismatch(comm_code::version_mismatch, absl::StrCat("the parties have different versions of the ", what), wire_.where(),
                          absl::StrCat(what, ": rank ", options_.rank, " has \"", ours, "\", rank ", peer, " has \"", theirs, "\""),
                          "install the same version on all ranks");
  };
  if (prefix.revision != kProtocolRevision) versions_differ("protocol revision", std::to_string(kProtocolRevision), std::to_string(prefix.revision));
  const absl::StatusOr<Hello> theirs = decode_hello(body);
  if (!theirs.ok()) wire_.malformed(peer, std::string(theirs.status().message()));
  const Hello ours = own_hello(peer);
  const std::optional<Difference> difference = first_difference(ours, *theirs);
  if (difference && difference->is_version) versions_differ(difference->field, difference->ours, difference->theirs);
  if (difference) {
    throw ConfigMismatch(comm_code::config_mismatch, absl::StrCat("the parties disagree about ", difference->field), wire_.where(),
                         absl::StrCat(difference->field, ": rank ", options_.rank, " has \"", difference->ours, "\", rank ", peer, " has \"",
                                      difference->theirs, "\""),
                         absl::StrCat("give all ranks the same ", difference->field));
  }
  if (theirs->sender != static_cast<uint32_t>(peer) || theirs->receiver != static_cast<uint32_t>(options_.rank)) {
    throw PeerIdentityMismatch(comm_code::peer_identity, absl::StrCat("the connection to rank ", peer, " belongs to another rank"), wire_.where(),
                               absl::StrCat("it says that it connects rank ", theirs->sender, " to rank ", theirs->receiver),
                               "start every rank once, with its own rank and address");
  }
  const bool reflected = std::find(nonces_.begin(), nonces_.end(), theirs->nonce) != nonces_.end();
  if (reflected) wire_.malformed(peer, "its nonce is not fresh");
  nonces_[peer] = theirs->nonce;
}

Digest Handshake::hash_of_roster() const {
  ByteWriter out;
  for (const std::string& fingerprint : options_.roster) out.text(fingerprint);
  return sha256(out.bytes());
}

}  // namespace

Session handshake(const SessionOptions& options, std::span<const std::unique_ptr<Channel>> channels, Clock::time_point deadline) {
  return Handshake(options, channels, deadline).run();
}

}  // namespace crypten
