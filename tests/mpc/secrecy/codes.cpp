#include "tests/mpc/secrecy/codes.h"

#include <bit>

namespace crypten::secrecy {

size_t Codes::compact() {
  const size_t count = used_ <= 24 ? compact_by_table() : compact_by_hash();
  used_ = std::bit_width(count - 1);
  return count;
}

size_t Codes::compact_by_table() {
  std::vector<uint32_t> number(size_t{1} << used_);
  uint32_t next = 0;
  for (auto& code : codes_) {
    auto& known = number[code];
    if (known == 0) known = ++next;
    code = known - 1;
  }
  return next;
}
size_t Codes::compact_by_hash() {
  const size_t mask = std::bit_ceil(2 * codes_.size()) - 1;
  std::vector<std::pair<uint64_t, uint64_t>> table(mask + 1);  // code and number, the number from 1 on
  uint64_t next = 0;
  for (auto& code : codes_) {
    size_t at = (code * 0x9E3779B97F4A7C15) >> 20 & mask;
    while (table[at].second != 0 && table[at].first != code) at = (at + 1) & mask;
    if (table[at].second == 0) table[at] = {code, ++next};
    code = table[at].second - 1;
  }
  return next;
}

std::optional<std::pair<size_t, size_t>> told_apart(size_t elements, size_t inputs, Codes groups, Codes views) {
  const size_t group_count = groups.compact(), block = elements / inputs;
  views.append(std::max(groups.used(), 1), [&](size_t e) { return groups[e]; });
  const size_t cells = views.compact();
  // Cells, ordered by group.
  std::vector<uint32_t> group_of(cells), begin(group_count + 1), order(cells);
  for (size_t e = 0; e < elements; ++e) group_of[views[e]] = static_cast<uint32_t>(groups[e]);
  for (const uint32_t group : group_of) ++begin[group + 1];
  for (size_t g = 0; g < group_count; ++g) begin[g + 1] += begin[g];
  auto next = begin;
  for (size_t c = 0; c < cells; ++c) order[next[group_of[c]]++] = static_cast<uint32_t>(c);

  struct Reference {
    size_t input = 0, total = 0;
  };
  std::vector<Reference> references(group_count);
  std::vector<uint32_t> reference(cells), count(cells);
  for (size_t input = 0; input < inputs; ++input) {
    std::vector<size_t> totals(group_count);
    for (size_t e = input * block; e < (input + 1) * block; ++e) ++count[views[e]], ++totals[groups[e]];
    for (size_t g = 0; g < group_count; ++g) {
      if (totals[g] == 0) continue;
      auto& known = references[g];
      const bool first = known.total == 0;
      if (first) known = {input, totals[g]};
      for (size_t i = begin[g]; i < begin[g + 1]; ++i) {
        const uint32_t cell = order[i];
        if (first) reference[cell] = count[cell];
        else if (uint64_t{count[cell]} * known.total != uint64_t{reference[cell]} * totals[g]) return std::pair(known.input, input);
        count[cell] = 0;
      }
    }
  }
  return std::nullopt;
}

}  // namespace crypten::secrecy
