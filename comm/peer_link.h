// PeerLink: the connection to one peer at the level of frames: numbers what is sent, cuts large payloads, checks the header of what comes.
// It reports; the Communicator turns reports into named exceptions.
#pragma once

#include <absl/status/statusor.h>

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "comm/channel.h"
#include "comm/frame.h"
#include "comm/traffic.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

class PeerLink {
 public:
  // `traffic` counts the wire's share (messages, wire bytes); it outlives the link.
  PeerLink(std::unique_ptr<Channel> channel, uint64_t session, int self, int peer, Traffic& traffic);

  // Sends one frame. The payload is the caller's until flush() returned ok or close() returned.
  // `ready(n)`, if any, returns when the payload's first n bytes may be read: asked before each part leaves.
  Wire send(FrameKind kind, uint64_t transcript, std::span<const Bytes> payload, const std::function<void(size_t)>& ready = {});
  Wire flush(Clock::time_point deadline);

  // Waits until the first message of the next frame is here and keeps it; ok at once if it is here already.
  Wire poll(Clock::time_point deadline);
  bool has_frame() const { return first_message_.has_value(); }
  // The header of the frame that is here, decoded and checked against what this connection must say next.
  absl::StatusOr<FrameHeader> header() const;

  // Receives a frame that is here and has kind data into buffers: begin_payload() checks the size and copies the first part;
  // continue_payload() takes one message more. payload_done(): the frame is consumed.
  absl::Status begin_payload(const FrameHeader& header, std::span<const MutableBytes> buffers);
  absl::StatusOr<Wire> continue_payload(Clock::time_point deadline);  // fails: the message is not the part that is due
  bool payload_done() const { return received_ == expected_; }
  size_t payload_received() const { return received_; }  // bytes of it that are in the buffers

  // The payload of a frame that is here and fits in its first message (scope, last words); consumes the frame.
  absl::StatusOr<ByteVector> take_small_payload(const FrameHeader& header);
  // Drops the frame that is here, or what is left of the one that is being received, up to the next frame.
  Wire drain(Clock::time_point deadline);

  Bytes message() const { return *first_message_; }  // that is here, whatever it is
  uint64_t received_frames() const { return received_frames_; }
  std::string detail() const { return channel_->detail(); }
  void close() { channel_->close(); }

 private:
  void consume_first_message();

  std::unique_ptr<Channel> channel_;
  uint64_t session_;
  uint32_t self_, peer_;
  Traffic& traffic_;
  uint64_t sent_frames_ = 0, received_frames_ = 0;
  std::list<std::array<std::byte, FrameHeader::kBytes>> headers_in_flight_;  // until flush()
  std::list<PartHeader> part_headers_in_flight_;                              // until flush()
  std::optional<ByteVector> first_message_;
  ByteVector spare_;                                              // storage to receive into again
  std::vector<MutableBytes> buffers_;                                         // of the frame that is being received
  size_t expected_ = 0, received_ = 0;                                        // its payload
  uint32_t received_parts_ = 0;                                               // beside the first
};

}  // namespace crypten
