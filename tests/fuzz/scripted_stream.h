// A peer of which everything is written down: what it sends is the input, cut into messages; what it is sent is kept or forgotten.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "comm/byte_codec.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {

inline constexpr size_t kScriptedMessage = 4096;  // the longest, as a transport would see to

// A message in a script: u16 length, bytes. A length beyond the end means up to the end.
inline std::vector<Bytes> messages(Bytes script) {
  std::vector<Bytes> all;
  while (script.size() >= 2) {
    const size_t announced = std::to_integer<size_t>(script[0]) | std::to_integer<size_t>(script[1]) << 8;
    script = script.subspan(2);
    all.push_back(script.first(std::min({announced, script.size(), kScriptedMessage})));
    script = script.subspan(all.back().size());
  }
  return all;
}

inline void append_message(Input& script, Bytes message) {
  script.push_back(static_cast<std::byte>(message.size() & 255));
  script.push_back(static_cast<std::byte>(message.size() >> 8));
  script.insert(script.end(), message.begin(), message.end());
}

class ScriptedStream final : public Channel {
 public:
  explicit ScriptedStream(std::vector<Bytes> script, Input* sent = nullptr) : script_(std::move(script)), sent_(sent) {}

  Wire send(std::span<const Bytes> pieces) override {
    if (closed_) return Wire::closed;
    for (const Bytes piece : pieces)
      if (sent_ != nullptr) sent_->insert(sent_->end(), piece.begin(), piece.end());
    return Wire::ok;
  }
  Wire receive(ByteVector& message, Clock::time_point) override {
    if (closed_ || next_ == script_.size()) return Wire::closed;
    message.assign(script_[next_].begin(), script_[next_].end());
    ++next_;
    return Wire::ok;
  }
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override {
    size_t size = 0;
    for (const MutableBytes piece : pieces) size += piece.size();
    ByteVector message;
    if (receive(message, deadline) != Wire::ok || message.size() != size) return Wire::closed;
    const std::byte* from = message.data();
    for (const MutableBytes piece : pieces) {
      if (!piece.empty()) std::memcpy(piece.data(), from, piece.size());
      from += piece.size();
    }
    return Wire::ok;
  }
  Wire flush(Clock::time_point) override { return closed_ ? Wire::closed : Wire::ok; }
  size_t max_message() const override { return kScriptedMessage; }
  std::string peer_identity() const override { return "local"; }
  std::string detail() const override { return "the script is over"; }
  void close() override { closed_ = true; }

 private:
  std::vector<Bytes> script_;
  Input* sent_;
  size_t next_ = 0;
  bool closed_ = false;
};

}  // namespace crypten::fuzz
