#include "mpc/tensor/conv.h"

#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/conv_transpose1d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/conv_transpose3d.h>

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

using Sizes = std::vector<int64_t>;

struct Layer {
  Sizes input, weight;
  ConvOptions options;
  Sizes output_padding = {};  // transposed only
};

at::Tensor expected(const Layer& l, const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, bool transposed) {
  const auto& o = l.options;
  if (transposed) {
    if (x.dim() == 3) return at::conv_transpose1d(x, w, b, o.stride, o.padding, l.output_padding, o.groups, o.dilation);
    if (x.dim() == 4) return at::conv_transpose2d(x, w, b, o.stride, o.padding, l.output_padding, o.groups, o.dilation);
    return at::conv_transpose3d(x, w, b, o.stride, o.padding, l.output_padding, o.groups, o.dilation);
  }
  if (x.dim() == 3) return at::conv1d(x, w, b, at::IntArrayRef(o.stride), at::IntArrayRef(o.padding), at::IntArrayRef(o.dilation), o.groups);
  if (x.dim() == 4) return at::conv2d(x, w, b, at::IntArrayRef(o.stride), at::IntArrayRef(o.padding), at::IntArrayRef(o.dilation), o.groups);
  return at::conv3d(x, w, b, at::IntArrayRef(o.stride), at::IntArrayRef(o.padding), at::IntArrayRef(o.dilation), o.groups);
}

const std::vector<Layer>& forward_layers() {
  static const std::vector<Layer> all{
      {{2, 4, 9}, {6, 4, 3}, {{1}, {0}, {1}, 1}},
      {{2, 4, 9}, {6, 2, 3}, {{2}, {3}, {2}, 2}},
      {{2, 4, 6, 5}, {4, 2, 3, 2}, {{2, 1}, {1, 2}, {1, 2}, 2}},
      {{2, 2, 5, 4, 3}, {3, 2, 2, 3, 1}, {{1, 1, 1}, {0, 0, 0}, {1, 1, 1}, 1}},
      {{2, 4, 7, 4, 5}, {6, 2, 3, 2, 2}, {{2, 1, 2}, {1, 0, 1}, {1, 2, 1}, 2}},
      {{1, 2, 2, 3, 3}, {2, 2, 3, 1, 1}, {{3, 1, 1}, {4, 0, 0}, {2, 1, 1}, 1}},  // whole layers of the kernel lie in the padding
  };
  return all;
}

const std::vector<Layer>& transposed_layers() {
  static const std::vector<Layer> all{
      {{2, 4, 5}, {4, 3, 3}, {{1}, {0}, {1}, 1}, {0}},
      {{2, 4, 5}, {4, 3, 3}, {{3}, {2}, {2}, 2}, {2}},
      {{2, 4, 3, 4}, {4, 3, 2, 3}, {{2, 1}, {0, 1}, {1, 2}, 2}, {1, 0}},
      {{1, 2, 2, 3, 2}, {2, 2, 2, 2, 3}, {{1, 2, 3}, {1, 0, 1}, {2, 1, 1}, 1}, {1, 0, 2}},
  };
  return all;
}

}  // namespace

TEST_CASE("convolutions of 1, 2 and 3 dimensions are torch's, exactly; private and public weights", "[tensor][conv]") {
  for (const auto& l : forward_layers()) {
    CAPTURE(l.input, l.weight);
    const auto x = reals(l.input, 2), w = reals(l.weight, 1, 3), b = reals({l.weight[0]}, 1, 5);
    check_function({x, w, b}, expected(l, x, w, b, false), 0, [&](const Inputs& in) { return conv(in[0], in[1], in[2], l.options); });
    check_function({x}, expected(l, x, w, {}, false), 0, [&](const Inputs& in) { return conv(in[0], Plain(w), MPCTensor(), l.options); });
  }
}

TEST_CASE("transposed convolutions are torch's, exactly; private and public weights", "[tensor][conv]") {
  for (const auto& l : transposed_layers()) {
    CAPTURE(l.input, l.weight);
    const auto x = reals(l.input, 2), w = reals(l.weight, 1, 3), b = reals({l.weight[1] * l.options.groups}, 1, 5);
    check_function({x, w, b}, expected(l, x, w, b, true), 0, [&](const Inputs& in) { return conv_transpose(in[0], in[1], in[2], l.options, l.output_padding); });
    check_function({x}, expected(l, x, w, {}, true), 0, [&](const Inputs& in) { return conv_transpose(in[0], Plain(w), MPCTensor(), l.options, l.output_padding); });
  }
  const auto& l = transposed_layers()[2];
  const auto x = reals(l.input, 2), w = reals(l.weight, 1, 3);
  check_close(evaluate(5, {x, w}, [&](const Inputs& in) { return conv_transpose(in[0], in[1], MPCTensor(), l.options, l.output_padding); }), expected(l, x, w, {}, true), 0);
}

TEST_CASE("one round, operands opened once; a public weight costs nothing", "[tensor][conv]") {
  const auto check = [](const Layer& l, bool transposed, int64_t dealt) {
    CAPTURE(l.input, l.weight, transposed);
    const auto x = reals(l.input, 2), w = reals(l.weight, 1, 3);
    const auto run = [&](const MPCTensor& input, const auto& weight) {
      return transposed ? conv_transpose(input, weight, MPCTensor(), l.options, l.output_padding) : conv(input, weight, MPCTensor(), l.options);
    };
    const Cost fresh = cost_of({x, w}, [&](const Inputs& in) { return run(in[0], in[1]); });
    CHECK(fresh.rounds == 1);
    CHECK(fresh.bytes_sent == static_cast<uint64_t>(8 * (x.numel() + w.numel())));
    CHECK(fresh.dealer_bytes == static_cast<uint64_t>(8 * dealt));
    CHECK(cost_of({x}, [&](const Inputs& in) { return run(in[0], Plain(w)); }) == Cost{});
    // The second time the weight is open.
    const auto second = evaluate(2, {x, w, x + 1}, [&](const Inputs& in) {
      run(in[0], in[1]);
      MPCTensor result;
      const Cost cost = measure(*in[0].party(), [&] { result = run(in[2], in[1]); });
      return Measured{result, cost};
    });
    CHECK(second[0].cost.bytes_sent == static_cast<uint64_t>(8 * x.numel()));
  };
  const auto product = [](const Sizes& sizes) { int64_t n = 1; for (const int64_t s : sizes) n *= s; return n; };
  check(forward_layers()[1], false, product({2, 6, 6}));
  check(forward_layers()[3], false, 2 * product({2, 3, 4, 2, 3}));  // for each of two layers of the kernel
  check(transposed_layers()[1], true, product({2, 2, 3, 3, 5}));    // channels · kernel · positions
}

TEST_CASE("a pending truncation is done before, and the result's is pending", "[tensor][conv]") {
  const auto& l = forward_layers()[4];
  const auto x = reals(l.input, 1), w = reals(l.weight, 1, 3);
  const auto outcomes = evaluate(2, {x, w}, [&](const Inputs& in) { return conv(square(in[0]), in[1], MPCTensor(), l.options); });
  // Each input is off by one unit, each weight at most 1: as many units as the kernel has elements.
  check_close(outcomes, expected(l, x * x, w, {}, false), 2 * 3 * 2 * 2 * kUlp);
  CHECK(outcomes[0].fraction_bits == 32);
}

TEST_CASE("shapes and options that do not fit are refused on all ranks", "[tensor][conv]") {
  const std::vector<at::Tensor> x{reals({2, 4, 9}), reals({6, 4, 3}), reals({5}), reals({1, 2, 2, 3, 3}), reals({2, 2, 3, 1, 1}), reals({2, 4})};
  const ConvOptions one{{1}, {0}, {1}, 1}, three{{1, 1, 1}, {0, 0, 0}, {1, 1, 1}, 1};
  const MPCTensor none;
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[0], in[1], in[2], one); }).code == 408);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[1], in[0], none, one); }).code == 122);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[0], in[3], none, one); }).code == 425);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[5], in[5], none, one); }).code == 425);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[0], in[1], none, three); }).code == 437);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[0], in[1], none, {{0}, {0}, {1}, 1}); }).code == 437);
  CHECK(refusal(x, [&](const Inputs& in) { conv(in[3], in[4], none, three); }).code == 437);
  CHECK(refusal(x, [&](const Inputs& in) { conv_transpose(in[0], in[1], none, one, {0}); }).code == 437);
  CHECK(refusal(x, [&](const Inputs& in) { conv_transpose(in[0], in[0], none, one, {0}); }).code == 437);
  CHECK(refusal(std::vector{reals({2, 4, 9}), reals({4, 2, 3})}, [&](const Inputs& in) { conv_transpose(in[0], in[1], none, one, {1}); }).code == 437);
  CHECK(refusal(std::vector{reals({2, 4, 9}), reals({4, 2, 3})}, [&](const Inputs& in) { conv_transpose(in[0], in[1], in[0], one, {0}); }).code == 408);
}
