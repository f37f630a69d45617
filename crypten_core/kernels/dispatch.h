// Which instructions the kernels use: the widest that this CPU has, or the one that CRYPTEN_KERNELS names (for tests and measurements).
// Every path gives the same bits. A kernel that has no version for the chosen path runs the next narrower one it has.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace crypten {

enum class KernelPath { portable, avx2, avx512, amx };  // ascending: each includes the ones before it
inline constexpr std::array kKernelPaths{KernelPath::portable, KernelPath::avx2, KernelPath::avx512, KernelPath::amx};

std::string_view name(KernelPath path);
bool supported(KernelPath path);  // by this CPU and operating system

// The path that `forced` names, or the widest supported one if it is empty. Throws InvalidArgument: unknown name, not supported here.
KernelPath choose_kernel_path(std::string_view forced);
// choose_kernel_path(environment variable CRYPTEN_KERNELS), settled at the first call.
KernelPath kernel_path();

// One kernel's versions. A new version is one more entry; portable is always there.
template <typename Function>
struct KernelTable {
  std::array<Function, kKernelPaths.size()> versions{};

  // The path whose version runs when `path` is chosen: what a measurement should name.
  constexpr KernelPath effective(KernelPath path) const {
    auto i = static_cast<size_t>(path);
    while (i > 0 && !versions[i]) --i;
    return kKernelPaths[i];
  }
  constexpr Function operator[](KernelPath path) const { return versions[static_cast<size_t>(effective(path))]; }
};

}  // namespace crypten
