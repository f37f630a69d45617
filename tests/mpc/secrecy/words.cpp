#include "tests/mpc/secrecy/words.h"

#include <stdexcept>

namespace crypten::secrecy {
namespace {

uint64_t plane_word(const Variable& bit, uint64_t first_element) {
  constexpr uint64_t kPatterns[] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                    0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
  if (bit.at < 0) return bit.fixed & 1 ? ~uint64_t{0} : 0;
  if (bit.at < 6) return kPatterns[bit.at];
  return (first_element >> bit.at) & 1 ? ~uint64_t{0} : 0;
}

// out[i] = word `index` + i of a draw.
void fill_draw(const Draw& draw, uint64_t elements, uint64_t index, std::span<uint64_t> out) {
  switch (draw.unit) {
    case Draw::Unit::words:
      while (!out.empty()) {
        const auto& variable = draw.variables[index / elements];
        const uint64_t element = index % elements;
        const auto part = out.first(std::min<uint64_t>(out.size(), elements - element));
        for (uint64_t i = 0; i < part.size(); ++i) part[i] = variable.of(element + i);
        index += part.size();
        out = out.subspan(part.size());
      }
      return;
    case Draw::Unit::planes:
      for (auto& word : out) {
        const uint64_t planes = draw.variables.size() / static_cast<uint64_t>(draw.rows), tiles = elements / 512;
        const uint64_t tile = index / (8 * planes), plane = index / 8 % planes;
        word = plane_word(draw.variables[tile / tiles * planes + plane], 512 * (tile % tiles) + 64 * (index++ % 8));
      }
      return;
    case Draw::Unit::narrow:
      for (auto& word : out) {
        const auto bits = static_cast<uint64_t>(draw.bits), each = elements / 64 * bits;
        const auto& variable = draw.variables[index / each];
        const uint64_t begin = 64 * (index++ % each);  // of this word, among the variable's bits
        word = 0;
        for (uint64_t element = begin / bits; element * bits < begin + 64; ++element) {
          const uint64_t value = variable.of(element) & low_mask(draw.bits), at = element * bits;
          word |= at >= begin ? value << (at - begin) : value >> (begin - at);
        }
      }
      return;
  }
}

}  // namespace

void PrescribedWords::fill(std::span<uint64_t> out, uint64_t position) const {
  const auto stream = layout_->streams.find(name_);
  size_t done = 0;
  uint64_t start = 0;
  if (stream != layout_->streams.end()) {
    for (const auto& draw : stream->second) {
      const uint64_t length = draw.length(layout_->elements);
      if (const uint64_t at = position + done; done < out.size() && at >= start && at < start + length) {
        const auto part = out.subspan(done, std::min<uint64_t>(out.size() - done, start + length - at));
        fill_draw(draw, layout_->elements, at - start, part);
        done += part.size();
      }
      start += length;
    }
  }
  if (done < out.size()) throw std::logic_error("more words than were drawn in the rehearsal");
}

Draw draw_of(uint64_t length, int value_bits) {
  constexpr uint64_t kTile = 512, kPlane = 8;
  if (length % kTile == 0) return {Draw::Unit::words, std::vector<Variable>(length / kTile, Variable{.width = value_bits})};
  if (length % kPlane == 0) return {Draw::Unit::planes, std::vector<Variable>(length / kPlane, Variable{.width = 1})};
  throw std::logic_error("a tensor without the enumerated dimension");
}

}  // namespace crypten::secrecy
