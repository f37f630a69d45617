// RecordedWire: what the parties of run_parties() send to one another, round by round, without frame headers: for tests of what an observer sees.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "comm/channel.h"
#include "comm/frame.h"
#include "tests/support/tapped_channel.h"

namespace crypten::testing {

class RecordedWire {
 public:
  // For LocalOptions::tap. This object must outlive the parties.
  std::function<std::unique_ptr<Channel>(int, int, std::unique_ptr<Channel>)> tap() {
    return [this](int rank, int peer, std::unique_ptr<Channel> channel) {
      auto tapped = std::make_unique<TappedChannel>(std::move(channel));
      tapped->on_send = [this, rank, peer](const TappedChannel::Message& message) {
        const std::lock_guard lock(mutex_);
        auto& sent = sent_[{rank, peer}];
        const bool begins_frame = decode_frame_header(message).ok();  // else it goes on with the payload
        sent.insert(sent.end(), message.begin() + (begins_frame ? 0 : kPartHeaderBytes), message.end());
      };
      return tapped;
    };
  }

  // Payloads of the data frames from one rank to another, in order. Call when the parties have ended.
  std::vector<ByteVector> payloads(int from, int to) const {
    std::vector<ByteVector> all;
    const auto& bytes = sent_.at({from, to});
    for (size_t at = 0; at < bytes.size();) {
      const auto header = decode_frame_header(Bytes(bytes).subspan(at)).value();
      at += FrameHeader::kBytes;
      const auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
      if (header.kind == FrameKind::data) all.emplace_back(begin, begin + static_cast<ptrdiff_t>(header.payload_bytes));
      at += header.payload_bytes;
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<int, int>, ByteVector> sent_;
};

}  // namespace crypten::testing
