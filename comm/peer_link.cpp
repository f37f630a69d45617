#include "comm/peer_link.h"

#include <absl/strings/str_cat.h>

#include <cstring>

namespace crypten {

PeerLink::PeerLink(std::unique_ptr<Channel> channel, uint64_t session, int self, int peer, Traffic& traffic)
    : channel_(std::move(channel)),
      session_(session),
      self_(static_cast<uint32_t>(self)),
      peer_(static_cast<uint32_t>(peer)),
      traffic_(traffic) {}

Wire PeerLink::send(FrameKind kind, uint64_t transcript, std::span<const Bytes> payload) {
  begin_send(kind, transcript, payload);
  while (!all_sent())
    if (Wire wire = send_part(); wire != Wire::ok) return wire;
  return Wire::ok;
}

void PeerLink::begin_send(FrameKind kind, uint64_t transcript, std::span<const Bytes> payload) {
  sending_ = Sending{.sequence = sent_frames_++, .payload = {payload.begin(), payload.end()}, .size = total_bytes(payload)};
  FrameHeader header;
  header.kind = kind;
  header.session = session_;
  header.sender = self_;
  header.receiver = peer_;
  header.sequence = sending_->sequence;
  header.transcript = transcript;
  header.credit = kReceiveCredit;
  header.payload_bytes = sending_->size;
  headers_in_flight_.push_back(encode(header));
}

size_t PeerLink::next_part_end() const {
  const Sending& s = *sending_;
  return s.done + (s.parts == 0 ? first_part(s.size, channel_->max_message()) : next_part(s.size - s.done, channel_->max_message()));
}

Wire PeerLink::send_part() {
  Sending& s = *sending_;
  const size_t count = next_part_end() - s.done;
  std::vector<Bytes> message = cut(std::span<const Bytes>(s.payload), s.done, count);
  if (s.parts == 0) {
    message.insert(message.begin(), headers_in_flight_.back());
  } else {
    part_headers_in_flight_.push_back(encode_part_header(s.sequence, s.parts));
    message.insert(message.begin(), part_headers_in_flight_.back());
  }
  const size_t message_bytes = total_bytes(std::span<const Bytes>(message));
  s.done += count;
  ++s.parts;
  if (s.done == s.size) sending_.reset();
  const Wire wire = channel_->send(message);
  if (wire != Wire::ok) {
    sending_.reset();
    return wire;
  }
  traffic_.messages_sent += 1;
  traffic_.wire_bytes_sent += message_bytes;
  return Wire::ok;
}

Wire PeerLink::flush(Clock::time_point deadline) {
  const Wire wire = channel_->flush(deadline);
  if (wire == Wire::ok) {
    headers_in_flight_.clear();
    part_headers_in_flight_.clear();
  }
  return wire;
}

Wire PeerLink::poll(Clock::time_point deadline) {
  if (first_message_) return Wire::ok;
  const Wire wire = channel_->receive(spare_, deadline);
  if (wire == Wire::ok) {
    traffic_.wire_bytes_received += spare_.size();
    first_message_ = std::move(spare_);
  }
  return wire;
}

absl::StatusOr<FrameHeader> PeerLink::header() const {
  absl::StatusOr<FrameHeader> header = decode_frame_header(*first_message_);
  if (!header.ok()) return header;
  const FrameExpectation expected{.session = session_, .sender = peer_, .receiver = self_, .sequence = received_frames_};
  if (absl::Status status = check_frame(*header, expected); !status.ok()) return status;
  const size_t part = first_message_->size() - FrameHeader::kBytes;
  if (part != first_part(header->payload_bytes, channel_->max_message())) {
    return absl::InvalidArgumentError(
        absl::StrCat("truncated: the first message has ", part, " bytes of a payload that is announced with ", header->payload_bytes));
  }
  return header;
}

absl::Status PeerLink::begin_payload(const FrameHeader& header, std::span<const MutableBytes> buffers) {
  expected_ = received_ = total_bytes(buffers);  // done, until we know better
  if (header.payload_bytes != expected_) {
    return absl::InvalidArgumentError(absl::StrCat("wrong length: ", header.payload_bytes, " bytes came, ", expected_, " were expected"));
  }
  const std::byte* from = first_message_->data() + FrameHeader::kBytes;
  received_ = first_message_->size() - FrameHeader::kBytes;
  for (MutableBytes piece : cut(buffers, 0, received_)) {
    std::memcpy(piece.data(), from, piece.size());
    from += piece.size();
  }
  buffers_.assign(buffers.begin(), buffers.end());
  consume_first_message();
  return absl::OkStatus();
}

absl::StatusOr<Wire> PeerLink::continue_payload(Clock::time_point deadline) {
  const size_t size = next_part(expected_ - received_, channel_->max_message());
  PartHeader header{};
  std::vector<MutableBytes> pieces = cut(std::span<const MutableBytes>(buffers_), received_, size);
  pieces.insert(pieces.begin(), MutableBytes(header));
  const Wire wire = channel_->receive_into(pieces, deadline);
  if (wire != Wire::ok) return wire;
  traffic_.wire_bytes_received += kPartHeaderBytes + size;
  if (absl::Status status = check_part_header(header, received_frames_ - 1, received_parts_ + 1); !status.ok()) return status;
  received_ += size;
  ++received_parts_;
  return Wire::ok;
}

absl::StatusOr<ByteVector> PeerLink::take_small_payload(const FrameHeader& header) {
  if (header.payload_bytes != first_message_->size() - FrameHeader::kBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a text of ", header.payload_bytes, " bytes is too long"));
  }
  ByteVector payload;
  append(payload, Bytes(*first_message_).subspan(FrameHeader::kBytes));
  consume_first_message();
  return payload;
}

Wire PeerLink::drain(Clock::time_point deadline) {
  if (first_message_) {
    const absl::StatusOr<FrameHeader> here = header();
    if (!here.ok()) return Wire::closed;
    expected_ = here->payload_bytes;
    received_ = first_message_->size() - FrameHeader::kBytes;
    consume_first_message();
  }
  while (!payload_done()) {
    if (Wire wire = channel_->receive(spare_, deadline); wire != Wire::ok) return wire;
    traffic_.wire_bytes_received += spare_.size();
    if (spare_.size() <= kPartHeaderBytes || spare_.size() - kPartHeaderBytes > expected_ - received_) return Wire::closed;
    received_ += spare_.size() - kPartHeaderBytes;
  }
  return Wire::ok;
}

void PeerLink::consume_first_message() {
  spare_ = std::move(*first_message_);
  first_message_.reset();
  ++received_frames_;
  received_parts_ = 0;
}

}  // namespace crypten
