#include "mpc/provider/dealer_meter.h"

#include <algorithm>

namespace crypten {

DealerMeter::Visit::Visit(DealerMeter& meter, const Digest& session, uint32_t rank) : meter_(meter), who_(session, rank) {
  const std::lock_guard holding(meter_.mutex_);
  together_ = ++meter_.visits_[who_];
}

DealerMeter::Visit::~Visit() {
  const std::lock_guard holding(meter_.mutex_);
  const auto visit = meter_.visits_.find(who_);
  if (--visit->second == 0) meter_.visits_.erase(visit);
}

void DealerMeter::refused(int code) {
  const std::lock_guard holding(mutex_);
  ++refused_[code];
}

void DealerMeter::dealt(uint64_t correction_bytes, std::chrono::duration<double> time) {
  ++requests_;
  correction_bytes_ += correction_bytes;
  const double seconds = std::max(time.count(), 0.0);
  const auto bucket = std::lower_bound(kDealerSeconds.begin(), kDealerSeconds.end(), seconds);
  ++seconds_[static_cast<size_t>(bucket - kDealerSeconds.begin())];
  microseconds_ += static_cast<uint64_t>(seconds * 1e6);
}

DealerCounters DealerMeter::counters() const {
  DealerCounters now{.clients = clients_, .requests = requests_, .correction_bytes = correction_bytes_};
  std::copy(seconds_.begin(), seconds_.end(), now.seconds.begin());
  now.seconds_total = static_cast<double>(microseconds_) * 1e-6;
  const std::lock_guard holding(mutex_);
  now.refused_by_code = refused_;
  for (const auto& [code, count] : refused_) now.refused += count;
  const Digest* session = nullptr;
  for (const auto& [who, clients] : visits_) {
    now.connected += static_cast<uint64_t>(clients);
    if (!session || *session != who.first) ++now.sessions;
    session = &who.first;
  }
  return now;
}

}  // namespace crypten
