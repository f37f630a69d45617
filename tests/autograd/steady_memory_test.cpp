// Whether operations on large tensors ask malloc or the system for large blocks once they have run before: all such memory is the arena's (crypten_core/arena).
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>
#include <new>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/function.h"
#include "autograd/ops/logic.h"
#include "crypten_core/arena.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

namespace {

std::atomic<bool> counting = false;
std::atomic<size_t> large_blocks = 0, largest = 0;

void* counted(size_t bytes, size_t alignment) {
  if (counting && bytes >= crypten::Arena::kSmallest) {
    ++large_blocks;
    if (bytes > largest) largest = bytes;
  }
  void* const block = alignment > 16 ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment) : std::malloc(bytes > 0 ? bytes : 1);
  if (!block) throw std::bad_alloc();
  return block;
}

}  // namespace

// In place of the C++ library's, for this program and all libraries it loads.
void* operator new(size_t bytes) { return counted(bytes, 0); }
void* operator new[](size_t bytes) { return counted(bytes, 0); }
void* operator new(size_t bytes, std::align_val_t alignment) { return counted(bytes, static_cast<size_t>(alignment)); }
void* operator new[](size_t bytes, std::align_val_t alignment) { return counted(bytes, static_cast<size_t>(alignment)); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete[](void* block, size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { std::free(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { std::free(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { std::free(block); }

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("operations that ran before ask for no block of 4 KiB or more") {
  if (!Arena::keeps()) {
    WARN("this environment keeps no memory");
    return;
  }
  const auto values = at::randn({300, 1000}), matrix = at::randn({300, 300});
  using Operation = std::function<void(const CrypTensor&, const CrypTensor&)>;
  const std::pair<const char*, Operation> operations[] = {
      {"multiply", [](const CrypTensor& x, const CrypTensor&) { x* x; }},
      {"relu", [](const CrypTensor& x, const CrypTensor&) { relu(x); }},
      {"sigmoid", [](const CrypTensor& x, const CrypTensor&) { sigmoid(x); }},
      {"matmul", [](const CrypTensor& x, const CrypTensor& y) { matmul(y, x); }},
  };
  for (const auto& [name, operation] : operations) {
    INFO(name);
    std::atomic<size_t> from_system = 0;
    large_blocks = largest = 0;
    run_parties(2, [&, operation = operation](const std::shared_ptr<Party>& party) {
      const auto step = [&] { operation(cryptensor(party, values, 0), cryptensor(party, matrix, 1)); };
      for (int i = 0; i < 10; ++i) step();
      const uint64_t before = Arena::process().use().from_system;
      if (party->rank() == 0) counting = true;
      for (int i = 0; i < 10; ++i) step();
      if (party->rank() == 0) counting = false;
      from_system = Arena::process().use().from_system - before;
    });
    CAPTURE(largest.load());
    CHECK(large_blocks == 0);
    CHECK(from_system <= 2);  // not one for each step: but both parties may hold most at the same moment for the first time
  }
}
