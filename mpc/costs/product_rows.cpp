#include "mpc/costs/rows.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"

namespace crypten::costs {

std::vector<CostRow> product_rows() {
  std::vector<CostRow> rows;
  rows.push_back({"multiply, both fresh", "1 round · 8 an operand · 8", {1, 16, 8}, [](int64_t e, int n) { return cost(1, 16 * e, 8 * e, n); },
                  [](Party& party, int64_t elements) {
                    return [&party, x = fresh(party, {elements}), y = fresh(party, {elements})] { multiply(party, x, y); };
                  }});
  rows.push_back({"multiply, one cached", "1 round · 8 · 8", {1, 8, 8}, [](int64_t e, int n) { return cost(1, 8 * e, 8 * e, n); },
                  [](Party& party, int64_t elements) {
                    return [&party, x = fresh(party, {elements}), y = fresh_open(party, {elements})] { multiply(party, x, y); };
                  }});
  rows.push_back({"multiply, both cached", "0 rounds · 0 · 8", {0, 0, 8}, [](int64_t e, int n) { return cost(0, 0, 8 * e, n); },
                  [](Party& party, int64_t elements) {
                    return [&party, x = fresh_open(party, {elements}), y = fresh_open(party, {elements})] { multiply(party, x, y); };
                  }});
  rows.push_back({"square", "1 round · 8 · 8", {1, 8, 8}, [](int64_t e, int n) { return cost(1, 8 * e, 8 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { square(party, x); }; }});
  constexpr int64_t kInner = 8, kColumns = 4;
  rows.push_back({"matmul (m,8)·(8,4), weight cached, a row", "1 round · 8·mk · 8·mn in all", {1, 8 * kInner, 8 * kColumns},
                  [](int64_t e, int n) { return cost(1, 8 * kInner * e, 8 * kColumns * e, n); }, [](Party& party, int64_t elements) {
                    return [&party, x = fresh(party, {elements, kInner}), w = fresh_open(party, {kInner, kColumns})] { matmul(party, x, w); };
                  }});
  // 3×3 windows over rows of 10 × 10 pixels, 2 channels, no padding: 8 × 8 results of 3 channels.
  constexpr int64_t kPixels = 2 * 10 * 10, kResults = 3 * 8 * 8;
  rows.push_back({"conv2d 2→3 channels, 3×3 on 10×10, weight cached, an image", "1 round · 8 an input element · 8 an output element", {1, 8 * kPixels, 8 * kResults},
                  [](int64_t e, int n) { return cost(1, 8 * kPixels * e, 8 * kResults * e, n); }, [](Party& party, int64_t elements) {
                    return [&party, x = fresh(party, {elements, 2, 10, 10}), w = fresh_open(party, {3, 2, 3, 3})] { conv2d(party, x, w, {}); };
                  }});
  return rows;
}

}  // namespace crypten::costs
