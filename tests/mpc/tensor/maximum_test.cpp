#include "mpc/tensor/maximum.h"

#include "mpc/tensor/arithmetic.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

at::Tensor one_hot(const at::Tensor& index, int64_t dim, int64_t choices) { return at::one_hot(index, choices).movedim(-1, dim); }

// Rows with ties: the first of equals must win.
at::Tensor with_ties() {
  auto x = at::round(reals({4, 7, 3}, 3));
  x.select(1, 5).copy_(x.select(1, 2));
  return x;
}

}  // namespace

TEST_CASE("maxima, minima and their positions are torch's; ties go to the first", "[tensor][maximum]") {
  const auto x = with_ties();
  for (const int64_t dim : {0, 1, -1}) {
    for (const bool keep : {false, true}) {
      const auto [value, index] = at::max(x, dim, keep);
      const auto [least, where] = at::min(x, dim, keep);
      check_function({x}, value, 0, [=](const Inputs& in) { return extremum(in[0], Extreme::largest, dim, keep, Position::none).value; });
      check_function({x}, at::argmax(x, dim, keep), 0, [=](const Inputs& in) { return extremum(in[0], Extreme::largest, dim, keep, Position::index).position; });
      check_function({x}, least, 0, [=](const Inputs& in) { return extremum(in[0], Extreme::smallest, dim, keep, Position::none).value; });
      check_function({x}, at::argmin(x, dim, keep), 0, [=](const Inputs& in) { return extremum(in[0], Extreme::smallest, dim, keep, Position::index).position; });
    }
    const int64_t along = dim < 0 ? dim + 3 : dim;
    check_function({x}, one_hot(at::argmax(x, dim), along, x.size(along)), 0, [=](const Inputs& in) { return extremum(in[0], Extreme::largest, dim, false, Position::one_hot).position; });
    check_function({x}, one_hot(at::argmin(x, dim), along, x.size(along)), 0, [=](const Inputs& in) { return extremum(in[0], Extreme::smallest, dim, true, Position::one_hot).position; });
  }
  check_close(evaluate(5, {x}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::one_hot).position; }), one_hot(at::argmax(x, 1), 1, 7), 0);
}

TEST_CASE("maxima over all elements", "[tensor][maximum]") {
  const auto x = with_ties();
  check_function({x}, x.max(), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, false, Position::none).value; });
  check_function({x}, x.min().reshape({1, 1, 1}), 0, [](const Inputs& in) { return extremum(in[0], Extreme::smallest, true, Position::none).value; });
  check_function({x}, x.argmax(), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, false, Position::index).position; });
  check_function({x}, x.argmin().reshape({1, 1, 1}), 0, [](const Inputs& in) { return extremum(in[0], Extreme::smallest, true, Position::index).position; });
  check_function({x}, at::one_hot(x.argmax(), x.numel()).reshape(x.sizes()), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, false, Position::one_hot).position; });
}

TEST_CASE("every length has its first maximum, equal elements included", "[tensor][maximum]") {
  for (int64_t n = 1; n <= 9; ++n) {
    const auto x = at::stack({at::zeros({n}, at::kDouble), at::arange(n, at::kDouble), -at::arange(n, at::kDouble), reals({n}).flatten()});
    check_function({x}, at::argmax(x, 1), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::index).position; });
  }
}

TEST_CASE("value and position come from one tournament; positions are whole and carry no rounding", "[tensor][maximum]") {
  const auto x = reals({1000, 10});  // many rows: pairs
  const Cost value = cost_of({x}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::none).value; });
  const Cost index = cost_of({x}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::index).value; });
  const Cost hot = cost_of({x}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::one_hot).position; });
  CHECK(value.rounds == 4 * 4);
  CHECK(value.bytes_sent <= 13 * 10000);
  CHECK(value.dealer_bytes <= 60 * 10000);
  CHECK(index.rounds == value.rounds);
  CHECK(cost_of({reals({8, 10})}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::index).value; }).rounds == 5 + 4);  // few: groups of five, a pair
  CHECK(index.bytes_sent <= value.bytes_sent + 8 * 10000);
  CHECK(index.dealer_bytes <= value.dealer_bytes + 16 * 10000);
  CHECK(hot.rounds == index.rounds + 1);
  CHECK(hot.bytes_sent == index.bytes_sent + 4 * 1000 / 8);
  CHECK(hot.dealer_bytes == index.dealer_bytes + 15 * 8 * 1000);
  const auto outcomes = evaluate(2, {x}, [](const Inputs& in) {
    const auto product = square(in[0]);
    product.at_most(16);
    return extremum(product, Extreme::largest, 1, false, Position::index).position;
  });
  CHECK(outcomes[0].fraction_bits == 0);
  CHECK_FALSE(outcomes[0].dithered);
}

TEST_CASE("one-hot positions among more than a table holds are compared", "[tensor][maximum]") {
  for (const int64_t choices : {1, 2, 255, 256, 257, 300}) {
    CAPTURE(choices);
    const auto x = reals({2, choices, 2});
    check_close(evaluate(2, {x}, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::one_hot).position; }), one_hot(at::argmax(x, 1), 1, choices), 0);
  }
}

TEST_CASE("a pending truncation stays pending", "[tensor][maximum]") {
  const auto x = reals({5, 6});
  const auto outcomes = evaluate(2, {x}, [](const Inputs& in) { return extremum(square(in[0]), Extreme::smallest, 1, false, Position::none).value; });
  check_close(outcomes, std::get<0>((x * x).min(1)), 0);
  CHECK(outcomes[0].fraction_bits == 32);
}

TEST_CASE("maxima of single numbers and of no rows", "[tensor][maximum]") {
  const auto number = at::full({}, -2.5, at::kDouble), none = at::zeros({0, 3}, at::kDouble);
  check_function({number}, number, 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, -1, false, Position::none).value; });
  check_function({number}, at::zeros({}), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 0, false, Position::index).position; });
  check_function({number}, at::ones({}), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, false, Position::one_hot).position; });
  check_function({none}, at::zeros({0}), 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::index).position; });
  check_function({none}, none, 0, [](const Inputs& in) { return extremum(in[0], Extreme::largest, 1, false, Position::one_hot).position; });
}

TEST_CASE("maxima that do not exist are refused on all ranks", "[tensor][maximum]") {
  const std::vector<at::Tensor> x{reals({2, 3}), at::zeros({0, 3})};
  CHECK(refusal(x, [](const Inputs& in) { extremum(in[0], Extreme::largest, 2, false, Position::none); }).code == 412);
  CHECK(refusal(x, [](const Inputs& in) { extremum(in[0], Extreme::smallest, -3, false, Position::index); }).code == 412);
  CHECK(refusal(x, [](const Inputs& in) { extremum(in[1], Extreme::largest, 0, false, Position::none); }).code == 416);
  CHECK(refusal(x, [](const Inputs& in) { extremum(in[1], Extreme::largest, false, Position::none); }).code == 416);
}
