#include "comm/grpc/stream.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "comm/grpc/settings.h"
#include "comm/grpc/unsent.h"
#include "crypten_core/error.h"

namespace crypten {

using namespace std::chrono_literals;

namespace {

constexpr size_t kCopyBelow = 4096;                   // a copy is cheaper than a slice with a release callback
constexpr size_t kReadAheadMessages = 4096;
constexpr size_t kMoreFollows = 64 << 10;  // a smaller message is mostly all that the peer says before it hears from this side
constexpr auto kLastWords = 500ms;
constexpr auto kLinger = 10s;  // for a peer that lives but reads late; one that is stopped or unreachable ends it by keepalive (4 s)

size_t total(std::span<const Bytes> pieces) {
  size_t sum = 0;
  for (const auto& piece : pieces) sum += piece.size();
  return sum;
}

grpc::Slice copied(Bytes piece) { return grpc::Slice(piece.data(), piece.size()); }

grpc::Slice borrowed(Bytes piece, std::atomic<long>& count) {
  ++count;
  auto* memory = const_cast<std::byte*>(piece.data());  // gRPC's interface has no const; it does not write
  return grpc::Slice(
      memory, piece.size(), [](void* c) { --*static_cast<std::atomic<long>*>(c); }, &count);
}

}  // namespace

Stream::Stream(std::shared_ptr<void> owner, Poller& poller, std::unique_ptr<Call> call, std::string peer_identity, size_t read_ahead)
    : owner_(std::move(owner)), poller_(poller), call_(std::move(call)), peer_identity_(std::move(peer_identity)), read_ahead_(read_ahead) {
  limit_unsent(call_->peer());
  auto lock = poller_.lock();
  read_on();
}

Stream::~Stream() {
  auto lock = poller_.lock();
  close_within(lock, kLastWords);
  if (!call_) return;
  // A cancelled call would take what the peer has not read yet along, so the peer gets time to read it and to end its side.
  poller_.wait(
      lock, [this] { return drained(); }, Clock::now() + kLinger, Poller::Interrupts::ignored);
  if (!drained() || borrowed_ > 0) cut(lock);
}

size_t Stream::max_message() const { return kMaxMessage; }

// ---- sending

Wire Stream::send(std::span<const Bytes> pieces) {
  const size_t size = total(pieces);
  if (size > kMaxMessage) {
    throw InvalidArgument(241, "message too large", "gRPC stream", std::to_string(size) + " bytes, at most " + std::to_string(kMaxMessage),
                          "Cut the payload into messages of at most max_message() bytes.");
  }
  auto lock = poller_.lock();
  if (closed_ || broken_ || !readable_) return Wire::closed;
  std::vector<grpc::Slice> slices;
  if (size <= kCopyBelow) {
    grpc_slice whole = grpc_slice_malloc(size);
    auto* at = GRPC_SLICE_START_PTR(whole);
    for (const auto& piece : pieces) {
      if (!piece.empty()) std::memcpy(at, piece.data(), piece.size());
      at += piece.size();
    }
    slices.emplace_back(whole, grpc::Slice::STEAL_REF);
  } else {
    for (const auto& piece : pieces)
      if (!piece.empty()) slices.push_back(piece.size() <= kCopyBelow ? copied(piece) : borrowed(piece, borrowed_));
  }
  outgoing_.emplace_back(slices.data(), slices.size());
  if (!write_.pending) start_write();
  read_on();  // what answers this is taken by whoever polls, be it for another stream
  return Wire::ok;
}

void Stream::start_write() {
  writing_.Clear();
  writing_.Swap(&outgoing_.front());
  outgoing_.pop_front();
  bytes_handed_over_ += writing_.Length();
  call_->write(writing_, write_.start());
}

void Stream::write_done(bool ok) {
  writing_.Clear();
  if (!ok) fail("the connection broke while sending");
  if (!outgoing_.empty()) start_write();
  else if (!readable_) end_writing();
}

Wire Stream::flush(Clock::time_point deadline) {
  auto lock = poller_.lock();
  poller_.wait(
      lock, [this] { return broken_ || (outgoing_.empty() && !write_.pending); }, deadline);
  // The last buffer may come back from a gRPC thread, which causes no event.
  poller_.wait(
      lock, [this] { return broken_ || idle(); }, deadline, Poller::Interrupts::checked, /*eager=*/true);
  if (broken_) {
    release_buffers(lock);
    return Wire::closed;
  }
  return idle() ? Wire::ok : Wire::deadline;
}

// ---- receiving

bool Stream::wanted() const { return closed_ || draining_ || (incoming_bytes_ < read_ahead_ && incoming_.size() < kReadAheadMessages); }

void Stream::read_on() {
  if (read_.pending || !readable_ || !wanted()) return;
  if (std::exchange(postponed_.pending, false)) poller_.drop(&postponed_);
  call_->read(&reading_, read_.start());
}

void Stream::read_postponed(bool) { read_on(); }

void Stream::read_done(bool ok) {
  if (!ok) {
    readable_ = false;
    if (call_->has_status()) call_->status(&final_status_, status_.start());
    else if (detail_.empty()) detail_ = "the peer closed the connection";
    if (!write_.pending && outgoing_.empty()) end_writing();
    return;
  }
  if (!closed_) {
    try {
      incoming_.emplace_back();
      incoming_.back().Swap(&reading_);
      const size_t size = incoming_.back().Length();
      incoming_bytes_ += size;
      if (size < kMoreFollows && incoming_.size() == 1) {
        poller_.postpone(&postponed_);
        postponed_.start();
      }
    } catch (const std::bad_alloc&) {
      fail("out of memory while receiving");
    }
  }
  reading_.Clear();
  if (!postponed_.pending) read_on();
}

Wire Stream::wait_for_message(Lock& lock, Clock::time_point deadline) {
  if (incoming_.empty()) read_on();
  const bool in_time = poller_.wait(
      lock, [this] { return closed_ || !incoming_.empty() || finished(); }, deadline);
  if (closed_) return Wire::closed;
  if (!incoming_.empty()) return Wire::ok;
  return in_time ? Wire::closed : Wire::deadline;
}

grpc::ByteBuffer Stream::take(Lock& lock) {
  grpc::ByteBuffer message;
  message.Swap(&incoming_.front());
  incoming_.pop_front();
  incoming_bytes_ -= message.Length();
  if (!postponed_.pending) read_on();
  lock.unlock();  // copying needs no lock
  return message;
}

Wire Stream::receive(ByteVector& message, Clock::time_point deadline) {
  message.clear();
  return receive_behind(message, deadline);
}

Wire Stream::receive_behind(ByteVector& message, Clock::time_point deadline) {
  auto lock = poller_.lock();
  if (const Wire wire = wait_for_message(lock, deadline); wire != Wire::ok) return wire;
  grpc::ByteBuffer buffer = take(lock);
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return Wire::closed;
  std::byte* at = extend(message, buffer.Length()).data();
  for (const auto& slice : slices) at = std::copy_n(reinterpret_cast<const std::byte*>(slice.begin()), slice.size(), at);
  return Wire::ok;
}

Wire Stream::receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) {
  auto lock = poller_.lock();
  if (const Wire wire = wait_for_message(lock, deadline); wire != Wire::ok) return wire;
  size_t expected = 0;
  for (const auto& piece : pieces) expected += piece.size();
  if (const size_t size = incoming_.front().Length(); size != expected) {
    fail("the peer sent a message of " + std::to_string(size) + " bytes, expected " + std::to_string(expected));
    cut(lock);
    return Wire::closed;
  }
  grpc::ByteBuffer buffer = take(lock);
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return Wire::closed;
  auto piece = pieces.begin();
  size_t filled = 0;
  for (const auto& slice : slices) {
    const auto* from = reinterpret_cast<const std::byte*>(slice.begin());
    for (size_t left = slice.size(); left > 0;) {
      while (filled == piece->size()) ++piece, filled = 0;
      const size_t count = std::min(left, piece->size() - filled);
      std::memcpy(piece->data() + filled, from, count);
      from += count, left -= count, filled += count;
    }
  }
  return Wire::ok;
}

// ---- the end

void Stream::end_writing() {
  if (end_sent_) return;
  end_sent_ = true;
  const bool ended_by_peer = call_->has_status() && !readable_;
  if (!ended_by_peer) call_->end_writing(end_.start());
}

void Stream::ended(bool) {}

void Stream::status_known(bool) {
  const auto code = final_status_.error_code();
  if (code == grpc::StatusCode::OK && detail_.empty()) detail_ = "the peer closed the connection";
  if (code == grpc::StatusCode::OK || code == grpc::StatusCode::CANCELLED || closed_) return;
  detail_ = final_status_.error_message();  // says more than that sending failed
}

void Stream::fail(const std::string& why) {
  broken_ = true;
  outgoing_.clear();
  if (detail_.empty()) detail_ = why;
}

std::string Stream::detail() const {
  auto lock = poller_.lock();
  return detail_;
}

void Stream::cut(Lock& lock) {
  closed_ = broken_ = true;
  incoming_.clear();
  incoming_bytes_ = 0;
  outgoing_.clear();
  if (call_) call_->cancel();
  dismantle(lock);
}

void Stream::release_buffers(Lock& lock) {  // what was received stays: it may be the peer's last words
  if (!call_) return;
  auto over = [this] { return drained(); };
  if (!poller_.wait(lock, over, Clock::now() + 100ms, Poller::Interrupts::ignored)) call_->cancel();
  dismantle(lock);
}

// Of a broken call gRPC keeps what it could not send until the call itself is gone.
void Stream::dismantle(Lock& lock) {
  draining_ = true;
  read_on();
  poller_.wait(
      lock, [this] { return drained(); }, Clock::time_point::max(), Poller::Interrupts::ignored);
  call_.reset();
  poller_.wait(
      lock, [this] { return borrowed_ == 0; }, Clock::time_point::max(), Poller::Interrupts::ignored, /*eager=*/true);
}

void Stream::discard_incoming() {  // read on: the end of the peer's side is to be seen
  incoming_.clear();
  incoming_bytes_ = 0;
  read_on();
}

void Stream::close_within(Lock& lock, Clock::duration grace) {
  if (closed_) return;
  closed_ = true;
  if (detail_.empty()) detail_ = "closed by this process";
  discard_incoming();
  auto taken = [this] { return idle() || broken_; };
  poller_.wait(lock, taken, Clock::now() + grace, Poller::Interrupts::ignored, /*eager=*/true);
  if (broken_ || !idle()) return cut(lock);
  end_writing();
}

void Stream::close() {
  auto lock = poller_.lock();
  close_within(lock, kLastWords);
}

void Stream::cancel() {
  auto lock = poller_.lock();
  cut(lock);
}

}  // namespace crypten
