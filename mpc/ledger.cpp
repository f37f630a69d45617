#include "mpc/ledger.h"

#include <utility>

namespace crypten {

void Ledger::opened(const std::string& verb, int64_t elements, int64_t bits) {
  auto& entry = openings_[verb];
  entry.times += 1;
  entry.elements += elements;
  entry.bits += bits;
}

void Ledger::revealed(Reveal reveal) { reveals_.push_back(std::move(reveal)); }

void Ledger::clear() {
  openings_.clear();
  reveals_.clear();
}

std::string Ledger::text() const {
  std::string text;
  for (const auto& reveal : reveals_) {
    int64_t elements = 1;
    std::string shape;
    for (const int64_t size : reveal.sizes) {
      elements *= size;
      shape.append(shape.empty() ? "" : ",").append(std::to_string(size));
    }
    text += (reveal.scope.empty() ? "program" : reveal.scope) + ": " + std::to_string(elements) + (elements == 1 ? " element (" : " elements (") + shape + ") to " +
            (reveal.to ? "rank " + std::to_string(*reveal.to) : std::string("all ranks")) + (reveal.dithered ? ", with the rounding direction of a truncation" : "") + "\n";
  }
  return text;
}

}  // namespace crypten
