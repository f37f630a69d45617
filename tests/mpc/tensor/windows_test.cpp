#include "mpc/tensor/windows.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"

using namespace crypten;

namespace {

// What each window of a row sees, through the runs' views.
std::vector<std::vector<int64_t>> seen(int64_t size, const Windows& windows) {
  const auto row = at::arange(size);
  std::vector<std::vector<int64_t>> result;
  for (const WindowRun& run : runs(windows)) {
    CHECK(run.first_output == static_cast<int64_t>(result.size()));
    const auto view = window_view(row, 0, run, windows.dilation);
    REQUIRE(view.sizes() == at::IntArrayRef({run.outputs, run.count}));
    CHECK(view.is_alias_of(row));
    for (int64_t o = 0; o < run.outputs; ++o) {
      const auto window = view[o].contiguous();
      result.emplace_back(window.data_ptr<int64_t>(), window.data_ptr<int64_t>() + window.numel());
    }
  }
  return result;
}

}  // namespace

TEST_CASE("windows see existing elements only", "[tensor][windows]") {
  CHECK(seen(6, pool_windows(6, 2, 2, 0, 1, false)) == std::vector<std::vector<int64_t>>{{0, 1}, {2, 3}, {4, 5}});
  CHECK(seen(6, pool_windows(6, 3, 2, 1, 1, false)) == std::vector<std::vector<int64_t>>{{0, 1}, {1, 2, 3}, {3, 4, 5}});
  CHECK(seen(6, pool_windows(6, 3, 2, 0, 1, true)) == std::vector<std::vector<int64_t>>{{0, 1, 2}, {2, 3, 4}, {4, 5}});
  CHECK(seen(7, pool_windows(7, 3, 2, 1, 2, false)) == std::vector<std::vector<int64_t>>{{1, 3}, {1, 3, 5}, {3, 5}});
  CHECK(seen(5, pool_windows(5, 2, 3, 1, 1, true)) == std::vector<std::vector<int64_t>>{{0}, {2, 3}});
}

TEST_CASE("windows agree with torch for all small cases", "[tensor][windows]") {
  int cases = 0;
  for (int64_t size = 1; size <= 9; ++size)
    for (int64_t kernel = 1; kernel <= 4; ++kernel)
      for (int64_t stride = 1; stride <= 3; ++stride)
        for (int64_t padding = 0; padding <= kernel / 2; ++padding)
          for (int64_t dilation = 1; dilation <= 2; ++dilation)
            for (const bool ceil_mode : {false, true}) {
              if (size + 2 * padding < dilation * (kernel - 1) + 1) continue;
              // The last element that a window sees is its maximum, of the negated row its first.
              const auto row = at::arange(size, at::kDouble).reshape({1, 1, size});
              const auto last = at::max_pool1d(row, kernel, stride, padding, dilation, ceil_mode).flatten();
              const auto first = -at::max_pool1d(-row, kernel, stride, padding, dilation, ceil_mode).flatten();
              if (last.isinf().any().item<bool>()) {  // a window without elements
                CHECK(code_of<InvalidArgument>([&] { pool_windows(size, kernel, stride, padding, dilation, ceil_mode); }) == 415);
                continue;
              }
              const auto own = seen(size, pool_windows(size, kernel, stride, padding, dilation, ceil_mode));
              REQUIRE(static_cast<int64_t>(own.size()) == last.numel());
              for (size_t o = 0; o < own.size(); ++o) {
                CHECK(own[o].front() == first[static_cast<int64_t>(o)].item<double>());
                CHECK(own[o].back() == last[static_cast<int64_t>(o)].item<double>());
              }
              ++cases;
            }
  CHECK(cases > 300);
}

TEST_CASE("padding counts as torch counts it", "[tensor][windows]") {
  for (const bool ceil_mode : {false, true}) {
    const auto windows = pool_windows(7, 3, 2, 1, 1, ceil_mode);
    const auto mean = at::avg_pool1d(at::ones({1, 1, 7}), 3, 2, 1, ceil_mode, true).flatten();  // count / padded_count
    for (size_t o = 0; o < windows.list.size(); ++o)
      CHECK(static_cast<float>(windows.list[o].count) / static_cast<float>(windows.list[o].padded_count) == mean[static_cast<int64_t>(o)].item<float>());
  }
}

TEST_CASE("adaptive windows are torch's", "[tensor][windows]") {
  for (int64_t size = 1; size <= 9; ++size) {
    for (int64_t outputs = 1; outputs <= 10; ++outputs) {
      const auto row = at::arange(size, at::kDouble).reshape({1, size});
      const auto last = std::get<0>(at::adaptive_max_pool1d(row, outputs)).flatten(), first = -std::get<0>(at::adaptive_max_pool1d(-row, outputs)).flatten();
      const auto own = seen(size, adaptive_windows(size, outputs));
      REQUIRE(static_cast<int64_t>(own.size()) == outputs);
      for (int64_t o = 0; o < outputs; ++o) {
        CHECK(own[static_cast<size_t>(o)].front() == first[o].item<double>());
        CHECK(own[static_cast<size_t>(o)].back() == last[o].item<double>());
      }
    }
  }
}

TEST_CASE("equal windows share a view", "[tensor][windows]") {
  CHECK(runs(pool_windows(64, 2, 2, 0, 1, false)).size() == 1);
  CHECK(runs(pool_windows(64, 3, 2, 1, 1, false)).size() == 2);  // the border, the rest
  CHECK(runs(pool_windows(64, 3, 1, 1, 1, false)).size() == 3);
}

TEST_CASE("poolings that do not fit are refused", "[tensor][windows]") {
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 0, 1, 0, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 2, 0, 0, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 2, 1, 0, 0, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 3, 1, 2, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 2, 1, -1, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(4, 5, 1, 0, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { pool_windows(0, 1, 1, 0, 1, false); }) == 415);
  CHECK(code_of<InvalidArgument>([] { adaptive_windows(0, 1); }) == 415);
  CHECK(code_of<InvalidArgument>([] { adaptive_windows(3, 0); }) == 415);
}
