// The reference of benchmarks/exchange.cpp: one gRPC stream with mutual TLS on one completion queue that the waiting thread polls, and
// nothing else: no frames, no checks, no keeper, no faults. It knows what will come, so it asks for that and no more, behind what it sends
// itself: to ask earlier costs a record of its own. It stays awake for 30 µs before it sleeps, from which a core wakes slowly. What a library's exchange may cost on top of it is the question.
#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "comm/clock.h"
#include "comm/grpc/credentials.h"
#include "comm/grpc/settings.h"

namespace crypten::benchmark {

class BareStream {
 public:
  // Rank 0 listens on `address`, rank 1 dials and expects `name` in the certificate.
  BareStream(int rank, const std::string& address, const std::string& name, const Credentials& credentials) {
    if (rank == 0) {
      serve(address, credentials);
    } else {
      dial(address, name, credentials);
    }
  }

  // Both directions at once, in messages of up to 1 MiB; returns when all is received and `out` is free again.
  void exchange(std::span<const std::byte> out, std::span<std::byte> in) {
    size_t queued = 0;
    while (!in.empty() || queued < out.size() || writing_ || borrowed_ > 0) {
      if (!writing_ && queued < out.size()) {
        const size_t size = std::min(kMaxMessage, out.size() - queued);
        write(out.subspan(queued, size));
        queued += size;
      }
      if (!reading_now_ && received_bytes_ < in.size() && received_.size() < 16) start_read();
      if (!in.empty() && !received_.empty()) {
        in = in.subspan(take(in));
        continue;
      }
      step();
    }
  }

 private:
  inline static char tags_[3];
  void* const kRead = &tags_[0];
  void* const kWrite = &tags_[1];
  void* const kStart = &tags_[2];

  void serve(const std::string& address, const Credentials& credentials) {
    grpc::ServerBuilder builder;
    int port = 0;
    set_up_server(builder, address, credentials, false, &port);
    builder.RegisterAsyncGenericService(&service_);
    auto queue = builder.AddCompletionQueue();
    auto* server_queue = queue.get();
    queue_ = std::move(queue);
    server_ = builder.BuildAndStart();
    if (!server_) throw std::runtime_error("cannot listen on " + address);
    auto stream = std::make_unique<grpc::GenericServerAsyncReaderWriter>(&server_context_);
    service_.RequestCall(&server_context_, stream.get(), server_queue, server_queue, kStart);
    await_start();
    reader_ = stream.get();
    writer_ = stream.get();
    server_stream_ = std::move(stream);
  }

  void dial(const std::string& address, const std::string& name, const Credentials& credentials) {
    queue_ = std::make_unique<grpc::CompletionQueue>();
    stub_ = std::make_unique<grpc::GenericStub>(make_channel(address, name, credentials, false));
    client_context_.set_wait_for_ready(true);
    client_stream_ = stub_->PrepareCall(&client_context_, "/crypten.Benchmark/Bare", queue_.get());
    client_stream_->StartCall(kStart);
    await_start();
    reader_ = client_stream_.get();
    writer_ = client_stream_.get();
  }

  void await_start() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_->Next(&tag, &ok) || !ok) throw std::runtime_error("the bare stream did not come about");
  }

  void write(std::span<const std::byte> data) {
    grpc::Slice slice;
    if (data.size() <= 4096) {
      slice = grpc::Slice(data.data(), data.size());
    } else {
      ++borrowed_;
      slice = grpc::Slice(
          const_cast<std::byte*>(data.data()), data.size(), [](void* count) { --*static_cast<std::atomic<int>*>(count); }, &borrowed_);
    }
    sending_ = grpc::ByteBuffer(&slice, 1);
    writing_ = true;
    writer_->Write(sending_, kWrite);
  }

  size_t take(std::span<std::byte> into) {
    std::vector<grpc::Slice> slices;
    if (!received_.front().Dump(&slices).ok()) throw std::runtime_error("undecodable message");
    size_t done = 0;
    for (const auto& slice : slices) {
      std::memcpy(into.data() + done, slice.begin(), slice.size());
      done += slice.size();
    }
    received_.pop_front();
    received_bytes_ -= done;
    return done;
  }

  void start_read() {
    reading_now_ = true;
    reader_->Read(&reading_, kRead);
  }

  void step() {
    void* tag = nullptr;
    bool ok = false;
    auto came = grpc::CompletionQueue::TIMEOUT;
    for (const auto sleep = Clock::now() + std::chrono::microseconds(30); came != grpc::CompletionQueue::GOT_EVENT && Clock::now() < sleep; std::this_thread::yield())
      came = queue_->AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_MONOTONIC));
    if (came != grpc::CompletionQueue::GOT_EVENT) {
      const auto soon = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(writing_ || borrowed_ == 0 ? 10 : 0, GPR_TIMESPAN));
      if (queue_->AsyncNext(&tag, &ok, soon) != grpc::CompletionQueue::GOT_EVENT) return;
    }
    if (!ok) throw std::runtime_error("the bare stream broke");
    if (tag == kWrite) {
      writing_ = false;
      sending_.Clear();
    } else {
      received_.emplace_back();
      received_.back().Swap(&reading_);
      received_bytes_ += received_.back().Length();
      reading_now_ = false;
    }
  }

  std::unique_ptr<grpc::CompletionQueue> queue_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::Server> server_;
  grpc::GenericServerContext server_context_;
  grpc::ClientContext client_context_;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::unique_ptr<grpc::GenericServerAsyncReaderWriter> server_stream_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> client_stream_;
  grpc::internal::AsyncReaderInterface<grpc::ByteBuffer>* reader_ = nullptr;
  grpc::internal::AsyncWriterInterface<grpc::ByteBuffer>* writer_ = nullptr;
  grpc::ByteBuffer reading_, sending_;
  std::deque<grpc::ByteBuffer> received_;
  size_t received_bytes_ = 0;
  std::atomic<int> borrowed_{0};
  bool writing_ = false, reading_now_ = false;
};

}  // namespace crypten::benchmark
