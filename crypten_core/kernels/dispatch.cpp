#include "crypten_core/kernels/dispatch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "crypten_core/error.h"

namespace crypten {
namespace {

// Linux keeps the tile registers (extended state 18) switched off until a process asks for them.
bool amx_granted() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

std::string_view name(KernelPath path) {
  constexpr std::string_view names[] = {"portable", "avx2", "avx512", "amx"};
  return names[static_cast<size_t>(path)];
}

bool supported(KernelPath path) {
  switch (path) {
    case KernelPath::portable:
      return true;
    case KernelPath::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    case KernelPath::avx512:
      return supported(KernelPath::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    case KernelPath::amx:
      static const bool amx =
          supported(KernelPath::avx512) && __builtin_cpu_supports("amx-tile") && __builtin_cpu_supports("amx-int8") && amx_granted();
      return amx;
  }
  return false;
}

KernelPath choose_kernel_path(std::string_view forced) {
  if (forced.empty()) {
    KernelPath widest = KernelPath::portable;
    for (const KernelPath path : kKernelPaths) {
      if (supported(path)) widest = path;
    }
    return widest;
  }
  for (const KernelPath path : kKernelPaths) {
    if (name(path) != forced) continue;
    if (supported(path)) return path;
    throw InvalidArgument(140, "this CPU has no " + std::string(forced) + " instructions", "CRYPTEN_KERNELS",
                          "the widest path supported here is " + std::string(name(choose_kernel_path({}))),
                          "unset CRYPTEN_KERNELS, or name a path that the CPU supports");
  }
  throw InvalidArgument(141, "unknown kernel path \"" + std::string(forced) + "\"", "CRYPTEN_KERNELS",
                        "expected portable, avx2, avx512 or amx", "unset CRYPTEN_KERNELS, or name one of these");
}

KernelPath kernel_path() {
  static const KernelPath path = [] {
    const char* forced = std::getenv("CRYPTEN_KERNELS");
    return choose_kernel_path(forced ? forced : "");
  }();
  return path;
}

}  // namespace crypten
