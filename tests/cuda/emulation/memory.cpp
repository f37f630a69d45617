#include "tests/cuda/emulation/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace emulation {
namespace {

constexpr size_t kPage = 4096, kAlignment = 16;
constexpr int kGarbage = 0xa5;

struct Piece {
  size_t pages;  // bytes of whole pages, without the one behind them
  size_t bytes;  // asked for
  int openings;  // of Mapped and of threads on the device
  uint64_t used = 0;
};

struct Registry {
  std::mutex mutex;
  std::map<uintptr_t, Piece> pieces;  // by their first page
  size_t in_use = 0, limit = 0;
  uint64_t uses = 0;

  std::map<uintptr_t, Piece>::iterator find(uintptr_t address) {
    auto next = pieces.upper_bound(address);
    if (next == pieces.begin()) return pieces.end();
    --next;
    return address < next->first + next->second.pages ? next : pieces.end();
  }
};
Registry& registry() {
  static auto* const all = new Registry;  // tensors may outlive every static
  return *all;
}

thread_local int depth = 0;
thread_local std::unique_ptr<std::vector<uintptr_t>> touched;  // pieces that this thread has opened since it went onto the device

void open(std::map<uintptr_t, Piece>::iterator piece) {
  if (piece->second.openings++ > 0 || mprotect(reinterpret_cast<void*>(piece->first), piece->second.pages, PROT_READ | PROT_WRITE) == 0) return;
  std::perror("emulated device: its memory cannot be opened");
  std::abort();
}
void close(uintptr_t first) {
  const auto piece = registry().pieces.find(first);
  if (piece == registry().pieces.end()) return;
  if (--piece->second.openings == 0) mprotect(reinterpret_cast<void*>(first), piece->second.pages, PROT_NONE);
}

struct sigaction earlier;

// A thread on the device opens what it touches; anybody else has made a mistake.
void on_fault(int signal, siginfo_t* info, void* context) {
  if (depth > 0) {  // kernels and copies hold no lock of the registry
    const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    const std::lock_guard lock(registry().mutex);
    const auto piece = registry().find(address);
    if (piece != registry().pieces.end() && std::find(touched->begin(), touched->end(), piece->first) == touched->end()) {
      open(piece);
      piece->second.used = ++registry().uses;
      touched->push_back(piece->first);
      return;
    }
  }
  const char* const where =
      depth > 0 ? "emulated device: a kernel reached outside of its memory\n" : "emulated device: a fault on the host, maybe at an address of the device\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, where, std::strlen(where));
  if (earlier.sa_flags & SA_SIGINFO && earlier.sa_sigaction) earlier.sa_sigaction(signal, info, context);  // a sanitizer's report
  std::abort();
}

// Others, as Catch2 for each of its cases, put their own handler over ours.
void see_faults() {
  struct sigaction now {};
  sigaction(SIGSEGV, nullptr, &now);
  if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_fault) return;
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &earlier);
}

}  // namespace

void* allocate(size_t bytes) {
  if (bytes == 0) return nullptr;
  auto& all = registry();
  {
    const std::lock_guard lock(all.mutex);
    if (all.limit > 0 && bytes > all.limit - std::min(all.limit, all.in_use)) return nullptr;
    all.in_use += bytes;
  }
  const size_t used = (bytes + kAlignment - 1) / kAlignment * kAlignment, pages = (used + kPage - 1) / kPage * kPage;
  void* const first = mmap(nullptr, pages + kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (first == MAP_FAILED) return nullptr;
  if (mprotect(first, pages, PROT_READ | PROT_WRITE) != 0) {  // more mappings than the kernel allows, or no memory
    munmap(first, pages + kPage);
    return nullptr;
  }
  std::memset(first, kGarbage, pages);
  mprotect(first, pages, PROT_NONE);
  const std::lock_guard lock(all.mutex);
  all.pieces.emplace(reinterpret_cast<uintptr_t>(first), Piece{pages, bytes, 0, all.uses});
  return static_cast<char*>(first) + pages - used;
}

void release(void* memory) {
  if (!memory) return;
  auto& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto piece = all.find(reinterpret_cast<uintptr_t>(memory));
  all.in_use -= piece->second.bytes;
  munmap(reinterpret_cast<void*>(piece->first), piece->second.pages + kPage);
  all.pieces.erase(piece);
}

void limit_memory(size_t bytes) {
  const std::lock_guard lock(registry().mutex);
  registry().limit = bytes;
}

size_t bytes_in_use() {
  const std::lock_guard lock(registry().mutex);
  return registry().in_use;
}

uint64_t uses() {
  const std::lock_guard lock(registry().mutex);
  return registry().uses;
}

uint64_t last_use(const void* address) {
  const std::lock_guard lock(registry().mutex);
  const auto piece = registry().find(reinterpret_cast<uintptr_t>(address));
  return piece == registry().pieces.end() ? 0 : piece->second.used;
}

uintptr_t piece_of(const void* address) {
  const std::lock_guard lock(registry().mutex);
  const auto piece = registry().find(reinterpret_cast<uintptr_t>(address));
  return piece == registry().pieces.end() ? 0 : piece->first;
}

OnDevice::OnDevice() {
  if (!touched) {
    touched = std::make_unique<std::vector<uintptr_t>>();
    touched->reserve(4096);  // a fault may not allocate
  }
  if (depth == 0) see_faults();
  ++depth;
}

OnDevice::~OnDevice() {
  if (--depth > 0) return;
  const std::lock_guard lock(registry().mutex);
  for (const uintptr_t first : *touched) close(first);
  touched->clear();
}

Mapped::Mapped(const void* address, bool counts) : address_(address) {
  if (!address) return;
  const std::lock_guard lock(registry().mutex);
  const auto piece = registry().find(reinterpret_cast<uintptr_t>(address));
  if (piece == registry().pieces.end()) {
    std::fprintf(stderr, "emulated device: a copy of what does not lie on it\n");
    std::abort();
  }
  if (counts) piece->second.used = ++registry().uses;
  open(piece);
}

Mapped::~Mapped() {
  if (!address_) return;
  const std::lock_guard lock(registry().mutex);
  close(registry().find(reinterpret_cast<uintptr_t>(address_))->first);
}

}  // namespace emulation
