#include "crypten_core/arena.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "crypten_core/byte_vector.h"

using namespace crypten;

namespace {

constexpr size_t kMiB = size_t{1} << 20;

// False, and a word about it, where nothing is kept.
bool keeps() {
  if (!Arena::keeps()) WARN("this build or environment keeps no memory");
  return Arena::keeps();
}

uint64_t asked_of_system(const std::function<void()>& body) {
  const uint64_t before = Arena::process().use().from_system;
  body();
  return Arena::process().use().from_system - before;
}

}  // namespace

TEST_CASE("what comes back is given out again") {
  if (!keeps()) return;
  Arena& arena = Arena::process();
  for (const size_t bytes : {Arena::kSmallest, size_t{5000}, kMiB, 3 * kMiB, 40 * kMiB}) {
    INFO(bytes);
    void* const first = arena.allocate(bytes);
    std::memset(first, 0xab, bytes);
    CHECK(reinterpret_cast<uintptr_t>(first) % 64 == 0);
    arena.free(first);
    CHECK(asked_of_system([&] {
            void* const second = arena.allocate(bytes);
            CHECK(second == first);
            arena.free(second);
          }) == 0);
  }
}

TEST_CASE("small blocks stay with the thread that gives them back, up to 64 KiB of a size") {
  if (!keeps()) return;
  Arena& arena = Arena::process();
  for (const size_t bytes : {size_t{1}, size_t{8}, size_t{65}, size_t{1000}, Arena::kSmallest - 1}) {
    INFO(bytes);
    void* const first = arena.allocate(bytes);
    CHECK(reinterpret_cast<uintptr_t>(first) % 64 == 0);
    std::memset(first, 0xab, bytes);
    arena.free(first);
    void* const second = arena.allocate(bytes);
    CHECK(second == first);
    std::thread([&] { arena.free(second); }).join();  // that thread kept it and ended
  }
  const size_t bytes = 4000;
  const auto held = [] {
    const struct mallinfo2 all = mallinfo2();
    return all.uordblks;
  };
  const size_t before = held();
  if (before == 0) return;  // ThreadSanitizer's malloc, which counts nothing
  std::vector<void*> blocks(1000);
  for (void*& block : blocks) block = arena.allocate(bytes);
  CHECK(held() > before + 1000 * bytes);
  for (void* block : blocks) arena.free(block);
  CHECK(held() < before + (size_t{80} << 10));
}

TEST_CASE("small blocks may be freed while a thread ends") {
  struct Late {
    void* block = nullptr;
    ~Late() { Arena::process().free(block); }
  };
  std::thread([] {
    thread_local Late late;  // made before the thread's small blocks, so destroyed after them
    late.block = Arena::process().allocate(100);
  }).join();
}

TEST_CASE("a block serves whoever needs more than half of it") {
  if (!keeps()) return;
  Arena& arena = Arena::process();
  arena.release();
  arena.free(arena.allocate(48 * kMiB));
  CHECK(asked_of_system([&] { arena.free(arena.allocate(30 * kMiB)); }) == 0);
  CHECK(asked_of_system([&] { arena.free(arena.allocate(20 * kMiB)); }) == 1);
  arena.release();
}

TEST_CASE("a block takes no memory behind what is needed of it") {
  if (!keeps()) return;
  Arena& arena = Arena::process();
  arena.release();
  constexpr size_t kNeeded = 18 * kMiB, kFurther = kMiB / 2;  // and the header; the size that fits has 20 MiB
  auto* const block = static_cast<unsigned char*>(arena.allocate(kNeeded));
  std::memset(block, 1, kNeeded);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  unsigned char there = 0;
  void* const behind = block + kNeeded + kFurther - reinterpret_cast<uintptr_t>(block + kNeeded + kFurther) % page;
  if (mincore(behind, page, &there) == 0) CHECK((there & 1) == 0);  // else nothing is mapped there
  arena.free(block);
  arena.release();
}

TEST_CASE("blocks do not overlap, whatever their size") {
  Arena& arena = Arena::process();
  std::vector<std::pair<unsigned char*, size_t>> blocks;
  for (size_t size = 1; size < 20 * kMiB; size = size * 5 / 4 + 1) {
    blocks.emplace_back(static_cast<unsigned char*>(arena.allocate(size)), size);
    std::memset(blocks.back().first, static_cast<int>(blocks.size()), size);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, size] = blocks[i];
    CHECK(block[0] == i + 1);
    CHECK(block[size - 1] == i + 1);
    arena.free(block);
  }
}

TEST_CASE("the arena holds at most twice what was in use at once, and what is spare") {
  if (!keeps()) return;
  Arena& arena = Arena::process();
  arena.release();
  const auto limit = [&] { return arena.use().most_in_use * 2 + Arena::kSpare; };
  for (size_t size = 16 * kMiB; size < 400 * kMiB; size += 33 * kMiB) {
    arena.free(arena.allocate(size));
    CHECK(arena.use().held <= limit());
  }
  const auto use = arena.use();
  CHECK(use.in_use <= use.held);
  arena.release();
  CHECK(arena.use().held == arena.use().in_use);
}

TEST_CASE("more than there is gives null") {
  CHECK(Arena::process().allocate(~size_t{0}) == nullptr);
  // Not a mapping that the first write finds empty: what the machine cannot have is refused where it is asked for.
  std::ifstream policy("/proc/sys/vm/overcommit_memory");
  if (int always = 0; Arena::keeps() && policy >> always && always != 1) CHECK(Arena::process().allocate(size_t{32} << 40) == nullptr);
  CHECK_THROWS_AS(ByteVector(size_t{1} << 60), std::bad_alloc);
}

TEST_CASE("threads give out and take back side by side, and a forked process goes on") {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2000; ++i) {
        const size_t size = 4096 + static_cast<size_t>(i * 37 % 50000);
        auto* const block = static_cast<unsigned char*>(Arena::process().allocate(size));
        std::memset(block, t, size);
        if (block[size / 2] != t) std::abort();
        Arena::process().free(block);
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      Arena::process().free(Arena::process().allocate(100'000));
      _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  for (auto& thread : threads) thread.join();
}
