// Dial: one attempt after another to reach a peer that may not be up yet, until it accepts, refuses, or turns out to be somebody else.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/grpc/call.h"
#include "comm/grpc/credentials.h"
#include "comm/grpc/poller.h"

namespace crypten {

struct DialTarget {
  std::string who;  // "rank 1", "the dealer": for messages
  std::string address;
  std::string method;
  std::string name;         // the DNS name expected in its certificate
  std::string fingerprint;  // expected; empty: plaintext, nobody is checked
  Credentials credentials;
  bool insecure_plaintext = false;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<std::string> roster;  // to say whose certificate was found
};

class Dial final : private Operation {
 public:
  Dial(Poller& poller, DialTarget target);
  ~Dial();  // gives up: cancels the attempt that is under way

  // With the poller's lock held:
  void tick();  // starts the next attempt when it is time
  bool connected() const { return state_ == State::connected; }
  bool failed() const { return state_ == State::failed; }
  std::unique_ptr<Call> take() { return std::move(call_); }  // requires connected()
  const std::string& fingerprint() const { return fingerprint_; }

  // Throws why it failed: CertificateUntrusted, PeerIdentityMismatch, RankTaken, ConfigMismatch, SessionError.
  [[noreturn]] void throw_failure() const;
  // For a time-out: address and the last thing seen.
  std::string last_seen() const;

 private:
  enum class State { resting, calling, greeted, ending, connected, failed };
  void completed(bool ok) noexcept override;
  void judge();
  void retry_or_fail();
  bool pending() const { return state_ == State::calling || state_ == State::greeted || state_ == State::ending; }

  Poller& poller_;
  const DialTarget target_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ClientCall> call_;
  State state_ = State::resting;
  Clock::time_point next_attempt_{};
  grpc::Status status_;
  std::string fingerprint_;
  bool stranger_ = false;  // its certificate is not the roster's
};

}  // namespace crypten
