// DealerBudget: the memory that all requests of a dealer take at one time. Small requests never wait; a large one waits for its turn, first come, first
// served, and may take half of the whole, so that one session cannot have it all.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace crypten {

class DealerBudget {
 public:
  static constexpr uint64_t kSmall = uint64_t{1} << 20;  // bytes of a request that is not counted

  explicit DealerBudget(uint64_t bytes) : bytes_(bytes) {}  // 0: no bound

  // Bytes that were granted; given back with the object.
  class Share {
   public:
    Share() = default;
    Share(DealerBudget& budget, uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Share(Share&& other) noexcept : budget_(other.budget_), bytes_(other.bytes_) { other.budget_ = nullptr; }
    Share& operator=(Share&& other) noexcept;
    ~Share() { shrink(0); }
    void shrink(uint64_t bytes);  // to so many, if there are more

   private:
    DealerBudget* budget_ = nullptr;
    uint64_t bytes_ = 0;
  };

  // Waits until they are there. Whoever waits must hold no share: two such would wait for each other.
  // Throws InvalidArgument: more than half of the budget, for which nobody could wait.
  Share reserve(uint64_t bytes);
  // The same without waiting: nullopt if they are not there, or somebody waits.
  std::optional<Share> try_reserve(uint64_t bytes);

  bool wanted() const;    // somebody waits
  uint64_t held() const;  // now

 private:
  bool fits(uint64_t bytes) const { return bytes <= kSmall || bytes_ == 0 || bytes <= bytes_ - held_; }
  Share take(uint64_t bytes);

  const uint64_t bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t held_ = 0;
  std::deque<uint64_t> waiting_;  // tickets
  uint64_t next_ticket_ = 0;
};

}  // namespace crypten
