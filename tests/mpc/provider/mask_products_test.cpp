#include "mpc/provider/mask_products.h"

#include <catch2/catch.hpp>

using namespace crypten;

namespace {

using Sets = std::vector<std::vector<int>>;

// What each plane shares: the bits of a single mask, or of a product of masks.
Sets shared(const std::vector<ComparisonPlan::MaskPlane>& planes, const Sets& dealt) {
  Sets sets;
  for (const auto& [product, plane] : planes) sets.push_back(product ? dealt.at(static_cast<size_t>(plane)) : plane < 0 ? std::vector<int>{} : std::vector<int>{plane});
  return sets;
}

}  // namespace

TEST_CASE("a merge reads the products of its pairs' bits, by subsets of the equal bits", "[provider][mask_products]") {
  Sets dealt;
  MaskProducts products(dealt);
  const auto merge = products.merge({{.less = 4, .equal = 5}, {.less = 2, .equal = 3}}, {.less = 6, .equal = 7});
  CHECK(shared(merge.masks_less, dealt) == Sets{{4}, {2}, {2, 5}});
  CHECK(shared(merge.masks_equal, dealt) == Sets{{}, {5}, {3}, {3, 5}});
  CHECK(dealt == Sets{{2, 5}, {3, 5}});
  CHECK(merge.pairs.size() == 2);
  CHECK((merge.opens.less == 6 && merge.opens.equal == 7));
}

TEST_CASE("what a merge does not open or have, it does not read", "[provider][mask_products]") {
  Sets dealt;
  MaskProducts products(dealt);
  const auto less = products.merge({{.less = 4, .equal = 5}, {.less = 2}}, {.less = 6});
  CHECK(shared(less.masks_less, dealt) == Sets{{4}, {2}, {2, 5}});
  CHECK(shared(less.masks_equal, dealt) == Sets{{}, {5}});
  const auto equal = products.merge({{.equal = 5}, {.equal = 3}}, {.equal = 7});
  CHECK(equal.masks_less.empty());
  CHECK(shared(equal.masks_equal, dealt) == Sets{{}, {5}, {3}, {3, 5}});
  const auto first_without = products.merge({{.equal = 9}, {.less = 2, .equal = 3}}, {.less = 0});
  CHECK(shared(first_without.masks_less, dealt) == Sets{{}, {2}, {2, 9}});
}

TEST_CASE("each set of masks is dealt once, numbered from the first mask on, after what was dealt before", "[provider][mask_products]") {
  Sets dealt{{0}, {1}};
  MaskProducts products(dealt, 100);
  const auto pairs = std::vector<ComparisonPlan::Pair>{{.less = 4, .equal = 5}, {.less = 2, .equal = 3}};
  const auto first = products.merge(pairs, {.less = 6, .equal = 7}), again = products.merge(pairs, {.less = 8, .equal = 9});
  CHECK(dealt == Sets{{0}, {1}, {102, 105}, {103, 105}});
  CHECK(first.masks_less[2].plane == 2);
  CHECK(again.masks_less[2].plane == 2);
  CHECK(again.masks_equal[3].plane == 3);
  CHECK(first.masks_less[0].plane == 4);  // a plane of the opened bits' own masks
}
