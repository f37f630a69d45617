#include "crypten_core/aten.h"
#include "mpc/costs/rows.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"

namespace crypten::costs {

std::vector<CostRow> sharing_rows() {
  const auto nothing = [](int64_t, int n) { return cost(0, 0, 0, n); };
  std::vector<CostRow> rows;
  rows.push_back({"encrypt", "local: zero shares of all pairs", {0, 0, 0}, nothing,
                  [](Party& party, int64_t elements) { return [&party, elements] { fresh(party, {elements}); }; }});
  rows.push_back({"add", "local", {0, 0, 0}, nothing, [](Party& party, int64_t elements) {
                    return [x = fresh(party, {elements}), y = fresh(party, {elements})] { x + y; };
                  }});
  rows.push_back({"add, multiply by a public number", "local", {0, 0, 0}, nothing, [](Party& party, int64_t elements) {
                    const auto plain = RingTensor(at::arange(elements));
                    return [&party, plain, x = fresh(party, {elements})] { x * plain + party.public_share(plain); };
                  }});
  rows.push_back({"reshape, transpose, slice, expand", "local", {0, 0, 0}, nothing, [](Party& party, int64_t elements) {
                    return [x = fresh_open(party, {elements, 1})] {
                      x.view([](const at::Tensor& t) { return t.t().expand({3, -1}); }, true);
                    };
                  }});
  rows.push_back({"reveal to all", "1 round · 8", {1, 8, 0}, [](int64_t e, int n) { return cost(1, 8 * e, 0, n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { reveal(party, x); }; }});
  return rows;
}

}  // namespace crypten::costs
