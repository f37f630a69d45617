#include "crypten_core/kernels/narrow_words.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "crypten_core/error.h"
#include "crypten_core/kernels/narrow_groups.h"

namespace crypten {
namespace {

template <class... Words>
void require(bool holds, const char* where, const Words&... why) {  // a check that holds builds no string
  if (!holds) throw InvalidArgument(160, "narrow words of another form", where, absl::StrCat(why...), "pass 1 … 64 bits and as many bytes as narrow_size() says");
}

}  // namespace

void pack_narrow(std::span<const uint64_t> words, int bits, std::span<std::byte> out) {
  require(bits >= 1 && bits <= 64, "pack_narrow", bits, " bits");
  require(out.size() == narrow_size(words.size(), bits), "pack_narrow", words.size(), " elements into ", out.size(), " bytes");
  const auto pack = narrow_groups(kernel_path()).pack;
  const size_t groups = words.size() / kNarrowGroup, rest = words.size() % kNarrowGroup;
  pack(words.data(), bits, groups, out.data());
  if (rest == 0) return;
  std::array<uint64_t, kNarrowGroup> last{};
  std::array<std::byte, 64> packed;
  std::copy_n(words.data() + groups * kNarrowGroup, rest, last.data());
  pack(last.data(), bits, 1, packed.data());
  const size_t done = groups * static_cast<size_t>(bits);
  std::memcpy(out.data() + done, packed.data(), out.size() - done);
}

void unpack_narrow(std::span<const std::byte> packed, int bits, uint64_t first, std::span<uint64_t> out) {
  require(bits >= 1 && bits <= 64, "unpack_narrow", bits, " bits");
  require(packed.size() >= narrow_size(first + out.size(), bits), "unpack_narrow", first + out.size(), " elements of ", packed.size(), " bytes");
  const auto unpack = narrow_groups(kernel_path()).unpack;
  const auto each = static_cast<size_t>(bits);
  // A group through a buffer: where it is not wanted as a whole, or a read would reach beyond the bytes.
  const auto part_of_group = [&](size_t group, size_t skipped, size_t count) {
    std::array<std::byte, 64 + kNarrowSlack> bytes{};
    std::array<uint64_t, kNarrowGroup> words;
    std::memcpy(bytes.data(), packed.data() + group * each, std::min(each, packed.size() - group * each));
    unpack(bytes.data(), bits, 1, words.data());
    std::copy_n(words.data() + skipped, count, out.data());
    out = out.subspan(count);
  };
  auto group = static_cast<size_t>(first / kNarrowGroup);
  if (const auto skipped = static_cast<size_t>(first % kNarrowGroup); skipped != 0 && !out.empty()) part_of_group(group++, skipped, std::min(kNarrowGroup - skipped, out.size()));
  const size_t readable = packed.size() < group * each + kNarrowSlack ? 0 : (packed.size() - group * each - kNarrowSlack) / each;
  const size_t whole = std::min(out.size() / kNarrowGroup, readable);
  if (whole > 0) unpack(packed.data() + group * each, bits, whole, out.data());
  out = out.subspan(whole * kNarrowGroup);
  for (group += whole; !out.empty(); ++group) part_of_group(group, 0, std::min(kNarrowGroup, out.size()));
}

}  // namespace crypten
