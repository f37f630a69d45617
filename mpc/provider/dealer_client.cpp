#include "mpc/provider/dealer_client.h"

#include <deque>
#include <optional>
#include <string>

#include "comm/byte_codec.h"
#include "comm/last_words.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_protocol.h"
#include "mpc/provider/error_codes.h"

namespace crypten {
namespace {

constexpr uint64_t kLongestReason = 4096;

constexpr auto kFailOver = std::chrono::seconds(4);  // for the next replica to answer; then the dealer is lost

// Requests and answers of one rank. Used by the party's thread alone.
class DealerConnection final : public CorrectionSource, public std::enable_shared_from_this<DealerConnection> {
 public:
  DealerConnection(uint32_t rank, std::chrono::duration<double> patience, std::unique_ptr<DealerReplicas> replicas, std::unique_ptr<ByteStream> stream)
      : rank_(rank), patience_(std::chrono::duration_cast<Clock::duration>(patience)), replicas_(std::move(replicas)), stream_(std::move(stream)) {
    reader_.emplace(*stream_);
  }
  ~DealerConnection() override { stream_->close(); }

  std::shared_ptr<Pending> request(const Request& request, uint64_t correction_bytes) override {
    ByteWriter record;
    record.text(canonical(request));
    auto answer = std::make_shared<Answer>(shared_from_this(), correction_bytes, record.bytes());
    append(outgoing_, answer->content->record);
    unanswered_.push_back(answer->content);
    return answer;
  }

  void flush() override {
    if (outgoing_.empty() || failure_) return;
    travelling_.push_back(std::exchange(outgoing_, {}));
    // A lost dealer is met by whoever waits for it. Not waiting for the transport here: the dealer may be sending while we do.
    send_records(*stream_, {Bytes(travelling_.back())});
  }

  uint64_t bytes_received() const override { return bytes_received_; }
  void set_witness(const Witness& witness) override { witness_ = witness; }

 private:
  std::string where() const { return witness_.place ? witness_.place() + ", dealer" : dealer_place(rank_); }

  struct Content {
    uint64_t expected = 0;
    bool complete = false;
    ByteVector bytes;
    ByteVector record;  // the request, until it is answered
  };

  struct Answer final : Pending {
    Answer(std::shared_ptr<DealerConnection> connection, uint64_t expected, ByteVector record)
        : content(std::make_shared<Content>()), connection_(std::move(connection)) {
      content->expected = expected;
      content->record = std::move(record);
    }
    ByteVector wait() override {
      connection_->wait_for(*content);
      return std::move(content->bytes);
    }
    std::shared_ptr<Content> content;

   private:
    std::shared_ptr<DealerConnection> connection_;
  };

  void wait_for(const Content& content) {
    flush();
    if (failure_) std::rethrow_exception(failure_);
    try {
      while (!content.complete)
        if (const Wire wire = read_answer(); wire != Wire::ok) go_on_with_the_next(wire);
    } catch (const Error& error) {
      failure_ = std::current_exception();
      if (witness_.failed) witness_.failed(error_class(error));
      throw;
    } catch (...) {  // Ctrl-C: an answer may be half read
      if (witness_.failed) witness_.failed("interrupted");
      failure_ = std::make_exception_ptr(DealerLost(provider_code::dealer_lost, "a wait for the dealer was interrupted", where(),
                                                    "the connection ended with that", "start the run again"));
      throw;
    }
  }

  // Everything is read in order; an answer that nobody holds any more (a prefetch that was dropped) is read and forgotten.
  Wire read_answer() {
    if (unanswered_.empty()) throw_malformed_answer(where(), "an answer without a request");
    ByteVector header;
    if (const Wire wire = read(header, kAnswerHeader); wire != Wire::ok) return wire;
    ByteReader in(header);
    const auto status = static_cast<AnswerStatus>(in.u8());
    const uint64_t length = in.u64();
    if (status == AnswerStatus::refused && length <= kLongestReason) return refused(length);
    Content& content = *unanswered_.front();
    if (status != AnswerStatus::correction || length != content.expected) {
      throw_malformed_answer(where(), std::to_string(length) + " bytes, expected " + std::to_string(content.expected));
    }
    content.bytes.reserve(length);
    if (const Wire wire = read(content.bytes, length); wire != Wire::ok) return wire;
    bytes_received_ += length;
    content.complete = true;
    content.record = {};
    unanswered_.pop_front();
    // What the dealer has answered it has received, so this returns at once.
    if (!travelling_.empty() && stream_->flush(Clock::now()) == Wire::ok) travelling_.clear();
    return Wire::ok;
  }

  Wire refused(uint64_t length) {
    ByteVector reason;
    if (const Wire wire = read(reason, length); wire != Wire::ok) return wire;
    throw ProtocolError(provider_code::dealer_refused, "the dealer refuses a request", where(),
                        printable({reinterpret_cast<const char*>(reason.data()), reason.size()}, kLongestReason), "report this: parties check requests before they send them");
  }

  Wire read(ByteVector& out, uint64_t bytes) { return reader_->read(out, bytes, Clock::now() + patience_); }

  // What was asked and not answered is asked again, of a replica that answers the same: no word of the run changes.
  void go_on_with_the_next(Wire wire) {
    stream_->close();  // gives the buffers of what is under way back
    const std::string detail = stream_->detail();
    if (wire == Wire::deadline || replicas_->size() == 1) throw_dealer_lost(where(), wire, detail);
    travelling_.clear();
    outgoing_.clear();
    try {
      stream_ = replicas_->meet(Clock::now() + kFailOver).stream;
    } catch (const RendezvousTimeout& none) {
      throw_dealer_lost(where(), wire, detail + "; nor does another one answer: " + none.why());
    }
    reader_.emplace(*stream_);
    unanswered_.front()->bytes.clear();
    for (const auto& content : unanswered_) append(outgoing_, content->record);
    flush();
  }

  uint32_t rank_;
  Clock::duration patience_;
  std::unique_ptr<DealerReplicas> replicas_;
  std::unique_ptr<ByteStream> stream_;
  std::optional<RecordReader> reader_;
  ByteVector outgoing_;                // requests since the last flush
  std::deque<ByteVector> travelling_;  // handed to the stream, which may still read them
  std::deque<std::shared_ptr<Content>> unanswered_;
  uint64_t bytes_received_ = 0;
  Witness witness_;
  std::exception_ptr failure_;
};

}  // namespace

std::unique_ptr<Provider> dealer_provider(const Session& session, std::vector<DealerReplica> replicas, Clock::time_point deadline, Ring ring) {
  auto dealers = std::make_unique<DealerReplicas>(session, ring, std::move(replicas));
  auto [stream, rank_key] = dealers->meet(deadline);
  auto streams = std::make_shared<KeyedStreams>(rank_key);
  auto corrections = std::make_shared<DealerConnection>(static_cast<uint32_t>(session.rank), std::chrono::duration<double>(session.config.round_timeout_s),
                                                        std::move(dealers), std::move(stream));
  return std::make_unique<Provider>(session.rank, CorrectedRanks::in_turn(session.world_size), ring, std::move(streams), std::move(corrections));
}

}  // namespace crypten
