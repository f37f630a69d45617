#include "mpc/protocol/tournament.h"

#include <catch2/catch.hpp>

namespace crypten {
namespace {

// Which groups, level by level, and how many candidates of a row start each.
std::vector<std::pair<int64_t, int64_t>> groups_of(int64_t candidates, int64_t rows) {
  std::vector<std::pair<int64_t, int64_t>> groups;
  for (const auto& level : tournament(candidates, rows)) groups.emplace_back(level.candidates, level.group);
  return groups;
}

}  // namespace

TEST_CASE("Few candidates play in groups of up to eight, made equal; many in pairs", "[mpc][maximum]") {
  using Levels = std::vector<std::pair<int64_t, int64_t>>;
  CHECK(groups_of(1, 10) == Levels{});
  CHECK(groups_of(2, 1) == Levels{{2, 2}});
  CHECK(groups_of(3, 1) == Levels{{3, 3}});
  CHECK(groups_of(8, 1) == Levels{{8, 8}});
  CHECK(groups_of(9, 1) == Levels{{9, 5}, {2, 2}});
  CHECK(groups_of(10, 64) == Levels{{10, 5}, {2, 2}});
  CHECK(groups_of(64, 1) == Levels{{64, 8}, {8, 8}});
  CHECK(groups_of(4, kMostCompared) == Levels{{4, 2}, {2, 2}});
  CHECK(groups_of(8, kMostCompared / 6) == Levels{{8, 2}, {4, 4}});
  // As docs/costs.md says.
  CHECK(groups_of(4, 341) == Levels{{4, 4}});
  CHECK(groups_of(16, 36) == Levels{{16, 8}, {2, 2}});
  CHECK(groups_of(64, 9) == Levels{{64, 8}, {8, 8}});
  CHECK((tournament(4, 342).size() == 2 && tournament(16, 37)[0].group < 8 && tournament(64, 10)[0].group < 8));
  CHECK(groups_of(5, int64_t{1} << 62) == Levels{{5, 2}, {3, 2}, {2, 2}});  // an odd one out goes on
}

TEST_CASE("Every level of a tournament has fewer candidates, no level of groups more comparisons than it may, and one is left", "[mpc][maximum]") {
  for (const int64_t rows : {1, 3, 100, 1000, 1'000'000})
    for (int64_t candidates = 1; candidates <= 300; ++candidates) {
      CAPTURE(rows, candidates);
      int64_t left = candidates;
      bool right = true;
      for (const auto& level : tournament(candidates, rows)) {
        const int64_t places = level.group * level.groups;
        right = right && level.candidates == left && level.left() < left && level.group >= 2 && level.group <= kLargestGroup;
        // The last group has a candidate of its own, and no candidate is forgotten; of pairs at most one has no other.
        right = right && (level.group == 2 ? left - places <= 1 : places >= left && places - left < level.group && rows * level.comparisons() <= kMostCompared);
        left = level.left();
      }
      CHECK(right);
      CHECK(left == 1);
    }
}

}  // namespace crypten
