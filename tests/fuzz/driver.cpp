// libFuzzer's side of a target. Options of its own, before libFuzzer's: --write-seeds=FOLDER and --check-seeds=FOLDER.
#include <sanitizer/allocator_interface.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <string_view>

#include "crypten_core/error.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {
namespace {

constexpr size_t kLongestMessage = 16 << 10;

thread_local bool watching = false;  // libFuzzer's own threads are none of our business
std::atomic<size_t> in_use{0}, most{0};

void allocated(const volatile void*, size_t size) {
  if (!watching) return;
  const size_t now = in_use += size;
  if (now > most) most = now;
}

void released(const volatile void* memory) {
  if (!watching || memory == nullptr) return;
  const size_t size = __sanitizer_get_allocated_size(memory);
  in_use -= std::min(size, in_use.load());  // what was there before the input does not count
}

// Printable ASCII, or UTF-8 of other letters: what a terminal shows and Python decodes.
bool is_fit_for_a_terminal(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    size_t follow = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 4;
    if (follow == 4 || i + follow >= text.size() || lead == 0x7f || (lead < 0x20 && lead != '\n')) return false;
    for (++i; follow > 0; --follow, ++i)
      if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
  }
  return true;
}

Input content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return bytes_of_text(text);
}

std::string seed_path(const std::string& folder, size_t number) { return folder + "/seed-" + (number < 10 ? "0" : "") + std::to_string(number); }

[[noreturn]] void write_seeds(const std::string& folder) {
  ::mkdir(folder.c_str(), 0777);
  const auto all = seeds();
  for (size_t i = 0; i < all.size(); ++i) {
    std::ofstream file(seed_path(folder, i), std::ios::binary);
    file.write(reinterpret_cast<const char*>(all[i].data()), static_cast<std::streamsize>(all[i].size()));
    if (!file.flush()) std::exit(1);
  }
  std::exit(0);
}

[[noreturn]] void check_seeds(const std::string& folder) {
  const auto all = seeds();
  for (size_t i = 0; i < all.size(); ++i) {
    if (content(seed_path(folder, i)) == all[i]) continue;
    std::fprintf(stderr, "%s is not what this format writes; run tools/fuzz.sh --seeds\n", seed_path(folder, i).c_str());
    std::exit(1);
  }
  std::exit(0);
}

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "REQUIRED: %s\n", what);
  std::abort();
}

bool named(const std::function<void()>& decode) {
  try {
    decode();
    return true;
  } catch (const Error& error) {
    require(std::strlen(error.what()) <= kLongestMessage, "an error's message is short");
    require(is_fit_for_a_terminal(error.what()), "an error's message can be printed");
    return false;
  }
}

Input bytes_of_text(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace crypten::fuzz

using namespace crypten::fuzz;

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  for (int i = 1; i < *count; ++i) {
    const std::string argument = (*arguments)[i];
    if (argument.starts_with("--write-seeds=")) write_seeds(argument.substr(14));
    if (argument.starts_with("--check-seeds=")) check_seeds(argument.substr(14));
  }
  for (const Input& seed : seeds()) examine(seed);  // tables that are built once do not count
  if (__sanitizer_install_malloc_and_free_hooks(allocated, released) == 0) std::abort();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  in_use = most = 0;
  watching = true;
  try {
    examine({reinterpret_cast<const std::byte*>(data), size});
  } catch (const std::exception& error) {
    watching = false;
    std::fprintf(stderr, "not a named error: %s\n", error.what());
    std::abort();
  }
  watching = false;
  if (const size_t limit = memory().allowance + memory().growth * size; most > limit) {
    std::fprintf(stderr, "REQUIRED: %zu bytes of input take at most %zu bytes of memory; %zu were in use\n", size, limit, most.load());
    std::abort();
  }
  return 0;
}
