#include "mpc/provider/permutation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"

namespace crypten {

namespace {
constexpr int64_t kRowsOfOneWord = int64_t{1} << 12;
}

int64_t permutation_draws(int64_t rows) { return std::max<int64_t>(rows - 1, 0) * (rows <= kRowsOfOneWord ? 1 : 2); }

at::Tensor permutations(const at::Tensor& keys, int64_t rows) {
  const int64_t columns = keys.size(1), words = rows <= kRowsOfOneWord ? 1 : 2;
  const at::Tensor drawn = keys.contiguous();
  const auto* key = reinterpret_cast<const uint64_t*>(drawn.const_data_ptr<int64_t>());
  at::Tensor order = at::arange(rows).unsqueeze(1).repeat({1, columns});
  int64_t* place = order.mutable_data_ptr<int64_t>();
  for (int64_t i = rows; --i > 0;) {
    const auto below = static_cast<uint64_t>(i) + 1;
    for (int64_t c = 0; c < columns; ++c) {
      unsigned __int128 word = 0;
      for (int64_t w = 0; w < words; ++w) word = word << 64 | key[((i - 1) * words + w) * columns + c];
      std::swap(place[i * columns + c], place[static_cast<int64_t>(word % below) * columns + c]);
    }
  }
  return order;
}

at::Tensor permute_rows(const at::Tensor& x, const at::Tensor& permutation) {
  auto places = permutation;
  for (int64_t d = 2; d < x.dim(); ++d) places = places.unsqueeze(-1);
  return x.gather(0, places.expand(x.sizes()));
}

}  // namespace crypten
