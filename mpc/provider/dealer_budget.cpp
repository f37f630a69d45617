#include "mpc/provider/dealer_budget.h"

#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"

namespace crypten {

DealerBudget::Share& DealerBudget::Share::operator=(Share&& other) noexcept {
  if (this == &other) return *this;
  shrink(0);
  budget_ = std::exchange(other.budget_, nullptr);
  bytes_ = other.bytes_;
  return *this;
}

void DealerBudget::Share::shrink(uint64_t bytes) {
  if (!budget_ || bytes >= bytes_) return;
  {
    const std::lock_guard holding(budget_->mutex_);
    budget_->held_ -= bytes_ - bytes;
  }
  budget_->changed_.notify_all();
  bytes_ = bytes;
}

DealerBudget::Share DealerBudget::take(uint64_t bytes) {
  if (bytes <= kSmall) return {};
  held_ += bytes;
  return {*this, bytes};
}

DealerBudget::Share DealerBudget::reserve(uint64_t bytes) {
  if (bytes > kSmall && bytes_ != 0 && bytes > bytes_ / 2) {
    throw InvalidArgument(provider_code::invalid_request, "a request beyond the dealer's memory", "dealer",
                          std::to_string(bytes) + " bytes to expand; one request may take " + std::to_string(bytes_ / 2), "split the operation, or raise crypten-dealer --memory");
  }
  std::unique_lock holding(mutex_);
  if (bytes <= kSmall || (waiting_.empty() && fits(bytes))) return take(bytes);
  const uint64_t ticket = next_ticket_++;
  waiting_.push_back(ticket);
  changed_.wait(holding, [&] { return waiting_.front() == ticket && fits(bytes); });
  waiting_.pop_front();
  changed_.notify_all();
  return take(bytes);
}

std::optional<DealerBudget::Share> DealerBudget::try_reserve(uint64_t bytes) {
  const std::lock_guard holding(mutex_);
  if (bytes > kSmall && bytes_ != 0 && (bytes > bytes_ / 2 || !waiting_.empty() || !fits(bytes))) return std::nullopt;
  return take(bytes);
}

bool DealerBudget::wanted() const {
  const std::lock_guard holding(mutex_);
  return !waiting_.empty();
}

uint64_t DealerBudget::held() const {
  const std::lock_guard holding(mutex_);
  return held_;
}

}  // namespace crypten
