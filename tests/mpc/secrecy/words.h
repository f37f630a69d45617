// Random words that run through all their values along the elements of a tensor: element e of every mask, zero share and dealt share holds
// the value that bits of the number e prescribe. One run of a production verb on a tensor of 2^h elements thus meets all assignments of h
// random bits at once.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "crypten_core/prg.h"

namespace crypten::secrecy {

inline uint64_t low_mask(int bits) { return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1; }

// One random value of each element: bits [at, at + width) of the element's number, or `fixed` for all elements alike.
struct Variable {
  int width = 0, at = -1;
  uint64_t fixed = 0;
  bool negated = false;
  uint64_t of(uint64_t element) const {
    const uint64_t value = at < 0 ? fixed : (element >> at) & low_mask(width);
    return negated ? -value : value;
  }
};

struct StreamName {
  enum class Role { secret, mask, zero, output };
  Role role;
  int first, second = -1;  // the ranks that know the key
  uint64_t call = 0, request = 0;
  auto operator<=>(const StreamName&) const = default;
};

// What one step takes from a stream: for each variable a word an element (`words`), `bits` bits an element without gaps (`narrow`), or a bit an element in tiles (`planes`).
struct Draw {
  enum class Unit { words, narrow, planes };
  Unit unit;
  std::vector<Variable> variables;
  int bits = 64;  // narrow only
  int rows = 1;   // planes only: of a tensor of [rows, elements], row after row; variables likewise
  uint64_t length(uint64_t elements) const {
    const uint64_t each = unit == Unit::words ? elements : unit == Unit::narrow ? elements / 64 * static_cast<uint64_t>(bits) : elements / 64;
    return each * variables.size();
  }
};

// All words of one run: by stream, in the order of drawing.
struct Layout {
  uint64_t elements = 0;  // a multiple of a tile
  std::map<StreamName, std::vector<Draw>> streams;
};

// The stream that a layout prescribes. Words beyond it were not drawn when the layout was made: asking for them is a defect of the test.
class PrescribedWords final : public WordSource {
 public:
  PrescribedWords(std::shared_ptr<const Layout> layout, StreamName name) : layout_(std::move(layout)), name_(name) {}
  void fill(std::span<uint64_t> out, uint64_t position) const override;

 private:
  std::shared_ptr<const Layout> layout_;
  StreamName name_;
};

// Zeros, remembering how many words each step took: for the rehearsal on one tile, which makes the layout. Filled from its beginning on, by
// one thread.
class CountedWords final : public WordSource {
 public:
  void fill(std::span<uint64_t> out, uint64_t) const override {
    std::fill(out.begin(), out.end(), 0);
    lengths.push_back(out.size());
  }
  mutable std::vector<uint64_t> lengths;
};

// The draw that took so many words for a tile of 512 elements: ring elements or bit planes, told apart by the length (there are never 64
// planes).
Draw draw_of(uint64_t length, int value_bits);

}  // namespace crypten::secrecy
