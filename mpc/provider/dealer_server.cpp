#include "mpc/provider/dealer_server.h"

#include <algorithm>
#include <cstring>
#include <future>

#include "comm/session.h"
#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/request_limits.h"

namespace crypten {
namespace {

constexpr auto kIdle = std::chrono::hours(1);        // between looks at an idle client
constexpr auto kPatience = std::chrono::minutes(10);  // for a client that does not read its answers
constexpr uint64_t kCoalesced = 256 << 10;           // small answers leave together
constexpr uint64_t kOverlapped = 1 << 20;            // a correction worth a thread while the one before is sent

[[noreturn]] void malformed(const std::string& why) {
  throw MalformedFrame(provider_code::malformed_answer, "a client's bytes are no part of the dealer's protocol", "dealer", why,
                       "run dealer and parties from the same build");
}

// The requests in a batch of messages; a record that is not complete waits for the next message.
class RequestBuffer {
 public:
  void append(const std::vector<std::byte>& message) { bytes_.insert(bytes_.end(), message.begin(), message.end()); }

  std::vector<Request> take() {
    std::vector<Request> requests;
    size_t position = 0;
    while (bytes_.size() - position >= sizeof(uint32_t)) {
      uint32_t length = 0;
      std::memcpy(&length, bytes_.data() + position, sizeof length);
      if (length > kMaxRequestBytes) malformed("a request of " + std::to_string(length) + " bytes");
      if (bytes_.size() - position - sizeof length < length) break;
      auto request = parse_request({reinterpret_cast<const char*>(bytes_.data()) + position + sizeof length, length});
      if (!request.ok()) malformed(std::string(request.status().message()));
      requests.push_back(*std::move(request));
      position += sizeof length + length;
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(position));
    return requests;
  }

 private:
  std::vector<std::byte> bytes_;
};

// Answers that leave together. Their bytes stay until they were flushed.
class AnswerBatch {
 public:
  explicit AnswerBatch(ByteStream& client) : client_(client) {}

  void add(AnswerStatus status, std::vector<std::byte> body) {
    size_ += body.size();
    records_.push_back(encode_answer_header(status, body.size()));
    records_.push_back(std::move(body));
    if (size_ >= kCoalesced) send();
  }

  void send() {
    const std::vector<Bytes> pieces(records_.begin(), records_.end());
    Wire wire = send_records(client_, pieces);
    if (wire == Wire::ok) wire = client_.flush(Clock::now() + kPatience);
    if (wire == Wire::deadline) client_.close();  // the bytes are ours again after close()
    records_.clear();
    size_ = 0;
  }

 private:
  ByteStream& client_;
  std::vector<std::vector<std::byte>> records_;
  uint64_t size_ = 0;
};

std::vector<std::byte> text_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// What a client of a ring and of so many ranks may ask.
bool is_dealable(const Ring& ring) { return ring.bits >= 2 && ring.bits <= 64 && ring.chunk_bits >= 1 && ring.chunk_bits <= 6 && ring.arity >= 2 && ring.arity <= 8; }

}  // namespace

DealerServer::DealerServer(const Key& master, DealerOptions options) : master_(master), options_(std::move(options)) {
  const auto& roster = options_.roster;
  if (!options_.fingerprint.empty() && std::find(roster.begin(), roster.end(), options_.fingerprint) != roster.end()) {
    throw DealerIsParty(provider_code::dealer_is_party, "the dealer's certificate is a party's", "dealer",
                        "whoever deals and takes part knows every value of the others", "run the dealer under a certificate, and a person, of its own");
  }
}

void DealerServer::check(const DealerHello& hello, const std::string& identity) const {
  const std::string where = "dealer, rank " + std::to_string(hello.rank);
  if (hello.revision != static_cast<uint32_t>(kProtocolRevision)) {
    throw VersionMismatch(provider_code::dealer_version, "dealer and party speak different revisions", where,
                          "the dealer's is " + std::to_string(kProtocolRevision) + ", the party's " + std::to_string(hello.revision),
                          "run dealer and parties from the same version");
  }
  const auto& roster = options_.roster;
  const bool pinned = !roster.empty();
  if (hello.world_size < 1 || hello.rank >= hello.world_size || hello.world_size > static_cast<uint32_t>(options_.max_world_size) || !is_dealable(hello.ring)) {
    throw InvalidArgument(provider_code::invalid_dealer, "the dealer serves no such party", where,
                          "rank " + std::to_string(hello.rank) + " of " + std::to_string(hello.world_size) + ", ring of " + std::to_string(hello.ring.bits) + " bits",
                          "check rank and world size");
  }
  // One answer for every kind of wrong certificate and roster: it tells nothing about other sessions.
  if (pinned && (hello.world_size != roster.size() || identity != roster[hello.rank])) {
    throw PeerIdentityMismatch(provider_code::dealer_identity, "the certificate is not the roster's for this rank", where,
                               "the dealer's roster pins another certificate for rank " + std::to_string(hello.rank),
                               "give every rank its own certificate, and dealer and parties the same roster");
  }
  if (!pinned && identity != "local" && identity != "plaintext") {
    throw PeerIdentityMismatch(provider_code::dealer_identity, "the dealer has no roster to compare a certificate with", where,
                               "it was started for plaintext connections", "start the dealer with the run folder");
  }
  if (hello.roster_hash != roster_digest(roster)) {
    throw ConfigMismatch(provider_code::dealer_identity, "dealer and party have different rosters", where, "the digests of the rosters differ",
                         "give dealer and parties the same roster");
  }
}

DealerHello DealerServer::greet(ByteStream& client) const {
  const auto deadline = Clock::now() + options_.hello_timeout;
  std::vector<std::byte> message;
  if (client.receive(message, deadline) != Wire::ok) malformed("no hello came: " + client.detail());
  const auto hello = decode_dealer_hello(message);
  if (!hello.ok()) malformed(std::string(hello.status().message()));
  std::vector<std::byte> reply;
  try {
    check(*hello, client.peer_identity());
  } catch (const Error& error) {
    reply = encode_refused(refusal_of(error));
    const Bytes bytes(reply);
    if (client.send({&bytes, 1}) == Wire::ok) client.flush(deadline);
    client.close();
    throw;
  }
  reply = encode_accepted(dealer_rank_key(master_, dealer_session(*hello), hello->roster_hash, static_cast<int>(hello->rank)));
  const Bytes bytes(reply);
  Wire wire = client.send({&bytes, 1});
  if (wire == Wire::ok) wire = client.flush(deadline);
  if (wire != Wire::ok) client.close();
  wipe(reply);
  return *hello;
}

void DealerServer::serve(ByteStream& client) {
  ++clients_;
  try {
    const DealerHello hello = greet(client);
    if (hello.rank + 1 == hello.world_size) answer(client, hello);  // the last rank is the corrected one
  } catch (...) {
    ++refused_;
    client.close();
    throw;
  }
  client.close();
}

void DealerServer::answer(ByteStream& client, const DealerHello& hello) {
  const Digest session = dealer_session(hello);
  DealerStreams streams;
  for (uint32_t rank = 0; rank < hello.world_size; ++rank) {
    streams.push_back(std::make_shared<KeyedStreams>(dealer_rank_key(master_, session, hello.roster_hash, static_cast<int>(rank))));
  }
  const auto size_of = [&](const Request& request) {
    uint64_t bytes = 0;
    for (const auto& shape : dealt_shapes(request, hello.ring)) bytes += shape.correction_bytes();
    if (bytes > options_.max_correction_bytes) {
      throw InvalidArgument(provider_code::invalid_request, "a correction beyond the dealer's limit", "dealer", std::to_string(bytes) + " bytes",
                            "split the operation");
    }
    return bytes;
  };
  const auto correction = [&](const Request& request) { return deal(streams, hello.ring, static_cast<int>(hello.rank), request); };

  RequestBuffer buffer;
  std::vector<std::byte> message;
  for (;;) {
    const Wire wire = client.receive(message, Clock::now() + kIdle);
    if (wire == Wire::deadline) continue;
    if (wire == Wire::closed) return;
    AnswerBatch answers(client);
    try {
      buffer.append(message);
      const auto requests = buffer.take();
      // While one correction is sent, the next large one is dealt.
      std::future<std::vector<std::byte>> next;
      for (size_t i = 0; i < requests.size(); ++i) {
        auto bytes = next.valid() ? next.get() : (size_of(requests[i]), correction(requests[i]));
        if (i + 1 < requests.size() && size_of(requests[i + 1]) >= kOverlapped) {
          next = std::async(std::launch::async, [&, i] { return correction(requests[i + 1]); });
        }
        ++requests_;
        correction_bytes_ += bytes.size();
        answers.add(AnswerStatus::correction, std::move(bytes));
      }
      answers.send();
    } catch (const Error& error) {
      answers.add(AnswerStatus::refused, text_bytes(error.problem() + ": " + error.why()));
      answers.send();
      throw;
    }
  }
}

DealerCounters DealerServer::counters() const { return {clients_, refused_, requests_, correction_bytes_}; }

}  // namespace crypten
