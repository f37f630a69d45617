#include "crypten_core/kernels/narrow_groups.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

struct NarrowVersion {
  std::string name;
  const NarrowGroups* groups;
};

std::vector<NarrowVersion> narrow_versions() {
  std::vector<NarrowVersion> versions;
  for (const KernelPath path : supported_paths()) versions.push_back({std::string(name(path)), kNarrowGroups[path]});
  if (has_vbmi()) versions.push_back({"vbmi", &kNarrowGroupsVbmi});
  return versions;
}

}  // namespace

TEST_CASE("groups of narrow words are alike on every path, for every width, and nothing behind them is written") {
  constexpr size_t kMost = 70;
  const auto random = random_words({kMost * kNarrowGroup}), full = at::full({kMost * kNarrowGroup}, -1, at::kLong);
  for (const auto& [version, groups] : narrow_versions()) {
    for (int bits = 1; bits <= 64; ++bits) {
      bool right = true;
      for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{8}, size_t{9}, size_t{65}, kMost}) {
        for (const at::Tensor& tensor : {random, full}) {
          const auto* const words = reinterpret_cast<const uint64_t*>(tensor.const_data_ptr<int64_t>());
          const size_t size = count * static_cast<size_t>(bits);
          std::vector<std::byte> packed(size + kNarrowSlack, std::byte{0x5a}), expected = packed;
          kNarrowGroupsPortable.pack(words, bits, count, expected.data());
          groups->pack(words, bits, count, packed.data());
          right &= packed == expected;
          std::vector<uint64_t> out(count * kNarrowGroup + 1, 77);
          groups->unpack(packed.data(), bits, count, out.data());
          for (size_t i = 0; i < count * kNarrowGroup; ++i) right &= out[i] == (words[i] & ~uint64_t{0} >> (64 - bits));
          right &= out.back() == 77;
        }
      }
      CAPTURE(version, bits);
      CHECK(right);
    }
  }
}

TEST_CASE("each path has its version of groups of narrow words") {
  CHECK(&narrow_groups(KernelPath::portable) == &kNarrowGroupsPortable);
  CHECK(&narrow_groups(KernelPath::avx2) == &kNarrowGroupsAvx2);
  CHECK(&narrow_groups(KernelPath::avx512) == (has_vbmi() ? &kNarrowGroupsVbmi : &kNarrowGroupsAvx2));
}
