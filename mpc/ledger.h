// Ledger: what was opened and what was revealed, by name. Openings are masked and counted; reveals publish a plaintext on purpose and are listed one by one.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace crypten {

struct Reveal {
  std::string scope;                 // where in the program
  std::vector<int64_t> sizes;
  std::optional<int> to;             // the rank that learned it; none: all
  bool dithered = false;             // carries the rounding direction of a truncation (docs/security.md, what leaks by design)
};

class Ledger {
 public:
  void opened(const std::string& verb, int64_t elements, int64_t bits);  // bits: opened in all, over the elements
  void revealed(Reveal reveal);
  struct Opening { int64_t times = 0, elements = 0, bits = 0; };
  const std::map<std::string, Opening>& openings() const { return openings_; }
  const std::vector<Reveal>& reveals() const { return reveals_; }
  void clear();
  std::string text() const;          // exactly what was revealed to whom, a line each: "demo/argmax: 360 elements (360) to rank 1"

 private:
  std::map<std::string, Opening> openings_;
  std::vector<Reveal> reveals_;
};

}  // namespace crypten
