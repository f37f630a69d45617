#include "tests/cuda/emulation/asynchronous.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include "tests/cuda/emulation/execution.h"

namespace emulation {
namespace {

constexpr unsigned kGroup = 128;                         // threads
constexpr int kRows = 64, kColumns = 256, kSummed = 32;  // of a product
constexpr auto kGarbage = static_cast<int32_t>(0xa5a5a5a5);

// Accumulators between the first product that was asked for and the last that was waited for.
struct Flight {
  std::array<int32_t*, kGroup> registers;
  std::vector<int32_t> values;  // by row and column
  unsigned pending = 0;
};

struct Product {
  Flight* flight;
  uint64_t left, right;
  bool add, done;
};

struct Warpgroup {
  bool fenced = false;
  std::map<int32_t*, Flight> flights;  // by the first thread's registers
  std::vector<Product> open;
  std::deque<std::vector<Product>> groups;
};

struct Barrier {
  bool published = false;
  uint64_t phases = 0;      // that are over
  bool arrived = false;     // in this phase
  int64_t outstanding = 0;  // bytes announced and not copied
};

struct Copy {
  void* to;
  const void* from;
  uint32_t bytes;
  uint64_t* barrier;
};

struct Block {
  bool late_products = false, late_copies = false;
  std::vector<Warpgroup> warpgroups;
  std::map<uint64_t*, Barrier> barriers;
  std::vector<Copy> copies;
  std::mt19937 choices;
};
Block& block() {
  thread_local Block own;
  return own;
}

// PTX ISA, "Matrix Fragments for wgmma.mma_async.m64nNk32": accumulator D.
int fragment_row(unsigned thread, int i) { return static_cast<int>(thread / 32 * 16 + thread % 32 / 4) + ((i & 2) ? 8 : 0); }
int fragment_column(unsigned thread, int i) { return i / 4 * 8 + static_cast<int>(thread % 4) * 2 + (i & 1); }

// Byte k of a line, K-major without swizzling: core matrices of 8 lines by 16 bytes, the next along the sum at the leading dimension's offset, the next 8 lines
// at the stride dimension's ("Matrix Descriptor Format", "Strides").
template <int kLines>
void read_operand(uint64_t descriptor, int16_t (&bytes)[kSummed][kLines]) {
  const auto field = [&](int bit) { return static_cast<uint32_t>(descriptor >> bit & 0x3fff) << 4; };
  const uint32_t start = field(0), leading = field(16), stride = field(32);
  if (descriptor >> 46 != 0) defect("a matrix descriptor with swizzling or a base offset, which are not emulated");
  for (int line = 0; line < kLines; ++line) {
    for (uint32_t chunk = 0; chunk < kSummed / 16; ++chunk) {
      const auto* const from =
          static_cast<const int8_t*>(shared_at(start + chunk * leading + static_cast<uint32_t>(line / 8) * stride + static_cast<uint32_t>(line % 8) * 16, 16));
      for (uint32_t k = 0; k < 16; ++k) bytes[chunk * 16 + k][line] = from[k];
    }
  }
}

__attribute__((optimize("O3"), target_clones("avx2", "default"))) void run(Product& product) {
  int16_t left[kSummed][kRows], right[kSummed][kColumns];
  read_operand(product.left, left), read_operand(product.right, right);
  auto& values = product.flight->values;
  bool exact = true;
  for (int row = 0; row < kRows; ++row) {
    int32_t sums[kColumns] = {};
    for (int k = 0; k < kSummed; ++k) {
      const int32_t factor = left[k][row];
      for (int column = 0; column < kColumns; ++column) sums[column] += factor * right[k][column];
    }
    int32_t* const out = values.data() + row * kColumns;
    for (int column = 0; column < kColumns; ++column) exact &= !__builtin_add_overflow(product.add ? out[column] : 0, sums[column], &out[column]);
  }
  if (!exact) defect("an accumulator of a matrix instruction ran over");
  product.done = true;
}

void land(const Copy& copy) {
  std::memcpy(copy.to, copy.from, copy.bytes);
  auto& barrier = block().barriers.at(copy.barrier);
  barrier.outstanding -= copy.bytes;
}

// A phase is over when its arrival came and all that it announced.
void look_at(Barrier& barrier) {
  if (!barrier.arrived || barrier.outstanding != 0) return;
  barrier.arrived = false;
  ++barrier.phases;
}

Barrier& known(uint64_t* barrier) {
  const auto found = block().barriers.find(barrier);
  if (found == block().barriers.end()) defect("a barrier that was not made");
  return found->second;
}

Warpgroup& own_warpgroup() { return block().warpgroups.at(threadIdx.x / kGroup); }

}  // namespace

void start_block(unsigned threads) {
  auto& own = block();
  const auto choice = own.choices();
  own.late_products = choice & 1, own.late_copies = choice & 2;
  own.warpgroups.assign((threads + kGroup - 1) / kGroup, {});
}

void finish_block() {
  auto& own = block();
  for (const auto& warpgroup : own.warpgroups) {
    if (!warpgroup.flights.empty()) defect("a block ends with products that nobody waited for");
  }
  if (!own.copies.empty()) defect("a block ends with copies that nobody waited for");
  own.barriers.clear();
}

void begin_products() {
  meet_warpgroup("wgmma.fence", nullptr, [](void* const*) { own_warpgroup().fenced = true; });
}

void multiply_later(int32_t (&sums)[kProductSums], uint64_t left, uint64_t right, bool add) {
  struct Request {
    int32_t* sums;
    uint64_t left, right;
    bool add;
  } own{sums, left, right, add};
  meet_warpgroup("wgmma.mma_async", &own, [](void* const* arguments) {
    auto& warpgroup = own_warpgroup();
    const auto request = [&](unsigned thread) -> const Request& { return *static_cast<const Request*>(arguments[thread]); };
    const Request& first = request(0);
    const auto [place, begins] = warpgroup.flights.try_emplace(first.sums);
    Flight& flight = place->second;
    if (begins) {
      if (!warpgroup.fenced) defect("a matrix instruction takes registers without wgmma.fence");
      flight.values.resize(kRows * kColumns);
    }
    for (unsigned thread = 0; thread < kGroup; ++thread) {
      const Request& its = request(thread);
      if (its.left != first.left || its.right != first.right || its.add != first.add) defect("threads of a warpgroup ask for different products");
      flight.registers[thread] = its.sums;
      for (int i = 0; i < kProductSums && begins; ++i)
        flight.values[static_cast<size_t>(fragment_row(thread, i) * kColumns + fragment_column(thread, i))] = std::exchange(its.sums[i], kGarbage);
    }
    ++flight.pending;
    warpgroup.open.push_back({&flight, first.left, first.right, first.add, false});
    if (!block().late_products) run(warpgroup.open.back());
  });
}

void group_products() {
  meet_warpgroup("wgmma.commit_group", nullptr, [](void* const*) {
    auto& warpgroup = own_warpgroup();
    warpgroup.groups.push_back(std::move(warpgroup.open));
    warpgroup.open.clear();
  });
}

void wait_for_products(unsigned unfinished_groups) {
  meet_warpgroup("wgmma.wait_group", &unfinished_groups, [](void* const* arguments) {
    auto& warpgroup = own_warpgroup();
    while (warpgroup.groups.size() > *static_cast<const unsigned*>(arguments[0])) {
      for (auto& product : warpgroup.groups.front()) {
        if (!product.done) run(product);
        Flight& flight = *product.flight;
        if (--flight.pending > 0) continue;
        for (unsigned thread = 0; thread < kGroup; ++thread) {
          for (int i = 0; i < kProductSums; ++i) {
            const auto value = flight.values[static_cast<size_t>(fragment_row(thread, i) * kColumns + fragment_column(thread, i))];
            if (std::exchange(flight.registers[thread][i], value) != kGarbage) defect("registers of a product in flight were written");
          }
        }
        warpgroup.fenced = false;
        warpgroup.flights.erase(flight.registers[0]);
      }
      warpgroup.groups.pop_front();
    }
  });
}

void make_barrier(uint64_t* barrier) {
  if (shared_address(barrier) % 8 != 0) defect("a barrier that is not aligned");
  block().barriers[barrier] = {};
}

void publish_barriers() {
  for (auto& [place, barrier] : block().barriers) barrier.published = true;
}

void expect_bytes(uint64_t* place, uint32_t bytes) {
  auto& barrier = known(place);
  if (barrier.arrived) defect("a second arrival at a barrier in one phase");
  barrier.arrived = true, barrier.outstanding += bytes;
  look_at(barrier);
}

void copy_later(void* shared, const void* from, uint32_t bytes, uint64_t* place) {
  auto& barrier = known(place);
  if (!barrier.published) defect("a copy announces itself at a barrier that was not published to it");
  shared_at(shared_address(shared), bytes);
  if (shared_address(shared) % 16 != 0 || reinterpret_cast<uintptr_t>(from) % 16 != 0 || bytes % 16 != 0) defect("a copy that is not aligned");
  const Copy copy{shared, from, bytes, place};
  if (block().late_copies) return block().copies.push_back(copy);
  land(copy);
  look_at(barrier);
}

void wait_for_phase(uint64_t* place, uint32_t parity) {
  struct Wait {
    uint64_t* place;
    uint32_t parity;
  } own{place, parity};
  wait_until("threads wait at a barrier for copies that nobody started", &own, [](void* argument) {
    const Wait& wait = *static_cast<const Wait*>(argument);
    auto& barrier = known(wait.place);
    const auto over = [&] { return barrier.phases % 2 != wait.parity; };
    if (over()) return true;
    auto& copies = block().copies;
    const auto arrived = std::stable_partition(copies.begin(), copies.end(), [&](const Copy& copy) { return copy.barrier != wait.place; });
    std::for_each(arrived, copies.end(), land);
    copies.erase(arrived, copies.end());
    look_at(barrier);
    return over();
  });
}

}  // namespace emulation
