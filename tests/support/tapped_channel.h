// TappedChannel: a channel that shows what is sent, and may lie about who the peer is or spoil what it delivers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "comm/channel.h"

namespace crypten::testing {

class TappedChannel final : public Channel {
 public:
  using Message = ByteVector;
  explicit TappedChannel(std::unique_ptr<Channel> inner) : inner_(std::move(inner)) {}

  std::function<void(const Message&)> on_send;     // sees each message
  std::function<void(std::span<const Bytes>)> on_pieces;  // the same, in the pieces in which it is sent
  std::function<void(Message&)> spoil_received;    // may change each message that receive() gives
  std::optional<std::string> identity;             // instead of the true one

  Wire send(std::span<const Bytes> pieces) override {
    if (on_send) {
      Message whole;
      for (Bytes piece : pieces) whole.insert(whole.end(), piece.begin(), piece.end());
      on_send(whole);
    }
    if (on_pieces) on_pieces(pieces);
    return inner_->send(pieces);
  }
  Wire receive(Message& message, Clock::time_point deadline) override {
    const Wire wire = inner_->receive(message, deadline);
    if (wire == Wire::ok && spoil_received) spoil_received(message);
    return wire;
  }
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override { return inner_->receive_into(pieces, deadline); }
  Wire flush(Clock::time_point deadline) override { return inner_->flush(deadline); }
  size_t max_message() const override { return inner_->max_message(); }
  std::string peer_identity() const override { return identity.value_or(inner_->peer_identity()); }
  std::string detail() const override { return inner_->detail(); }
  void close() override { inner_->close(); }

 private:
  std::unique_ptr<Channel> inner_;
};

}  // namespace crypten::testing
