#include "mpc/tensor/pool.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

const std::vector<std::pair<std::vector<int64_t>, Pool2dOptions>> kCases{
    {{2, 3, 6, 8}, {{2, 2}, {2, 2}}},
    {{1, 2, 7, 7}, {{3, 3}, {2, 2}, {1, 1}}},
    {{1, 2, 7, 6}, {{3, 2}, {1, 2}, {1, 0}, {1, 1}, true}},
    {{1, 1, 6, 7}, {{3, 3}, {2, 2}, {0, 1}, {1, 1}, true, false}},
    {{1, 2, 5, 5}, {{1, 1}, {2, 2}}},
    {{1, 1, 5, 4}, {{5, 4}, {1, 1}}},
};

at::Tensor torch_max(const at::Tensor& x, const Pool2dOptions& o) { return at::max_pool2d(x, o.kernel, o.stride, o.padding, o.dilation, o.ceil_mode); }
at::Tensor torch_mean(const at::Tensor& x, const Pool2dOptions& o) { return at::avg_pool2d(x, o.kernel, o.stride, o.padding, o.ceil_mode, o.count_include_pad); }

}  // namespace

TEST_CASE("max pooling is torch's, exactly; padding never wins", "[tensor][pool]") {
  for (const auto& [sizes, options] : kCases) {
    // All elements far below zero: a pad of zeros would win.
    for (const auto& x : {reals(sizes, 100), reals(sizes, 100) - 1e6})
      check_function({x}, torch_max(x, options), 0, [o = options](const Inputs& in) { return max_pool2d(in[0], o); });
  }
  const Pool2dOptions dilated{{2, 3}, {1, 2}, {1, 0}, {2, 2}};
  const auto x = reals({1, 2, 7, 8}, 100);
  check_function({x}, torch_max(x, dilated), 0, [&](const Inputs& in) { return max_pool2d(in[0], dilated); });
  check_close(evaluate(5, {x}, [&](const Inputs& in) { return max_pool2d(in[0], dilated); }), torch_max(x, dilated), 0);
}

TEST_CASE("max pooling compares at the scale that is there: a pending truncation stays pending", "[tensor][pool]") {
  const auto x = reals({1, 2, 6, 6});
  const auto outcomes = evaluate(2, {x}, [](const Inputs& in) { return max_pool2d(square(in[0]), {{2, 2}, {2, 2}}); });
  check_close(outcomes, torch_max(x * x, {{2, 2}, {2, 2}}), 0);
  CHECK(outcomes[0].fraction_bits == 32);
}

TEST_CASE("2 × 2 max pooling costs at most 8 rounds, 39 B and 180 dealer bytes an output", "[tensor][pool]") {
  const auto x = reals({1, 8, 32, 32});  // 2048 outputs: whole tiles
  const Cost cost = cost_of({x}, [](const Inputs& in) { return max_pool2d(in[0], {{2, 2}, {2, 2}}); });
  CHECK(cost.rounds == 8);
  CHECK(cost.bytes_sent <= 39 * 2048);
  CHECK(cost.dealer_bytes <= 180 * 2048);
}

TEST_CASE("overlapping windows share the comparisons of their rows; padding costs none", "[tensor][pool]") {
  const auto x = reals({1, 1, 64, 64});
  // 3 × 3 with stride 2: rows 64·(31·2 + 1), columns 32·31·2 + 32·1, instead of 8 for each of 1024 outputs.
  const int64_t comparisons = 64 * (31 * 2 + 1) + 32 * (31 * 2 + 1);
  const Cost cost = cost_of({x}, [](const Inputs& in) { return max_pool2d(in[0], {{3, 3}, {2, 2}, {1, 1}}); });
  CHECK(cost.rounds == 16);  // the border runs beside the rest
  CHECK(cost.bytes_sent <= static_cast<uint64_t>(13 * comparisons + 64));
  CHECK(comparisons < 8 * 1024);
}

TEST_CASE("average pooling over a power of two is exact, and local", "[tensor][pool]") {
  const auto x = reals({2, 3, 6, 8}, 100);
  const Pool2dOptions options{{2, 2}, {2, 2}};
  const auto outcomes = evaluate(3, {x}, [&](const Inputs& in) { return avg_pool2d(in[0], options); });
  check_close(outcomes, torch_mean(x, options), 0);
  CHECK(outcomes[0].cost == Cost{});
  CHECK(outcomes[0].fraction_bits == 18);
}

TEST_CASE("average pooling is torch's up to the rounding of its factor", "[tensor][pool]") {
  for (auto [sizes, options] : kCases) {
    const auto x = reals(sizes, 100);
    for (const bool counted : {false, true}) {
      options.count_include_pad = counted;
      // 1/k is off by at most 2^-17 relative; a mean is below 100. No truncation.
      check_function({x}, torch_mean(x, options), 100 * 0x1p-17, [o = options](const Inputs& in) { return avg_pool2d(in[0], o); });
    }
  }
  const auto x = reals({1, 2, 6, 6}, 10);
  const Pool2dOptions three{{3, 3}, {3, 3}};
  CHECK(cost_of({x}, [&](const Inputs& in) { return avg_pool2d(in[0], three); }) == Cost{});
  // After a product of at most 100: one truncation of each input, so one unit of the mean.
  check_function({x}, torch_mean(x * x, three), kUlp + 100 * 0x1p-17, [&](const Inputs& in) { return avg_pool2d(square(in[0]), three); });
}

TEST_CASE("adaptive pooling is torch's", "[tensor][pool]") {
  const auto x = reals({2, 3, 7, 5}, 100);
  for (const std::array<int64_t, 2> output : {std::array<int64_t, 2>{1, 1}, {7, 5}, {3, 2}, {4, 4}, {9, 6}}) {
    check_function({x}, std::get<0>(at::adaptive_max_pool2d(x, output)), 0, [=](const Inputs& in) { return adaptive_max_pool2d(in[0], output); });
    check_function({x}, at::adaptive_avg_pool2d(x, output), 100 * 0x1p-17, [=](const Inputs& in) { return adaptive_avg_pool2d(in[0], output); });
  }
  CHECK(cost_of({x}, [](const Inputs& in) { return adaptive_avg_pool2d(in[0], {1, 1}); }) == Cost{});
}

TEST_CASE("pooling of no images", "[tensor][pool]") {
  const auto none = at::zeros({0, 2, 4, 4}, at::kDouble);
  check_function({none}, at::zeros({0, 2, 2, 2}), 0, [](const Inputs& in) { return max_pool2d(in[0], {{2, 2}, {2, 2}}); });
  check_function({none}, at::zeros({0, 2, 2, 2}), 0, [](const Inputs& in) { return avg_pool2d(in[0], {{2, 2}, {2, 2}}); });
}

TEST_CASE("poolings that do not fit are refused on all ranks", "[tensor][pool]") {
  const std::vector<at::Tensor> x{reals({1, 2, 4, 4}), reals({2, 4, 4})};
  CHECK(refusal(x, [](const Inputs& in) { max_pool2d(in[0], {{5, 5}, {1, 1}}); }).code == 415);
  CHECK(refusal(x, [](const Inputs& in) { avg_pool2d(in[0], {{2, 2}, {1, 1}, {2, 2}}); }).code == 415);
  CHECK(refusal(x, [](const Inputs& in) { avg_pool2d(in[0], {{2, 2}, {1, 1}, {0, 0}, {2, 1}}); }).code == 415);
  CHECK(refusal(x, [](const Inputs& in) { max_pool2d(in[1], {{2, 2}, {1, 1}}); }).code == 425);
  CHECK(refusal(x, [](const Inputs& in) { adaptive_avg_pool2d(in[1], {1, 1}); }).code == 425);
  CHECK(refusal(x, [](const Inputs& in) { adaptive_max_pool2d(in[0], {0, 1}); }).code == 415);
}
