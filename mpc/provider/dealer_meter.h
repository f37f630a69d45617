// DealerMeter: what a dealer has done and does, for its operator. Numbers only: no name, no certificate, no key, no session.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>

#include "crypten_core/prg.h"

namespace crypten {

// Upper ends of the histogram's buckets, in seconds; a last bucket has no end.
inline constexpr std::array<double, 12> kDealerSeconds{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};

struct DealerCounters {
  uint64_t clients = 0, refused = 0;  // ever: that said hello or should have; of these refused, or ended for an error of theirs
  std::map<int, uint64_t> refused_by_code;
  uint64_t connected = 0, sessions = 0;  // now: clients, and the sessions that they belong to
  uint64_t requests = 0, correction_bytes = 0;
  std::array<uint64_t, kDealerSeconds.size() + 1> seconds{};  // requests by the time that they took to deal, waiting for memory included
  double seconds_total = 0;
};

class DealerMeter {
 public:
  // While it lives, a client of this rank of this session is counted as connected.
  class Visit {
   public:
    Visit(DealerMeter& meter, const Digest& session, uint32_t rank);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    int together() const { return together_; }  // clients of this rank of this session when it began, itself included

   private:
    DealerMeter& meter_;
    const std::pair<Digest, uint32_t> who_;
    int together_;
  };

  void came() { ++clients_; }
  void refused(int code);
  void dealt(uint64_t correction_bytes, std::chrono::duration<double> time);
  DealerCounters counters() const;

 private:
  std::atomic<uint64_t> clients_ = 0, requests_ = 0, correction_bytes_ = 0, microseconds_ = 0;
  std::array<std::atomic<uint64_t>, kDealerSeconds.size() + 1> seconds_{};
  mutable std::mutex mutex_;
  std::map<int, uint64_t> refused_;
  std::map<std::pair<Digest, uint32_t>, int> visits_;
};

}  // namespace crypten
