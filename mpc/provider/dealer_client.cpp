#include "mpc/provider/dealer_client.h"

#include <deque>
#include <string>

#include "comm/byte_codec.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_protocol.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

constexpr uint64_t kLongestReason = 4096;

std::string where(int rank) { return "rank " + std::to_string(rank) + ", dealer"; }

[[noreturn]] void malformed(int rank, const std::string& why) {
  throw MalformedFrame(provider_code::malformed_answer, "these bytes are no answer of a dealer", where(rank), why, "check what listens at the dealer's address");
}

[[noreturn]] void lost(int rank, Wire wire, const ByteStream& stream) {
  throw DealerLost(provider_code::dealer_lost, wire == Wire::deadline ? "the dealer does not answer" : "the dealer is gone", where(rank),
                   wire == Wire::deadline ? "it is connected, and silent beyond the time-out" : stream.detail(),
                   "see the dealer's own output; start crypten-dealer again with the same master key, and then the run");
}

// Requests and answers of the corrected rank. Used by the party's thread alone.
class DealerConnection final : public CorrectionSource, public std::enable_shared_from_this<DealerConnection> {
 public:
  DealerConnection(int rank, std::chrono::duration<double> patience, std::unique_ptr<ByteStream> stream)
      : rank_(rank), patience_(std::chrono::duration_cast<Clock::duration>(patience)), stream_(std::move(stream)), reader_(*stream_) {}
  ~DealerConnection() override { stream_->close(); }

  std::shared_ptr<Pending> request(const Request& request, uint64_t correction_bytes) override {
    ByteWriter record;
    record.text(canonical(request));
    const auto& bytes = record.bytes();
    outgoing_.insert(outgoing_.end(), bytes.begin(), bytes.end());
    auto answer = std::make_shared<Answer>(shared_from_this(), correction_bytes);
    expected_.push_back(answer->content);
    return answer;
  }

  void flush() override {
    if (outgoing_.empty() || failure_) return;
    travelling_.push_back(std::exchange(outgoing_, {}));
    // A lost dealer is reported by whoever waits for it. Not waiting for the transport here: the dealer may be sending while we do.
    send_records(*stream_, {Bytes(travelling_.back())});
  }

  uint64_t bytes_received() const override { return bytes_received_; }

 private:
  struct Content {
    uint64_t expected = 0;
    bool complete = false;
    std::vector<std::byte> bytes;
  };

  struct Answer final : Pending {
    Answer(std::shared_ptr<DealerConnection> connection, uint64_t expected) : connection_(std::move(connection)), content(std::make_shared<Content>()) {
      content->expected = expected;
    }
    std::vector<std::byte> wait() override {
      connection_->wait_for(*content);
      return std::move(content->bytes);
    }

   private:
    std::shared_ptr<DealerConnection> connection_;

   public:
    std::shared_ptr<Content> content;
  };

  void wait_for(const Content& content) {
    flush();
    if (failure_) std::rethrow_exception(failure_);
    try {
      while (!content.complete) read_answer();
    } catch (const Error&) {
      failure_ = std::current_exception();
      throw;
    } catch (...) {  // Ctrl-C: an answer may be half read
      failure_ = std::make_exception_ptr(DealerLost(provider_code::dealer_lost, "a wait for the dealer was interrupted", where(rank_),
                                                    "the connection ended with that", "start the run again"));
      throw;
    }
  }

  // Everything is read in order; an answer that nobody holds any more (a prefetch that was dropped) is read and forgotten.
  void read_answer() {
    if (expected_.empty()) malformed(rank_, "an answer without a request");
    std::vector<std::byte> header;
    read(header, kAnswerHeader);
    ByteReader in(header);
    const auto status = static_cast<AnswerStatus>(in.u8());
    const uint64_t length = in.u64();
    if (status == AnswerStatus::refused && length <= kLongestReason) refused(length);
    Content& content = *expected_.front();
    if (status != AnswerStatus::correction || length != content.expected) {
      malformed(rank_, std::to_string(length) + " bytes, expected " + std::to_string(content.expected));
    }
    content.bytes.reserve(length);
    read(content.bytes, length);
    bytes_received_ += length;
    content.complete = true;
    expected_.pop_front();
    // What the dealer has answered it has received, so this returns at once.
    if (!travelling_.empty() && stream_->flush(Clock::now()) == Wire::ok) travelling_.clear();
  }

  [[noreturn]] void refused(uint64_t length) {
    std::vector<std::byte> reason;
    read(reason, length);
    throw ProtocolError(provider_code::dealer_refused, "the dealer refuses a request", where(rank_),
                        printable({reinterpret_cast<const char*>(reason.data()), reason.size()}, kLongestReason), "report this: parties check requests before they send them");
  }

  void read(std::vector<std::byte>& out, uint64_t bytes) {
    const Wire wire = reader_.read(out, bytes, Clock::now() + patience_);
    if (wire != Wire::ok) lost(rank_, wire, *stream_);
  }

  int rank_;
  Clock::duration patience_;
  std::unique_ptr<ByteStream> stream_;
  RecordReader reader_;
  std::vector<std::byte> outgoing_;                    // requests since the last flush
  std::deque<std::vector<std::byte>> travelling_;      // handed to the stream, which may still read them
  std::deque<std::shared_ptr<Content>> expected_;
  uint64_t bytes_received_ = 0;
  std::exception_ptr failure_;
};

[[noreturn]] void throw_refused(int rank, const Refusal& refusal) {
  const int code = static_cast<int>(refusal.code);
  const auto raise = [&]<class E>(std::type_identity<E>) { throw E(code, "the dealer: " + refusal.problem, where(rank), refusal.why, refusal.todo); };
  if (refusal.error_class == "VersionMismatch") raise(std::type_identity<VersionMismatch>());
  if (refusal.error_class == "ConfigMismatch") raise(std::type_identity<ConfigMismatch>());
  if (refusal.error_class == "PeerIdentityMismatch") raise(std::type_identity<PeerIdentityMismatch>());
  throw SessionError(provider_code::dealer_refused, "the dealer refused this party: " + refusal.problem, where(rank), refusal.why, refusal.todo);
}

Key shake_hands(const Session& session, ByteStream& stream, Clock::time_point deadline, const Ring& ring) {
  const DealerHello hello{.revision = kProtocolRevision,
                          .session_id = session.id,
                          .roster_hash = session.roster_hash,
                          .config_hash = sha256(bytes_of(session.config.canonical())),
                          .rank = static_cast<uint32_t>(session.rank),
                          .world_size = static_cast<uint32_t>(session.world_size),
                          .ring = ring};
  const auto message = encode(hello);
  const Bytes bytes(message);
  std::vector<std::byte> answer;
  Wire wire = stream.send({&bytes, 1});
  if (wire == Wire::ok) wire = stream.flush(deadline);
  // Receive even if the dealer has closed: it may have said why.
  if (const Wire received = stream.receive(answer, deadline); received != Wire::ok) {
    const Wire cause = wire == Wire::ok ? received : wire;
    stream.close();
    lost(session.rank, cause, stream);
  }
  const auto reply = decode_reply(answer);
  wipe(answer);
  if (!reply.ok()) malformed(session.rank, std::string(reply.status().message()));
  if (!reply->rank_key) throw_refused(session.rank, reply->refusal);
  return *reply->rank_key;
}

}  // namespace

std::unique_ptr<Provider> dealer_provider(const Session& session, std::unique_ptr<ByteStream> stream, Clock::time_point deadline, Ring ring) {
  const int corrected = session.world_size - 1;
  auto streams = std::make_shared<KeyedStreams>(shake_hands(session, *stream, deadline, ring));
  std::shared_ptr<CorrectionSource> corrections;
  if (session.rank == corrected) {
    corrections = std::make_shared<DealerConnection>(session.rank, std::chrono::duration<double>(session.config.round_timeout_s), std::move(stream));
  } else {
    stream->close();
  }
  return std::make_unique<Provider>(session.rank, session.world_size, corrected, ring, std::move(streams), std::move(corrections));
}

}  // namespace crypten
