#include "mpc/protocol/tournament.h"

#include <algorithm>

namespace crypten {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

TournamentLevel next_level(int64_t candidates, int64_t rows) {
  for (int64_t most = std::min(candidates, kLargestGroup); most > 2; --most) {
    TournamentLevel level{.candidates = candidates, .groups = ceil_div(candidates, most)};
    level.group = ceil_div(candidates, level.groups);
    // By division: no number of rows overflows.
    if (level.group > 2 && rows <= kMostCompared / level.comparisons()) return level;
  }
  return {.candidates = candidates, .groups = candidates / 2};
}

}  // namespace

std::vector<TournamentLevel> tournament(int64_t candidates, int64_t rows) {
  std::vector<TournamentLevel> levels;
  while (candidates > 1) {
    levels.push_back(next_level(candidates, rows));
    candidates = levels.back().left();
  }
  return levels;
}

}  // namespace crypten
