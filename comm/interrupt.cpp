#include <memory>
#include <mutex>

#include "comm/channel.h"

namespace crypten {

namespace {
std::mutex mutex;
std::shared_ptr<const std::function<void()>> current;
}  // namespace

void set_interrupt_check(std::function<void()> check) {
  auto next = check ? std::make_shared<const std::function<void()>>(std::move(check)) : nullptr;
  std::lock_guard lock(mutex);
  current = std::move(next);
}

void check_interrupt() {
  std::shared_ptr<const std::function<void()>> check;
  {
    std::lock_guard lock(mutex);
    check = current;
  }
  if (check) (*check)();  // outside the lock: it may take a while, or throw
}

}  // namespace crypten
