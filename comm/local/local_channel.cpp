#include "comm/local/local_channel.h"

#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "comm/byte_stream.h"
#include "comm/error_codes.h"
#include "comm/frame.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

struct Message {
  ByteVector bytes;
  Clock::time_point arrives;
};
constexpr auto kInterruptPeriod = std::chrono::milliseconds(100);
constexpr auto kLateWake = std::chrono::microseconds(200);  // a thread that sleeps until a time may wake so much later

// One lock for both directions: an end waits for one message at a time, and closing concerns both.
struct Link final : LocalLink {
  std::mutex mutex;
  std::array<std::condition_variable, 2> arrived;  // [end]
  std::array<std::deque<Message>, 2> inbox;        // [end]
  std::array<Clock::time_point, 2> busy_until;     // [end]: when what was sent to it has left
  std::array<bool, 2> open{true, true};            // [end]
  LocalLine line;
  std::string aborted;                             // why, when it is

  void abort(const std::string& why) override {
    {
      std::lock_guard lock(mutex);
      if (aborted.empty()) aborted = why.empty() ? "aborted" : why;
    }
    for (auto& condition : arrived) condition.notify_all();
  }
};

class LocalChannel final : public Channel {
 public:
  LocalChannel(std::shared_ptr<Link> link, int end, size_t max_message) : link_(std::move(link)), end_(end), max_message_(max_message) {}
  ~LocalChannel() override { close(); }

  Wire send(std::span<const Bytes> pieces) override {
    const size_t size = total_bytes(pieces);
    if (size > max_message_) {
      throw InvalidArgument(comm_code::invalid_argument, "message too large", "local channel",
                            std::to_string(size) + " bytes, at most " + std::to_string(max_message_), "cut it into several messages");
    }
    Message message;
    message.bytes.reserve(size);
    for (Bytes piece : pieces) append(message.bytes, piece);
    {
      std::lock_guard lock(link_->mutex);
      if (!both_open()) return Wire::closed;
      message.arrives = arrival(size);
      link_->inbox[1 - end_].push_back(std::move(message));
    }
    link_->arrived[1 - end_].notify_one();
    return Wire::ok;
  }

  Wire receive(ByteVector& message, Clock::time_point deadline) override {
    std::unique_lock lock(link_->mutex);
    if (Wire wire = wait(lock, deadline); wire != Wire::ok) return wire;
    message = std::move(link_->inbox[end_].front().bytes);
    link_->inbox[end_].pop_front();
    return Wire::ok;
  }

  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override {
    ByteVector message;
    {
      std::unique_lock lock(link_->mutex);
      if (Wire wire = wait(lock, deadline); wire != Wire::ok) return wire;
      ByteVector& next = link_->inbox[end_].front().bytes;
      if (next.size() != total_bytes(pieces)) {
        wrong_length_ = "a message of " + std::to_string(next.size()) + " bytes came where " + std::to_string(total_bytes(pieces)) + " were expected";
        return Wire::closed;
      }
      message = std::move(next);
      link_->inbox[end_].pop_front();
    }
    const std::byte* from = message.data();
    for (MutableBytes piece : pieces) {
      if (!piece.empty()) std::memcpy(piece.data(), from, piece.size());
      from += piece.size();
    }
    return Wire::ok;
  }

  Wire flush(Clock::time_point) override {
    std::lock_guard lock(link_->mutex);  // messages are copied by send(): the caller's buffers are free at any time
    return link_->aborted.empty() && link_->open[end_] ? Wire::ok : Wire::closed;
  }

  size_t max_message() const override { return max_message_; }
  std::string peer_identity() const override { return "local"; }

  std::string detail() const override {
    std::lock_guard lock(link_->mutex);
    if (!wrong_length_.empty()) return wrong_length_;
    if (!link_->aborted.empty()) return link_->aborted;
    if (!link_->open[end_]) return "closed by this party";
    if (!link_->open[1 - end_]) return "closed by the peer";
    return "open";
  }

  void close() override {
    {
      std::lock_guard lock(link_->mutex);
      link_->open[end_] = false;
      link_->inbox[end_].clear();
    }
    for (auto& condition : link_->arrived) condition.notify_all();
  }

 private:
  bool both_open() const { return link_->aborted.empty() && link_->open[0] && link_->open[1]; }

  // Of a message of so many bytes to the peer that is sent now.
  Clock::time_point arrival(size_t bytes) {
    const auto ticks = [](std::chrono::duration<double> time) { return std::chrono::duration_cast<Clock::duration>(time); };
    auto& busy_until = link_->busy_until[1 - end_];
    busy_until = std::max(busy_until, Clock::now()) + ticks(std::chrono::duration<double>(static_cast<double>(bytes) / link_->line.bytes_per_second));
    return busy_until + ticks(link_->line.one_way);
  }

  // What was sent before the end comes first.
  Wire wait(std::unique_lock<std::mutex>& lock, Clock::time_point deadline) {
    while (true) {
      if (!wrong_length_.empty()) return Wire::closed;
      const auto now = Clock::now();
      const bool queued = !link_->inbox[end_].empty();
      const auto arrives = queued ? link_->inbox[end_].front().arrives : Clock::time_point::max();
      if (arrives <= now) return Wire::ok;
      if (!queued && !both_open()) return Wire::closed;
      if (now >= deadline) return Wire::deadline;
      if (arrives - now <= kLateWake) {
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
        continue;
      }
      const auto wake = std::min({deadline, now + kInterruptPeriod, queued ? arrives - kLateWake : deadline});
      if (link_->arrived[end_].wait_until(lock, wake) == std::cv_status::timeout && wake < deadline) {
        lock.unlock();
        check_interrupt();
        lock.lock();
      }
    }
  }

  std::shared_ptr<Link> link_;
  const int end_;
  const size_t max_message_;
  std::string wrong_length_;  // used by the receiving thread only, and by detail() under the lock
};

}  // namespace

LocalEnds local_link(size_t max_message, const LocalLine& line) {
  auto link = std::make_shared<Link>();
  link->line = line;
  return {link, std::make_unique<LocalChannel>(link, 0, max_message), std::make_unique<LocalChannel>(link, 1, max_message)};
}

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> local_stream_pair() {
  LocalEnds ends = local_link();
  return {std::move(ends.first), std::move(ends.second)};
}

}  // namespace crypten
