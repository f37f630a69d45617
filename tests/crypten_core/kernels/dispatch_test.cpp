#include "crypten_core/kernels/dispatch.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"

using namespace crypten;

TEST_CASE("the widest supported path is chosen unless one is named") {
  const KernelPath widest = choose_kernel_path("");
  CHECK(supported(widest));
  CHECK(supported(KernelPath::portable));
  for (const KernelPath path : kKernelPaths) {
    if (supported(path)) {
      CHECK(path <= widest);
      CHECK(choose_kernel_path(name(path)) == path);
    } else {
      CHECK_THROWS_AS(choose_kernel_path(name(path)), InvalidArgument);
    }
  }
  CHECK_THROWS_AS(choose_kernel_path("sse9"), InvalidArgument);
  CHECK_THROWS_AS(choose_kernel_path("AVX2"), InvalidArgument);
}

TEST_CASE("a kernel without a version for a path runs the next narrower one") {
  using Function = int (*)();
  constexpr KernelTable<Function> table{{[] { return 0; }, nullptr, [] { return 2; }}};
  CHECK(table[KernelPath::portable]() == 0);
  CHECK(table[KernelPath::avx2]() == 0);
  CHECK(table[KernelPath::avx512]() == 2);
  CHECK(table[KernelPath::amx]() == 2);
  CHECK(table.effective(KernelPath::avx2) == KernelPath::portable);
  CHECK(table.effective(KernelPath::amx) == KernelPath::avx512);
}
