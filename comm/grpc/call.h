// Call: one gRPC stream of raw messages, the client's and the server's end behind one face. At most one read and one write may be
// outstanding.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>

#include "comm/grpc/poller.h"

namespace crypten {

// Who accepts a call says so in its initial metadata, so that the caller can tell it from a refusal.
inline constexpr const char* kAcceptedKey = "crypten-accepted";

class Call {
 public:
  virtual ~Call() = default;
  virtual void read(grpc::ByteBuffer* message, Operation* done) = 0;
  virtual void write(const grpc::ByteBuffer& message, Operation* done) = 0;
  virtual void end_writing(Operation* done) = 0;  // client: half-closes. server: ends the call in good order
  virtual bool has_status() const = 0;            // client only: status() is to follow the last read
  virtual void status(grpc::Status* status, Operation* done) = 0;
  virtual void cancel() = 0;
  virtual std::string peer() const = 0;  // gRPC's name of its address
};

class ClientCall final : public Call {
 public:
  ClientCall(std::shared_ptr<grpc::Channel> channel, const std::string& method, grpc::CompletionQueue* queue);

  grpc::ClientContext& context() { return context_; }
  void start(Operation* done) { stream_->StartCall(done); }                    // metadata is in the context by now
  void read_greeting(Operation* done) { stream_->ReadInitialMetadata(done); }  // the peer accepted, or ended the call
  void read(grpc::ByteBuffer* message, Operation* done) override { stream_->Read(message, done); }
  void write(const grpc::ByteBuffer& message, Operation* done) override { stream_->Write(message, done); }
  void end_writing(Operation* done) override { stream_->WritesDone(done); }
  bool has_status() const override { return true; }
  void status(grpc::Status* status, Operation* done) override { stream_->Finish(status, done); }
  void cancel() override { context_.TryCancel(); }
  std::string peer() const override { return context_.peer(); }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class ServerCall final : public Call {
 public:
  ServerCall() : stream_(&context_) {}

  grpc::GenericServerContext& context() { return context_; }
  void request(grpc::AsyncGenericService& service, grpc::CompletionQueue* queue, grpc::ServerCompletionQueue* announced_on,
               Operation* done) {
    service.RequestCall(&context_, &stream_, queue, announced_on, done);
  }
  void greet(Operation* done) {
    context_.AddInitialMetadata(kAcceptedKey, "1");
    stream_.SendInitialMetadata(done);
  }
  void refuse(const grpc::Status& why, Operation* done);  // and says which version does (version.h)
  void answer(const grpc::ByteBuffer& message, Operation* done) { stream_.WriteAndFinish(message, {}, grpc::Status::OK, done); }  // the only message
  std::string metadata(const std::string& key) const;  // the caller's; empty if absent
  void read(grpc::ByteBuffer* message, Operation* done) override { stream_.Read(message, done); }
  void write(const grpc::ByteBuffer& message, Operation* done) override { stream_.Write(message, done); }
  void end_writing(Operation* done) override { stream_.Finish(grpc::Status::OK, done); }
  bool has_status() const override { return false; }
  void status(grpc::Status*, Operation*) override {}
  void cancel() override { context_.TryCancel(); }
  std::string peer() const override { return context_.peer(); }

 private:
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
};

// SHA-256 of the peer's certificate in hex; "plaintext" if there was no TLS.
std::string peer_fingerprint(const std::shared_ptr<const grpc::AuthContext>& context);

// The bytes of a short message.
std::string contents_of(const grpc::ByteBuffer& message);

}  // namespace crypten
