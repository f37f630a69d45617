#include "mpc/tensor/bound.h"

#include <functional>

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/clamp.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/maximum.h"
#include "mpc/tensor/pool.h"
#include "mpc/tensor/sort.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

struct Verb {
  const char* name;
  std::function<MPCTensor(const Inputs&, double)> run;
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all{
      {"a < b", [](const Inputs& in, double b) { return compare(in[0], Order::less, in[1], b); }},
      {"a ≥ 1/4", [](const Inputs& in, double b) { return compare(in[0], Order::greater_equal, Plain(0.25), b); }},
      {"a = b", [](const Inputs& in, double b) { return compare(in[0], Order::equal, in[1], b); }},
      {"relu", [](const Inputs& in, double b) { return relu(in[0], b); }},
      {"relu of a product", [](const Inputs& in, double b) { return relu(multiply(in[0], Plain(1)), b); }},
      {"hardtanh", [](const Inputs& in, double b) { return hardtanh(in[0], -0.25, 0.5, b); }},
      {"abs", [](const Inputs& in, double b) { return abs(in[0], b); }},
      {"sign", [](const Inputs& in, double b) { return sign(in[0], b); }},
      {"maximum", [](const Inputs& in, double b) { return maximum(in[0], in[1], b); }},
      {"minimum with 1/4", [](const Inputs& in, double b) { return minimum(in[0], Plain(0.25), b); }},
      {"clamp below", [](const Inputs& in, double b) { return clamp(in[0], 0.25, std::nullopt, b); }},
      {"clamp above", [](const Inputs& in, double b) { return clamp(in[0], std::nullopt, 0.25, b); }},
      {"max", [](const Inputs& in, double b) { return extremum(in[0], Extreme::largest, 3, false, Position::none, b).value; }},
      {"argmin", [](const Inputs& in, double b) { return extremum(in[0], Extreme::smallest, 3, false, Position::index, b).position; }},
      {"max of all", [](const Inputs& in, double b) { return extremum(in[0], Extreme::largest, false, Position::none, b).value; }},
      {"max_pool2d", [](const Inputs& in, double b) { return max_pool2d(in[0], {.kernel = {2, 3}, .stride = {1, 2}, .bound = b}); }},
      {"max_pool2d, places", [](const Inputs& in, double b) { return max_pool2d_with_places(in[0], {.kernel = {2, 2}, .stride = {2, 2}, .bound = b}).place; }},
      {"adaptive_max_pool2d", [](const Inputs& in, double b) { return adaptive_max_pool2d(in[0], {2, 2}, b); }},
      {"sort", [](const Inputs& in, double b) { return sort(in[0], 3, true, Places::none, b).value; }},
      {"argsort", [](const Inputs& in, double b) { return sort(in[0], 3, false, Places::wanted, b).place; }},
      {"topk", [](const Inputs& in, double b) { return topk(in[0], 2, 3, true, Places::none, b).value; }},
      {"kthvalue", [](const Inputs& in, double b) { return kthvalue(in[0], 3, 3, false, Places::wanted, b).value; }},
      {"median", [](const Inputs& in, double b) { return median(in[0], 3, false, Places::none, b).value; }},
  };
  return all;
}

}  // namespace

TEST_CASE("with a bound comparisons and what is built on them give the same, for less", "[tensor][bound]") {
  for (const double bound : {0.75, 3.0, 1000.0, 1e6}) {
    auto x = reals({2, 2, 4, 8}, bound), y = reals({2, 2, 4, 8}, bound, 5);
    x.view(-1)[4] = bound, x.view(-1)[5] = -bound, y.view(-1)[4] = -bound, y.view(-1)[5] = bound, y.view(-1)[6] = x.view(-1)[6];  // differences of twice the bound, and none
    for (const auto& verb : verbs()) {
      CAPTURE(verb.name, bound);
      const auto whole = evaluate(2, {x, y}, [&](const Inputs& in) { return verb.run(in, kUnbounded); });
      const auto bounded = evaluate(2, {x, y}, [&](const Inputs& in) { return verb.run(in, bound); });
      check_close(bounded, whole[0].value, 0);
      CHECK(bounded[1].cost.rounds <= whole[1].cost.rounds);
      CHECK(bounded[1].cost.bytes_sent <= whole[1].cost.bytes_sent);
      CHECK(bounded[1].cost.dealer_bytes < whole[1].cost.dealer_bytes);
      if (bound <= 3) check_close(evaluate(3, {x, y}, [&](const Inputs& in) { return verb.run(in, bound); }), whole[0].value, 0);
    }
  }
}

TEST_CASE("a bound that is no positive number is refused on all ranks; one that saves nothing changes nothing", "[tensor][bound]") {
  const std::vector<at::Tensor> inputs{reals({1, 1, 4, 8}), reals({1, 1, 4, 8}, 4, 5)};
  for (const auto& verb : verbs()) {
    if (std::string(verb.name) == "relu of a product") continue;  // the product comes first
    CAPTURE(verb.name);
    for (const double bad : {0.0, -1.0, std::nan("")}) CHECK(refusal(inputs, [&](const Inputs& in) { verb.run(in, bad); }).code == 419);
    CHECK(cost_of(inputs, [&](const Inputs& in) { return verb.run(in, 1e14); }) == cost_of(inputs, [&](const Inputs& in) { return verb.run(in, kUnbounded); }));
  }
}

TEST_CASE("what a bound means in bits", "[tensor][bound]") {
  CHECK(bits_within(1, 16, 48) == 16);
  CHECK(bits_within(1.5, 16, 48) == 17);
  CHECK(bits_within(1e30, 16, 48) == 48);
  CHECK(top_within(1, 16, 16) == 17);        // 1 itself is not below 2^16 units, nor is what rounding adds
  CHECK(top_within(0.999, 16, 16) == 16);
  CHECK(top_within(1, 32, 16) == 33);
  CHECK(top_within(5, 0, 16) == 3);          // whole numbers: 5 and three units
  CHECK(top_within(kUnbounded, 16, 16) == 0);
  CHECK(top_within(0x1p46, 16, 16) == 0);
  CHECK(bound_of_squares(2, 3, 16) >= 12);
  CHECK(bound_of_squares(2, 0, 16) < kUnbounded);
  CHECK(bound_of_squares(kUnbounded, 0, 16) == kUnbounded);
}
