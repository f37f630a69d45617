#include "comm/grpc/admission.h"

#include <algorithm>

#include "comm/grpc/endpoint.h"
#include "comm/grpc/settings.h"

namespace crypten {

// One call at the door: announced, then greeted or turned away.
class Admission::Visitor final : public Operation {
 public:
  explicit Visitor(Admission& door) : door_(door), call_(std::make_unique<ServerCall>()) {
    call_->request(door_.endpoint_.service(), door_.endpoint_.poller().queue(), door_.endpoint_.server_queue(), this);
  }

  void completed(bool ok) noexcept override {
    if (state_ == State::awaited) {
      if (!ok) return door_.forget(this);  // the server stops
      door_.await_next();
      fingerprint_ = peer_fingerprint(call_->context().auth_context());
      const grpc::Status verdict = door_.judge(*call_, fingerprint_, &rank_);
      state_ = verdict.ok() ? State::greeted : State::refused;
      if (verdict.ok()) call_->greet(this);
      else call_->refuse(verdict, this);
      return;
    }
    if (state_ == State::greeted) {
      if (ok) door_.admit(rank_, {std::move(call_), std::move(fingerprint_)});
      else door_.given_.erase(rank_);  // gone before it was let in
    }
    door_.forget(this);
  }

 private:
  enum class State { awaited, greeted, refused };
  Admission& door_;
  std::unique_ptr<ServerCall> call_;
  State state_ = State::awaited;
  int rank_ = -1;
  std::string fingerprint_;
};

Admission::Admission(Endpoint& endpoint, AdmissionRules rules) : endpoint_(endpoint), rules_(std::move(rules)) {
  auto holding = endpoint_.poller().lock();
  await_next();
}

Admission::~Admission() = default;

void Admission::await_next() {
  auto visitor = std::make_unique<Visitor>(*this);
  visitors_[visitor.get()] = std::move(visitor);
}

void Admission::forget(Visitor* visitor) { visitors_.erase(visitor); }

void Admission::admit(int rank, Guest guest) { admitted_[rank] = std::move(guest); }

Admission::Guest Admission::take(int rank) { return std::move(admitted_.extract(rank).mapped()); }

std::string Admission::mismatch(int rank) const {
  const auto found = mismatches_.find(rank);
  return found == mismatches_.end() ? std::string() : found->second;
}

// The texts travel to the caller, who shows them: public facts only.
grpc::Status Admission::judge(ServerCall& call, const std::string& fingerprint, int* rank) {
  using grpc::StatusCode;
  const std::string self = "rank " + std::to_string(rules_.rank);
  if (call.context().method() != kMeshMethod) return {StatusCode::UNIMPLEMENTED, self + " takes part in a mesh and offers no service"};
  if (call.metadata(kRunKey) != rules_.run_id) return {StatusCode::FAILED_PRECONDITION, self + " belongs to run \"" + rules_.run_id + "\""};
  if (call.metadata(kTowardsKey) != std::to_string(rules_.rank))
    return {StatusCode::FAILED_PRECONDITION, "this address is that of " + self};
  const std::string claimed = call.metadata(kRankKey);
  if (claimed.empty() || claimed.size() > 6 || claimed.find_first_not_of("0123456789") != std::string::npos)
    return {StatusCode::INVALID_ARGUMENT, "no rank given"};
  *rank = std::stoi(claimed);
  if (*rank <= rules_.rank || *rank >= rules_.world_size)
    return {StatusCode::OUT_OF_RANGE,
            self + " of " + std::to_string(rules_.world_size) + " expects higher ranks of the same world, not rank " + claimed};
  if (!rules_.roster.empty() && fingerprint != rules_.roster[*rank]) {
    mismatches_[*rank] =
        "claimed: rank " + claimed + ", certificate of: " + owner_of(fingerprint, rules_.roster) + " (" + fingerprint.substr(0, 16) + "…)";
    return {StatusCode::PERMISSION_DENIED, mismatches_[*rank]};
  }
  if ((taken_ && taken_(*rank)) || !given_.insert(*rank).second)
    return {StatusCode::ALREADY_EXISTS, "another process takes part as rank " + claimed};
  mismatches_.erase(*rank);
  return grpc::Status::OK;
}

std::string owner_of(const std::string& fingerprint, const std::vector<std::string>& roster) {
  const auto found = std::find(roster.begin(), roster.end(), fingerprint);
  return found == roster.end() ? "nobody in the roster" : "rank " + std::to_string(found - roster.begin());
}

}  // namespace crypten
