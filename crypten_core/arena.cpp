#include "crypten_core/arena.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <string_view>
#include <utility>

namespace crypten {
namespace {

constexpr size_t kAlignment = 64, kHugePage = size_t{2} << 20, kMost = size_t{1} << 47;
constexpr size_t kNoClass = ~size_t{0};  // of the system's own

// Large blocks begin at a large page and ask for more of them: one fault for 2 MiB, and few entries in the CPU's table of pages. Not behind
// what is needed of the block: its last bytes would take a large page for themselves.
void* from_system(size_t bytes, size_t needed) {
  if (bytes < kHugePage) return std::aligned_alloc(kAlignment, bytes);
  void* const mapped = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const start = static_cast<std::byte*>(mapped);
  const size_t before = (kHugePage - reinterpret_cast<uintptr_t>(start) % kHugePage) % kHugePage;
  std::byte* const block = start + before;
  if (before > 0) munmap(start, before);
  munmap(block + bytes, kHugePage - before);
  madvise(block, std::min(bytes, (needed + kHugePage / 4) / kHugePage * kHugePage),
          MADV_HUGEPAGE);  // a kernel without them refuses, which changes nothing
  return block;
}

void to_system(void* block, size_t bytes) { bytes < kHugePage ? std::free(block) : static_cast<void>(munmap(block, bytes)); }

// Small blocks that came back to a thread, for the next of their size there: no lock, and none of the splitting and joining that aligned
// blocks cost malloc.
class SmallBlocks {
 public:
  static constexpr size_t kStep = kAlignment, kSizes = (Arena::kSmallest + kAlignment) / kStep + 1;

  // Null where the thread is about to end: what is freed then, by objects that live longer, is the system's.
  static SmallBlocks* of_thread() {
    thread_local SmallBlocks blocks;
    return ended ? nullptr : &blocks;
  }
  ~SmallBlocks() {
    ended = true;
    for (Link* first : first_) {
      while (first) std::free(std::exchange(first, first->next));
    }
  }
  void* take(size_t size) {
    Link* const block = first_[size];
    if (!block) return nullptr;
    first_[size] = block->next;
    --count_[size];
    return block;
  }
  bool keep(void* block, size_t size) {
    if (count_[size] * size * kStep >= kMostOfOneSize) return false;
    ++count_[size];
    first_[size] = new (block) Link{first_[size]};
    return true;
  }

 private:
  struct Link {
    Link* next;
  };
  static constexpr size_t kMostOfOneSize = size_t{64} << 10;
  static inline thread_local bool ended = false;
  std::array<Link*, kSizes> first_{};
  std::array<uint32_t, kSizes> count_{};
};

}  // namespace

// The block begins with it, a cache line before the memory that is given out.
struct alignas(kAlignment) Arena::Header {
  size_t size_class;
};

Arena& Arena::process() {
  static auto* const arena = [] {
    auto* const made = new Arena;  // never destroyed: objects with static lifetime give their memory back after everything else
    pthread_atfork([] { process().mutex_.lock(); }, [] { process().mutex_.unlock(); }, [] { process().mutex_.unlock(); });
    return made;
  }();
  return *arena;
}

bool Arena::keeps() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  static const bool kept = [] {
    const char* const setting = std::getenv("CRYPTEN_ARENA");
    return setting == nullptr || std::string_view(setting) != "off";
  }();
  return kept;
#endif
}

// capacity(k) = (4 + k mod 4) · 2^(k div 4 + 10): the leading bit says k div 4, the two bits below it k mod 4.
size_t Arena::class_of(size_t bytes) {
  if (bytes <= kSmallest) return 0;
  const size_t last = bytes - 1;  // a block of exactly a capacity belongs to that class
  const auto leading = static_cast<size_t>(std::bit_width(last)) - 1;
  return 4 * (leading - 12) + (last >> (leading - 2)) % 4 + 1;
}

void* Arena::take(size_t bytes, size_t& size_class) {
  const std::lock_guard lock(mutex_);
  const size_t fitting = class_of(bytes);
  void* block = nullptr;
  for (size_class = fitting; size_class < fitting + 4; ++size_class) {  // the fourth above would be twice as large
    auto& free = free_[size_class];
    if (free.empty()) continue;
    block = free.back().block;  // the last one that came back: its pages are the likeliest to be in a cache
    free.pop_back();
    break;
  }
  if (!block) {
    size_class = fitting;
    make_room(capacity(fitting));
    block = from_system(capacity(fitting), bytes);
    if (!block) {
      give_all_to_system();
      block = from_system(capacity(fitting), bytes);
    }
    if (!block) return nullptr;
    ++use_.from_system;
    use_.held += capacity(fitting);
  }
  use_.in_use += capacity(size_class);
  use_.most_in_use = std::max(use_.most_in_use, use_.in_use);
  return block;
}

void* Arena::allocate(size_t bytes) {
  if (bytes > kMost) return nullptr;
  size_t size_class = kNoClass;
  const size_t whole = bytes + sizeof(Header);
  void* block = nullptr;
  if (!keeps()) {
    if (posix_memalign(&block, kAlignment, whole) != 0) block = nullptr;  // to the byte, for whoever looks for accesses behind it
  } else if (bytes >= kSmallest) {
    block = take(whole, size_class);
  } else {
    const size_t size = (whole + SmallBlocks::kStep - 1) / SmallBlocks::kStep;
    size_class = kClasses + size;
    if (auto* const blocks = SmallBlocks::of_thread()) block = blocks->take(size);
    if (!block) block = std::aligned_alloc(kAlignment, size * SmallBlocks::kStep);
  }
  return block ? new (block) Header{size_class} + 1 : nullptr;
}

void Arena::free(void* memory) {
  if (!memory) return;
  auto* const header = static_cast<Header*>(memory) - 1;
  if (header->size_class >= kClasses) {
    auto* const blocks = header->size_class == kNoClass ? nullptr : SmallBlocks::of_thread();
    if (!blocks || !blocks->keep(header, header->size_class - kClasses)) std::free(header);
    return;
  }
  const std::lock_guard lock(mutex_);
  use_.in_use -= capacity(header->size_class);
  free_[header->size_class].push_back({header, came_back_++});
}

void Arena::make_room(size_t bytes) {
  const size_t limit = 2 * use_.most_in_use + kSpare;
  while (use_.held + bytes > limit) {
    size_t oldest = kClasses;
    for (size_t k = 0; k < kClasses; ++k) {
      if (!free_[k].empty() && (oldest == kClasses || free_[k].front().since < free_[oldest].front().since)) oldest = k;
    }
    if (oldest == kClasses) return;
    to_system(free_[oldest].front().block, capacity(oldest));
    free_[oldest].pop_front();
    use_.held -= capacity(oldest);
  }
}

void Arena::give_all_to_system() {
  for (size_t k = 0; k < kClasses; ++k) {
    for (const Free& free : free_[k]) to_system(free.block, capacity(k));
    use_.held -= capacity(k) * free_[k].size();
    free_[k].clear();
  }
}

Arena::Use Arena::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

void Arena::release() {
  const std::lock_guard lock(mutex_);
  give_all_to_system();
}

}  // namespace crypten
