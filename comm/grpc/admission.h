// Admission: who may join the mesh at this process's port. Every call says which rank it claims and which run it means; its certificate
// must be the roster's for that rank. Ranks are given once: a second process with the same rank is refused, never swapped in.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "comm/grpc/call.h"
#include "comm/grpc/poller.h"

namespace crypten {

class Endpoint;

// Keys of the metadata of a mesh call.
inline constexpr const char* kRunKey = "crypten-run";
inline constexpr const char* kRankKey = "crypten-rank";        // the caller's
inline constexpr const char* kTowardsKey = "crypten-towards";  // the rank it means to reach

struct AdmissionRules {
  int rank = 0;
  int world_size = 1;
  std::string run_id;
  std::vector<std::string> roster;  // empty: plaintext, nobody is checked
};

class Admission {
 public:
  Admission(Endpoint& endpoint, AdmissionRules rules);
  ~Admission();

  // All with the poller's lock held.
  struct Guest {
    std::unique_ptr<ServerCall> call;
    std::string fingerprint;
  };
  bool has(int rank) const { return admitted_.contains(rank); }
  Guest take(int rank);                          // requires has(rank); the rank counts as taken until seated()
  void seated(int rank) { given_.erase(rank); }  // from now on `taken` decides
  // Who besides the guests at the door holds a rank; called with the lock held.
  void ask(std::function<bool(int rank)> taken) { taken_ = std::move(taken); }
  // Why somebody who claimed `rank` was turned away because of the certificate; empty if nobody was.
  std::string mismatch(int rank) const;

 private:
  class Visitor;
  void await_next();
  grpc::Status judge(ServerCall& call, const std::string& fingerprint, int* rank);
  void admit(int rank, Guest guest);
  void forget(Visitor* visitor);

  Endpoint& endpoint_;
  AdmissionRules rules_;
  std::map<Visitor*, std::unique_ptr<Visitor>> visitors_;
  std::set<int> given_;  // ranks of guests at the door
  std::function<bool(int)> taken_;
  std::map<int, Guest> admitted_;
  std::map<int, std::string> mismatches_;
};

// "rank 2" or "nobody in the roster": whose certificate that is.
std::string owner_of(const std::string& fingerprint, const std::vector<std::string>& roster);

}  // namespace crypten
