#include "mpc/tensor/pool.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>

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

TEST_CASE("places of maxima are torch's indices, the first of equal ones, whatever the padding", "[tensor][pool]") {
  auto cases = kCases;
  cases.push_back({{1, 2, 9, 8}, {{2, 3}, {1, 2}, {1, 0}, {2, 2}}});
  for (const auto& [sizes, options] : cases) {
    const auto &o = options, all = options;
    const auto& shape = sizes;
    // Few different values: most windows have ties.
    for (const auto& x : {reals(sizes, 100), at::remainder(reals(sizes, 100).floor(), 3)}) {
      const auto [value, index] = at::max_pool2d_with_indices(x, o.kernel, o.stride, o.padding, o.dilation, o.ceil_mode);
      check_function({x}, value, 0, [&](const Inputs& in) { return max_pool2d_with_places(in[0], all).value; });
      check_function({x}, index.to(at::kDouble), 0, [&](const Inputs& in) { return pooled_indices(max_pool2d_with_places(in[0], all).place, shape, all); });
    }
  }
}

TEST_CASE("backward selections of pooling are torch's gradients", "[tensor][pool]") {
  for (const auto& [sizes, options] : kCases) {
    const auto& o = options;
    const auto& shape = sizes;
    const auto x = reals(sizes, 100);
    const auto [value, index] = at::max_pool2d_with_indices(x, o.kernel, o.stride, o.padding, o.dilation, o.ceil_mode);
    const auto gradient = reals(value.sizes(), 4, 5);
    const auto of_max = at::max_pool2d_with_indices_backward(gradient, x, o.kernel, o.stride, o.padding, o.dilation, o.ceil_mode, index);
    check_function({x, gradient}, of_max, 0, [&](const Inputs& in) { return max_pool2d_backward(in[1], max_pool2d_with_places(in[0], o).place, shape, o); });
    const auto of_mean = at::avg_pool2d_backward(gradient, x, o.kernel, o.stride, o.padding, o.ceil_mode, o.count_include_pad, std::nullopt);
    // A factor is off by 2^-17 of itself for each of at most 12 outputs of numbers up to 4, and the result is truncated when it is revealed.
    check_function({gradient}, of_mean, 12 * 4 * 0x1p-17 + 2 * kUlp, [&](const Inputs& in) { return avg_pool2d_backward(in[0], shape, o); });
  }
  const auto codes = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto of = [&](std::vector<int64_t> sizes) { return MPCTensor::encrypt(party, at::zeros(sizes), sizes); };
    const Pool2dOptions options{{2, 2}, {2, 2}}, large{{17, 17}, {17, 17}};
    const std::vector<int64_t> image{1, 1, 4, 4}, wide{1, 1, 17, 17}, flat{4, 4};
    return codes_of([&] { max_pool2d_backward(of({1, 1, 2, 3}), of({1, 1, 2, 2}), image, options); }, [&] { avg_pool2d_backward(of({1, 1, 3, 2}), image, options); },
                    [&] { pooled_indices(of({1, 1, 1, 1}), wide, large); }, [&] { avg_pool2d_backward(of({2, 2}), flat, options); },
                    [&] { max_pool2d_with_places(of({4, 4}), options); });
  });
  CHECK(codes[0] == std::vector<int>{408, 408, 415, 425, 425});
}
