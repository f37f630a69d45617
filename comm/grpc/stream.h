// Stream: a Channel over one gRPC call. One write is outstanding, and one read, up to a bound on what waits for the application. To ask
// gRPC for one message more has it tell the peer at once, in a record of its own, that it may send as many bytes again; the next write
// would have said so as well. So behind a small message, which the application mostly answers, the next read begins behind that answer,
// when the application waits for a message, or after 10 ms. Messages up to 4 KiB are copied; larger ones are sent from the caller's memory.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "comm/channel.h"
#include "comm/grpc/call.h"
#include "comm/grpc/mesh.h"
#include "comm/grpc/poller.h"
#include "crypten_core/byte_vector.h"

namespace crypten {

class Stream final : public Channel {
 public:
  // `call` was accepted by both ends. `owner` keeps the poller and what belongs to it alive. `read_ahead`: bytes that may wait for the application before
  // reading stops.
  Stream(std::shared_ptr<void> owner, Poller& poller, std::unique_ptr<Call> call, std::string peer_identity, size_t read_ahead = kReadAhead);
  // close(), then up to 10 s for a peer that is slow to take what is on its way; then the call is cancelled.
  ~Stream() override;

  Wire send(std::span<const Bytes> pieces) override;  // throws InvalidArgument above max_message()
  Wire receive(ByteVector& message, Clock::time_point deadline) override;
  Wire receive_behind(ByteVector& message, Clock::time_point deadline) override;
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override;
  // After Wire::closed the buffers are free as well (what gRPC still held was cancelled and drained); after Wire::deadline they are not:
  // flush again, or close().
  Wire flush(Clock::time_point deadline) override;
  size_t max_message() const override;
  std::string peer_identity() const override { return peer_identity_; }
  std::string detail() const override;
  // Gives pending writes 500 ms, then cuts the stream. When it returns, no buffer of a caller is in use; for a stopped or unreachable peer that
  // may take until keepalive gives up (4 s), since nothing takes memory back from a blocked socket.
  void close() override;
  // The same without a grace for pending writes.
  void cancel();
  uint64_t bytes_handed_over() const { return bytes_handed_over_; }  // sizes of all buffers given to gRPC, for tests of the counters above; after a flush
  bool over() const { return incoming_.empty() && finished(); }  // nothing more will be received; with the poller's lock held

 private:
  // A completion-queue tag for one kind of operation of this stream.
  class Event final : public Operation {
   public:
    Event(Stream* stream, void (Stream::*then)(bool)) : stream_(stream), then_(then) {}
    void completed(bool ok) noexcept override {
      pending = false;
      (stream_->*then_)(ok);
    }
    Event* start() {
      pending = true;
      return this;
    }
    bool pending = false;

   private:
    Stream* stream_;
    void (Stream::*then_)(bool);
  };
  using Lock = std::unique_lock<std::mutex>;

  void read_on();
  void read_done(bool ok);
  void read_postponed(bool);
  void start_write();
  void write_done(bool ok);
  void end_writing();
  void ended(bool ok);
  void status_known(bool ok);
  void fail(const std::string& why);
  bool wanted() const;  // one message more
  bool idle() const { return !write_.pending && outgoing_.empty() && borrowed_ == 0; }
  bool finished() const { return !readable_ && !end_.pending && !status_.pending; }
  bool drained() const { return finished() && !read_.pending && !write_.pending; }  // no operation is under way or to come
  Wire wait_for_message(Lock& lock, Clock::time_point deadline);
  grpc::ByteBuffer take(Lock& lock);
  void cut(Lock& lock);
  void release_buffers(Lock& lock);
  void dismantle(Lock& lock);
  void discard_incoming();
  void close_within(Lock& lock, Clock::duration grace);

  std::shared_ptr<void> owner_;
  Poller& poller_;
  std::unique_ptr<Call> call_;  // null when it broke and its memory had to come back
  std::string peer_identity_;
  const size_t read_ahead_;

  // Guarded by the poller's lock, except borrowed_, which gRPC's threads count down.
  Event read_{this, &Stream::read_done}, write_{this, &Stream::write_done}, end_{this, &Stream::ended},
      status_{this, &Stream::status_known}, postponed_{this, &Stream::read_postponed};
  grpc::ByteBuffer reading_, writing_;
  std::deque<grpc::ByteBuffer> incoming_, outgoing_;
  size_t incoming_bytes_ = 0;
  uint64_t bytes_handed_over_ = 0;
  bool readable_ = true;   // the peer may still send
  bool broken_ = false;    // a write failed, or the call was cancelled here
  bool end_sent_ = false;  // nothing more is written
  bool closed_ = false;    // by this process
  bool draining_ = false;  // read to the end, whatever waits for the application
  grpc::Status final_status_;
  std::string detail_;
  std::atomic<long> borrowed_{0};
};

}  // namespace crypten
