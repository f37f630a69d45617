#include "mpc/costs/rows.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/truncate.h"

namespace crypten::costs {

std::vector<CostRow> truncation_rows() {
  constexpr int kShift = 16;
  std::vector<CostRow> rows;
  rows.push_back({"truncate by 16 bits", "1 round · 8 · 8 + 2", {1, 8, 10}, [](int64_t e, int n) { return cost(1, 8 * e, 10 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { truncate(party, x, kShift); }; }});
  rows.push_back({"truncate an open value", "0 rounds · 0 · 8 + 2", {0, 0, 10}, [](int64_t e, int n) { return cost(0, 0, 10 * e, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh_open(party, {elements})] { truncate(party, x, kShift); }; }});
  // A truncated value is masked-open; so is y: only the product is opened, by its truncation.
  rows.push_back({"multiply and truncate, in a chain", "1 round · 8 · 8 + 2 (truncation) + 8 + 2 (products of masks)", {1, 8, 8 + 10 + 2},
                  [](int64_t e, int n) { return cost(1, 8 * e, 20 * e, n); }, [](Party& party, int64_t elements) {
                    return [&party, x = truncate(party, fresh(party, {elements}), kShift), y = fresh_open(party, {elements})] {
                      truncate(party, multiply(party, x, y), kShift);
                    };
                  }});
  rows.push_back({"multiply two truncated values", "0 rounds · 0 · 8 + 2 + 2", {0, 0, 12}, [](int64_t e, int n) { return cost(0, 0, 12 * e, n); },
                  [](Party& party, int64_t elements) {
                    return [&party, x = truncate(party, fresh(party, {elements}), kShift), y = truncate(party, fresh(party, {elements}), kShift)] {
                      multiply(party, x, y);
                    };
                  }});
  return rows;
}

}  // namespace crypten::costs
