#include "crypten_core/tensor_memory.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "crypten_core/arena.h"
#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"

using namespace crypten;

TEST_CASE("tensors are in the arena exactly where it keeps memory") {
  CHECK(tensors_in_arena() == Arena::keeps());
  const auto before = Arena::process().use().in_use;
  const auto tensor = at::empty({1 << 17}, at::kLong);
  const ByteVector message(1 << 20);
  CHECK(Arena::process().use().in_use >= before + (Arena::keeps() ? 2 << 20 : 0));
  CHECK(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 64 == 0);
  CHECK(at::empty({0}, at::kLong).numel() == 0);
}

TEST_CASE("a tensor for which there is no memory is torch's error") {
  if (!tensors_in_arena()) {
    WARN("AddressSanitizer ends the process instead");
    return;
  }
  CHECK_THROWS_AS(at::empty({int64_t{1} << 57}, at::kLong), c10::OutOfMemoryError);
}

TEST_CASE("operations in a row ask the system for nothing") {
  if (!tensors_in_arena()) {
    WARN("this build or environment keeps no memory");
    return;
  }
  const auto step = [] {
    const auto x = at::ones({300'000}, at::kLong), y = x + x;
    CHECK((x * y).sum().item<int64_t>() == 600'000);
  };
  step();
  const uint64_t before = Arena::process().use().from_system;
  for (int i = 0; i < 10; ++i) step();
  CHECK(Arena::process().use().from_system == before);
}

TEST_CASE("what malloc got from the system stays, so that the next message faults no page in") {
  if (!tensors_in_arena() || mallinfo2().uordblks == 0) {
    WARN("this build or environment keeps no memory, or has ThreadSanitizer's malloc");
    return;
  }
  const auto faults = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  const auto message = [] {  // pieces as gRPC's, freed in the order they came
    std::vector<std::unique_ptr<char[]>> pieces;
    for (int i = 0; i < 32; ++i) {
      pieces.emplace_back(new char[1 << 20]);
      std::memset(pieces.back().get(), i, 1 << 20);
    }
  };
  message();
  const auto before = faults();
  for (int i = 0; i < 4; ++i) message();
  CHECK(faults() - before < 32 * 256 / 4);  // each time all anew would be four times 32 * 256 pages
}

TEST_CASE("threads of a party share malloc's heap") {
  if (!tensors_in_arena() || mallinfo2().uordblks == 0) {
    WARN("this build or environment keeps no memory, or has ThreadSanitizer's malloc");
    return;
  }
  const auto heaps = [] {
    char* text = nullptr;
    size_t size = 0;
    FILE* const file = open_memstream(&text, &size);
    malloc_info(0, file);
    std::fclose(file);
    int count = 0;
    for (const char* at = text; (at = std::strstr(at, "<heap nr=")); ++at) ++count;
    std::free(text);
    return count;
  };
  const pid_t child = fork();  // for it is for the whole process
  if (child == 0) {
    share_heap();
    const int before = heaps();
    std::vector<std::thread> threads;
    std::atomic<int> allocated = 0;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        const std::unique_ptr<char[]> block(new char[100'000]);
        ++allocated;
        while (allocated < 6) std::this_thread::yield();
      });
    }
    for (auto& thread : threads) thread.join();
    _exit(heaps() == before ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
