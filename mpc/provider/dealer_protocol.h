// What a party and the dealer say to each other, as canonical bytes over a ByteStream (transport-agnostic):
//   party → dealer   one hello
//   dealer → party   accepted with the rank's key, or refused with the reason
//   party → dealer   requests that correct this rank, back to back: u32 length, canonical request; as many in one message as were made before a flush
//   dealer → party   answers in the same order, back to back: u8 status, u64 length, the correction (or the reason of a refusal)
// Records are cut into messages of at most ByteStream::max_message() bytes anywhere: a correction larger than a message takes several.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "comm/byte_stream.h"
#include "comm/refusal.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/prg.h"
#include "mpc/ring.h"

namespace crypten {

// Who asks. Everything but the rank enters the rank keys, so parties that disagree about any of it share no stream.
struct DealerHello {
  uint32_t revision = 0;
  Digest session_id{}, roster_hash{}, config_hash{};
  uint32_t rank = 0, world_size = 0;
  Ring ring;
  bool operator==(const DealerHello&) const = default;
};
ByteVector encode(const DealerHello& hello);
// Fails: another magic or length. A hello of another revision decodes to that revision alone, so that it can be named.
absl::StatusOr<DealerHello> decode_dealer_hello(Bytes message);
// Name of the session for dealer_rank_key(): a digest of the hello without its rank.
Digest dealer_session(DealerHello hello);

// The answer to a hello. The caller wipes the bytes (wipe()).
ByteVector encode_accepted(const Key& rank_key);
ByteVector encode_refused(const Refusal& refusal);
struct DealerReply {
  std::optional<Key> rank_key;  // or
  Refusal refusal;
};
absl::StatusOr<DealerReply> decode_reply(Bytes message);
void wipe(ByteVector& bytes);

// SHA-256 of the certificates' fingerprints, by rank: Session::roster_hash.
Digest roster_digest(const std::vector<std::string>& roster);

enum class AnswerStatus : uint8_t { correction = 0, refused = 1 };
inline constexpr size_t kAnswerHeader = 9;
ByteVector encode_answer_header(AnswerStatus status, uint64_t length);

// Sends pieces back to back, cut into messages. Does not wait: the pieces must not change until the stream was flushed.
Wire send_records(ByteStream& stream, const std::vector<Bytes>& pieces);

// Reads records from messages, across their borders.
class RecordReader {
 public:
  explicit RecordReader(ByteStream& stream) : stream_(stream) {}
  // Appends exactly `bytes` bytes to `out`. Memory grows with what arrives.
  Wire read(ByteVector& out, uint64_t bytes, Clock::time_point deadline);
  bool between_messages() const { return position_ == message_.size(); }

 private:
  ByteStream& stream_;
  ByteVector message_;
  size_t position_ = 0;
};

}  // namespace crypten
