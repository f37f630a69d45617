// Codes: the joint value of several columns, a number for each element; and whether the elements of all inputs have equal distributions of
// views.
#pragma once

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/mpc/secrecy/words.h"

namespace crypten::secrecy {

// Equal codes ⇔ equal values in all columns.
class Codes {
 public:
  explicit Codes(size_t elements) : codes_(elements, 0) {}

  // value(e): below 2^bits. Columns that are the same for all elements tell nothing and are left out.
  template <class Value>
  void append(int bits, const Value& value) {
    const uint64_t first = value(0);
    bool constant = true;
    for (size_t e = 1; e < codes_.size() && constant; ++e) constant = value(e) == first;
    if (constant) return;
    if (used_ + bits > 24) compact();
    if (used_ + bits > 64) throw std::logic_error("a column too wide for the code");
    for (size_t e = 0; e < codes_.size(); ++e) codes_[e] = codes_[e] << bits | value(e);
    used_ += bits;
    seen_bits_ += bits;
  }

  // Numbers the codes that occur from 0 on. Returns how many there are.
  size_t compact();
  uint64_t operator[](size_t e) const { return codes_[e]; }
  int used() const { return used_; }
  int seen_bits() const { return seen_bits_; }  // of all columns that vary

 private:
  size_t compact_by_table();
  size_t compact_by_hash();

  std::vector<uint64_t> codes_;
  int used_ = 0, seen_bits_ = 0;
};

// Elements come in blocks of equal size, one for each input. Within a group (what a coalition gave and is meant to learn), the views of
// every input that occurs must have the same distribution: then they can be made from the group alone. Returns two inputs that the views
// tell apart, or nothing.
std::optional<std::pair<size_t, size_t>> told_apart(size_t elements, size_t inputs, Codes groups, Codes views);

}  // namespace crypten::secrecy
