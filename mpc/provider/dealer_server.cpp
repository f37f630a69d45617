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
constexpr auto kBetweenGlances = std::chrono::seconds(1);      // at whether others wait, while a client does not read
constexpr uint64_t kCoalesced = 256 << 10;           // small answers leave together,
constexpr uint64_t kFirst = 32 << 10;                // fewer of the first ones that were asked for together: those are needed first
constexpr uint64_t kPart = 8 << 20;                  // of a correction: whoever takes one in time has not stalled
constexpr uint64_t kOverlapped = 1 << 20;            // a correction worth a thread while the one before is sent

[[noreturn]] void malformed(const std::string& why) {
  throw MalformedFrame(provider_code::malformed_answer, "a client's bytes are no part of the dealer's protocol", "dealer", why,
                       "run dealer and parties from the same build");
}

// The requests in a batch of messages; a record that is not complete waits for the next message.
class RequestBuffer {
 public:
  void add(const ByteVector& message) { append(bytes_, message); }

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
  ByteVector bytes_;
};

// Answers that leave together. Their bytes stay, and count as held, until they were flushed.
class AnswerBatch {
 public:
  AnswerBatch(ByteStream& client, const DealerBudget& budget, Clock::duration stalled_after) : client_(client), budget_(budget), stalled_after_(stalled_after) {}

  void add(AnswerStatus status, ByteVector body, DealerBudget::Share share = {}) {
    size_ += body.size();
    records_.push_back(encode_answer_header(status, body.size()));
    records_.push_back(std::move(body));
    shares_.push_back(std::move(share));
    if (size_ < together_) return;
    send();
    together_ = std::min(2 * together_, kCoalesced);
  }

  // Throws SessionError: the client takes nothing while others wait. A client that left is noticed by whoever receives from it.
  void send() {
    std::vector<Bytes> part;
    uint64_t size = 0;
    Wire wire = Wire::ok;
    const auto leave = [&] {
      wire = send_records(client_, part);
      if (wire == Wire::ok) wire = taken();
      part.clear();
      size = 0;
    };
    for (Bytes rest : std::vector<Bytes>(records_.begin(), records_.end())) {
      while (!rest.empty() && wire == Wire::ok) {
        part.push_back(rest.first(std::min<size_t>(rest.size(), kPart - size)));
        size += part.back().size();
        rest = rest.subspan(part.back().size());
        if (size == kPart) leave();
      }
    }
    if (!part.empty() && wire == Wire::ok) leave();
    records_.clear();
    shares_.clear();
    size_ = 0;
  }

 private:
  Wire taken() {
    const auto started = Clock::now();
    for (;;) {
      const Wire wire = client_.flush(Clock::now() + std::min<Clock::duration>(kBetweenGlances, stalled_after_));
      if (wire != Wire::deadline) return wire;
      if (Clock::now() - started < stalled_after_ || !budget_.wanted()) continue;
      client_.close();  // the bytes are ours again after close()
      throw SessionError(provider_code::stalled_client, "a client takes nothing of its answers while others wait for the memory", "dealer",
                         "nothing was taken for " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(stalled_after_).count()) + " ms",
                         "give the dealer more --memory, or see why that party does not read");
    }
  }

  ByteStream& client_;
  const DealerBudget& budget_;
  const Clock::duration stalled_after_;
  std::vector<ByteVector> records_;
  std::vector<DealerBudget::Share> shares_;
  uint64_t size_ = 0, together_ = kFirst;
};

ByteVector text_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// What a client of a ring and of so many ranks may ask.
bool is_dealable(const Ring& ring) { return ring.bits >= 2 && ring.bits <= 64 && ring.chunk_bits >= 1 && ring.chunk_bits <= 6 && ring.arity >= 2 && ring.arity <= 8; }

}  // namespace

DealerServer::DealerServer(const Key& master, DealerOptions options) : master_(master), options_(std::move(options)), budget_(options_.memory), masks_(options_.kept_masks) {
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

DealerHello DealerServer::await_hello(ByteStream& client) const {
  ByteVector message;
  if (client.receive(message, Clock::now() + options_.hello_timeout) != Wire::ok) malformed("no hello came: " + client.detail());
  auto hello = decode_dealer_hello(message);
  if (!hello.ok()) malformed(std::string(hello.status().message()));
  return *hello;
}

void DealerServer::admit(ByteStream& client, const DealerHello& hello, std::optional<DealerMeter::Visit>& visit) {
  const auto deadline = Clock::now() + options_.hello_timeout;
  ByteVector reply;
  try {
    check(hello, client.peer_identity());
    visit.emplace(meter_, dealer_session(hello), hello.rank);  // only who may be that rank counts as it
    if (visit->together() > options_.max_clients_per_rank) {
      throw SessionError(provider_code::crowded_session, "this rank of this session has too many clients", "dealer, rank " + std::to_string(hello.rank),
                         std::to_string(visit->together() - 1) + " are being served", "stop left-over processes");
    }
  } catch (const Error& error) {
    reply = encode_refused(refusal_of(error));
    const Bytes bytes(reply);
    if (client.send({&bytes, 1}) == Wire::ok) client.flush(deadline);
    client.close();
    throw;
  }
  reply = encode_accepted(dealer_rank_key(master_, dealer_session(hello), hello.roster_hash, static_cast<int>(hello.rank)));
  const Bytes bytes(reply);
  Wire wire = client.send({&bytes, 1});
  if (wire == Wire::ok) wire = client.flush(deadline);
  if (wire != Wire::ok) client.close();
  wipe(reply);
}

void DealerServer::serve(ByteStream& client) {
  meter_.came();
  try {
    const DealerHello hello = await_hello(client);
    std::optional<DealerMeter::Visit> visit;
    admit(client, hello, visit);
    answer(client, hello);
  } catch (const std::exception& error) {
    const auto* named = dynamic_cast<const Error*>(&error);
    meter_.refused(named ? named->code() : 0);
    client.close();
    throw;
  }
  client.close();
}

// The next correction may be dealt while the one before is sent. What is dealt holds its share of the memory until it was taken.
void DealerServer::answer(ByteStream& client, const DealerHello& hello) {
  const Digest session = dealer_session(hello);
  const MaskCache::Session kept(masks_, session);
  DealerStreams streams;
  for (uint32_t rank = 0; rank < hello.world_size; ++rank) {
    streams.push_back(std::make_shared<KeyedStreams>(dealer_rank_key(master_, session, hello.roster_hash, static_cast<int>(rank))));
  }
  struct Size {
    uint64_t correction = 0, expanded = 0;  // bytes
  };
  const auto size_of = [&](const Request& request) {
    if (request.corrected != static_cast<int>(hello.rank)) {
      throw InvalidArgument(provider_code::invalid_request, "a request that corrects another rank", "dealer",
                            "rank " + std::to_string(hello.rank) + " asks for what is rank " + std::to_string(request.corrected) + "'s", "run all parties from the same version");
    }
    const auto shapes = dealt_shapes(request, hello.ring);
    Size size{.expanded = 8 * request_words(request, shapes)};
    for (const auto& shape : shapes) size.correction += shape.correction_bytes();
    if (size.correction > options_.max_correction_bytes) {
      throw InvalidArgument(provider_code::invalid_request, "a correction beyond the dealer's limit", "dealer", std::to_string(size.correction) + " bytes",
                            "split the operation");
    }
    return size;
  };
  struct Dealt {
    ByteVector correction;
    DealerBudget::Share share;
  };
  const auto dealt = [&](const Request& request, DealerBudget::Share share, Clock::time_point asked) {
    Dealt result{.correction = deal(streams, hello.ring, request, &kept), .share = std::move(share)};
    result.share.shrink(result.correction.size());
    meter_.dealt(result.correction.size(), Clock::now() - asked);
    return result;
  };

  RequestBuffer buffer;
  ByteVector message;
  for (;;) {
    const Wire wire = client.receive(message, Clock::now() + kIdle);
    if (wire == Wire::deadline) continue;
    if (wire == Wire::closed) return;
    AnswerBatch answers(client, budget_, options_.stalled_after);
    try {
      buffer.add(message);
      const auto requests = buffer.take();
      std::future<Dealt> next;
      for (size_t i = 0; i < requests.size(); ++i) {
        Dealt current;
        if (next.valid()) {
          current = next.get();
        } else {
          const auto asked = Clock::now();
          const uint64_t bytes = size_of(requests[i]).expanded;
          auto share = budget_.try_reserve(bytes);
          if (!share) {
            answers.send();  // who waits holds nothing
            share = budget_.reserve(bytes);
          }
          current = dealt(requests[i], std::move(*share), asked);
        }
        if (i + 1 < requests.size()) {
          const Size size = size_of(requests[i + 1]);
          auto share = size.correction >= kOverlapped ? budget_.try_reserve(size.expanded) : std::nullopt;
          if (share) {
            next = std::async(std::launch::async, [&dealt, &request = requests[i + 1], share = std::move(*share), asked = Clock::now()]() mutable {
              return dealt(request, std::move(share), asked);
            });
          }
        }
        answers.add(AnswerStatus::correction, std::move(current.correction), std::move(current.share));
      }
      answers.send();
    } catch (const Error& error) {
      if (error.code() == provider_code::stalled_client) throw;
      answers.add(AnswerStatus::refused, text_bytes(error.problem() + ": " + error.why()));
      answers.send();
      throw;
    }
  }
}

}  // namespace crypten
