#include "comm/grpc/dial.h"

#include "comm/grpc/admission.h"
#include "comm/grpc/settings.h"
#include "crypten_core/error.h"

namespace crypten {

using namespace std::chrono_literals;

namespace {

constexpr auto kBetweenAttempts = 100ms;

bool says(const grpc::Status& status, const char* words) { return status.error_message().find(words) != std::string::npos; }

bool untrusted(const grpc::Status& status) { return says(status, "Ssl handshake failed: SSL_ERROR_SSL"); }
bool wrong_name(const grpc::Status& status) { return says(status, "is not in peer certificate"); }
bool no_tls(const grpc::Status& status) { return says(status, "wrong version number") || says(status, "WRONG_VERSION_NUMBER"); }

}  // namespace

Dial::Dial(Poller& poller, DialTarget target)
    : poller_(poller),
      target_(std::move(target)),
      channel_(make_channel(target_.address, target_.name, target_.credentials, target_.insecure_plaintext)) {}

Dial::~Dial() {
  auto lock = poller_.lock();
  if (!pending()) return;
  if (call_) call_->cancel();
  next_attempt_ = Clock::time_point::max();
  poller_.wait(
      lock, [this] { return !pending(); }, Clock::time_point::max(), Poller::Interrupts::ignored);
}

void Dial::tick() {
  if (state_ != State::resting || Clock::now() < next_attempt_) return;
  call_ = std::make_unique<ClientCall>(channel_, target_.method, poller_.queue());
  for (const auto& [key, value] : target_.metadata) call_->context().AddMetadata(key, value);
  state_ = State::calling;
  call_->start(this);
}

void Dial::completed(bool) noexcept {
  switch (state_) {
    case State::calling:  // whether it worked shows in the greeting
      state_ = State::greeted;
      call_->read_greeting(this);
      break;
    case State::greeted:
      judge();
      break;
    case State::ending:
      call_.reset();
      retry_or_fail();
      break;
    default:
      break;
  }
}

void Dial::judge() {
  const auto& greeting = call_->context().GetServerInitialMetadata();
  if (greeting.find(kAcceptedKey) == greeting.end()) {  // refused, or nobody there: the status tells
    state_ = State::ending;
    call_->status(&status_, this);
    return;
  }
  fingerprint_ = peer_fingerprint(call_->context().auth_context());
  if (target_.fingerprint.empty() || fingerprint_ == target_.fingerprint) {
    state_ = State::connected;
    return;
  }
  stranger_ = true;
  call_->cancel();
  state_ = State::ending;
  call_->status(&status_, this);
}

void Dial::retry_or_fail() {
  const bool later = status_.error_code() == grpc::StatusCode::UNAVAILABLE || status_.error_code() == grpc::StatusCode::CANCELLED;
  const bool hopeless = stranger_ || untrusted(status_) || wrong_name(status_) || no_tls(status_);
  state_ = later && !hopeless ? State::resting : State::failed;
  next_attempt_ = Clock::now() + kBetweenAttempts;
}

void Dial::throw_failure() const {
  using grpc::StatusCode;
  const std::string where = target_.who + " at " + target_.address;
  if (stranger_) {
    throw PeerIdentityMismatch(243, target_.who + " is not who it claims to be", where,
                               "claimed: " + target_.who + ", certificate of: " + owner_of(fingerprint_, target_.roster) + " (" +
                                   fingerprint_.substr(0, 16) + "…)",
                               "Compare addresses and rosters of all parties: run `crypten-cert check` in each run folder.");
  }
  if (wrong_name(status_)) {
    throw PeerIdentityMismatch(243, target_.who + " is not who it claims to be", where,
                               "claimed: " + target_.name + ", but " + status_.error_message(),
                               "Check that the addresses are in the order of the ranks and that all parties use the same run folder.");
  }
  if (untrusted(status_) && !no_tls(status_)) {
    throw CertificateUntrusted(244, "the certificate of " + target_.who + " cannot be trusted", where,
                               "it is not signed by this run's authority (ca.crt), or is out of date: " + status_.error_message(),
                               "Use certificates from one `crypten-cert init` on all sides, and check them with `crypten-cert check`.");
  }
  if (no_tls(status_)) {
    throw ConfigMismatch(245, target_.who + " does not speak TLS", where, "communicator.insecure_plaintext differs: here false",
                         "Set communicator.insecure_plaintext alike on all parties; false keeps the data secret.");
  }
  const std::string why = status_.error_message();
  switch (status_.error_code()) {
    case StatusCode::PERMISSION_DENIED:
      throw PeerIdentityMismatch(243, target_.who + " refused this process's certificate", where, why,
                                 "Use the certificate that the roster of " + target_.who + " pins to this rank.");
    case StatusCode::ALREADY_EXISTS:
      throw RankTaken(246, "this rank is taken", where, why, "Give each process a RANK of its own, and stop left-over processes.");
    case StatusCode::FAILED_PRECONDITION:
      throw ConfigMismatch(247, target_.who + " belongs to something else", where, why,
                           "Use the same run folder and addresses on all parties.");
    case StatusCode::OUT_OF_RANGE:
      throw ConfigMismatch(248, target_.who + " expects another world", where, why, "Set RANK and WORLD_SIZE consistently on all parties.");
    case StatusCode::RESOURCE_EXHAUSTED:
      throw SessionError(249, target_.who + " serves as many clients as it may", where, why, "Try again later, or raise its limit.");
    default:
      throw SessionError(250, target_.who + " refused the connection", where, why.empty() ? "no reason given" : why,
                         "Check that the address is that of " + target_.who + " and that both run the same version.");
  }
}

std::string Dial::last_seen() const {
  std::string seen = target_.who + " at " + target_.address;
  if (status_.error_message().empty()) return seen;
  seen += " (" + status_.error_message();
  // TLS 1.3 tells a client only this when its certificate is refused, and so does a TLS port that is called in plaintext.
  if (says(status_, "Socket closed") || says(status_, "onnection reset") || says(status_, "roken pipe"))
    seen +=
        ": it closes connections, as one does that does not trust this process's certificate or that differs in "
        "communicator.insecure_plaintext";
  seen += ')';
  return seen;
}

}  // namespace crypten
