#include "mpc/tensor/sort.h"

#include <ATen/ops/kthvalue.h>
#include <ATen/ops/median.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/topk.h>

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

// Rows with ties.
at::Tensor tied(at::IntArrayRef sizes) { return at::round(reals(sizes, 3)); }

void check_both(const at::Tensor& x, const at::Tensor& value, const at::Tensor& place, const std::function<Ordered(const MPCTensor&, Places)>& verb) {
  check_function({x}, value, 0, [&](const Inputs& in) { return verb(in[0], Places::none).value; });
  check_function({x}, value, 0, [&](const Inputs& in) { return verb(in[0], Places::wanted).value; });
  check_function({x}, place, 0, [&](const Inputs& in) { return verb(in[0], Places::wanted).place; });
}

}  // namespace

TEST_CASE("sort is torch's stable one, both ways, along every dimension, of odd and even sizes", "[tensor][sort]") {
  for (const auto& [x, dim] : std::vector<std::pair<at::Tensor, int64_t>>{{tied({3, 7, 2}), 1}, {tied({4, 3}), 0}, {tied({2, 1, 6}), -1}, {reals({3, 5}, 100), 1}, {tied({2, 1}), 1}}) {
    for (const bool descending : {false, true}) {
      const auto [value, place] = at::sort(x, true, dim, descending);
      check_both(x, value, place, [dim = dim, descending](const MPCTensor& t, Places places) { return sort(t, dim, descending, places); });
    }
  }
}

TEST_CASE("sort with five parties", "[tensor][sort]") {
  const auto x = tied({2, 6});
  check_close(evaluate(5, {x}, [](const Inputs& in) { return sort(in[0], 1, true, Places::wanted).place; }), std::get<1>(at::sort(x, true, 1, true)), 0);
}

TEST_CASE("topk, kthvalue and median; places are the first that a stable sort gives", "[tensor][sort]") {
  const auto x = tied({3, 8});
  const auto [up, up_place] = at::sort(x, true, 1, false);
  const auto [down, down_place] = at::sort(x, true, 1, true);
  for (const int64_t k : {1, 3, 8}) {
    CHECK(down.narrow(1, 0, k).equal(std::get<0>(at::topk(x, k, 1))));
    check_both(x, down.narrow(1, 0, k), down_place.narrow(1, 0, k), [=](const MPCTensor& t, Places places) { return topk(t, k, -1, true, places); });
    check_both(x, up.narrow(1, 0, k), up_place.narrow(1, 0, k), [=](const MPCTensor& t, Places places) { return topk(t, k, 1, false, places); });
    CHECK(up.select(1, k - 1).equal(std::get<0>(at::kthvalue(x, k, 1))));
    check_both(x, up.select(1, k - 1), up_place.select(1, k - 1), [=](const MPCTensor& t, Places places) { return kthvalue(t, k, 1, false, places); });
  }
  CHECK(up.narrow(1, 3, 1).equal(std::get<0>(at::median(x, 1, true))));
  check_both(x, up.narrow(1, 3, 1), up_place.narrow(1, 3, 1), [](const MPCTensor& t, Places places) { return median(t, 1, true, places); });
  check_function({x}, at::median(x), 0, [](const Inputs& in) { return median(in[0]); });
  check_function({x}, down.narrow(1, 0, 0), 0, [](const Inputs& in) { return topk(in[0], 0, 1, true, Places::wanted).value; });
}

TEST_CASE("single numbers and rows that are not there", "[tensor][sort]") {
  const auto number = at::full({}, -2.5, at::kDouble), none = at::zeros({0, 3}, at::kDouble), empty = at::zeros({2, 0}, at::kDouble);
  check_both(number, number, at::zeros({}), [](const MPCTensor& t, Places places) { return sort(t, -1, true, places); });
  check_both(number, number, at::zeros({}), [](const MPCTensor& t, Places places) { return topk(t, 1, 0, true, places); });
  check_both(number, number, at::zeros({}), [](const MPCTensor& t, Places places) { return median(t, 0, false, places); });
  check_both(none, none, none, [](const MPCTensor& t, Places places) { return sort(t, 1, false, places); });
  check_both(empty, empty, empty, [](const MPCTensor& t, Places places) { return sort(t, 1, false, places); });
}

TEST_CASE("a pending truncation stays pending without places, and is done first with them", "[tensor][sort]") {
  const auto x = reals({5, 6});
  const auto squares = std::get<0>(at::sort(x * x, 1));
  const auto values = evaluate(2, {x}, [](const Inputs& in) { return sort(square(in[0]), 1, false, Places::none).value; });
  check_close(values, squares, 0);
  CHECK(values[0].fraction_bits == 32);
  const auto both = evaluate(2, {x}, [](const Inputs& in) { return sort(square(in[0]), 1, false, Places::wanted).value; });
  check_close(both, squares, kUlp);
  CHECK(both[0].fraction_bits == 16);
  CHECK(both[0].dithered);
  const auto places = evaluate(2, {x}, [](const Inputs& in) { return sort(square(in[0]), 1, false, Places::wanted).place; });
  CHECK(places[0].fraction_bits == 0);
}

TEST_CASE("an extreme of the order costs a tournament", "[tensor][sort]") {
  const auto x = reals({64, 16});
  const Cost first = cost_of({x}, [](const Inputs& in) { return topk(in[0], 1, 1, true, Places::none).value; });
  CHECK(first.rounds == 4 * 4);
  CHECK(first.bytes_sent <= 13 * 64 * 15);
  CHECK(first.dealer_bytes <= 60 * 64 * 15);
}

TEST_CASE("dimensions and k that are not there are refused on all ranks", "[tensor][sort]") {
  const std::vector<at::Tensor> x{reals({2, 3}), at::zeros({2, 0})};
  CHECK(refusal(x, [](const Inputs& in) { sort(in[0], 2, false, Places::wanted); }).code == 412);
  CHECK(refusal(x, [](const Inputs& in) { topk(in[0], 4, 1, true, Places::none); }).code == 414);
  CHECK(refusal(x, [](const Inputs& in) { topk(in[0], -1, 1, true, Places::none); }).code == 414);
  CHECK(refusal(x, [](const Inputs& in) { kthvalue(in[0], 0, 1, false, Places::none); }).code == 414);
  CHECK(refusal(x, [](const Inputs& in) { median(in[1], 1, false, Places::wanted); }).code == 414);
  CHECK(refusal(x, [](const Inputs& in) { median(in[1]); }).code == 414);
}
