#include "mpc/tensor/reshape.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/logic.h"
#include "mpc/tensor/product.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("views are torch's, of values and of pending products", "[tensor][reshape]") {
  const auto x = reals({2, 1, 3, 4}, 100);
  struct Case {
    MPCTensor (*own)(const MPCTensor&);
    at::Tensor (*torch)(const at::Tensor&);
  };
  const std::vector<Case> cases{
      {[](const MPCTensor& t) { return reshape(t, {4, -1}); }, [](const at::Tensor& t) { return t.reshape({4, -1}); }},
      {[](const MPCTensor& t) { return reshape(transpose(t, 2, 3), {24}); }, [](const at::Tensor& t) { return t.transpose(2, 3).reshape({24}); }},
      {[](const MPCTensor& t) { return flatten(t); }, [](const at::Tensor& t) { return t.flatten(); }},
      {[](const MPCTensor& t) { return flatten(t, 1, -2); }, [](const at::Tensor& t) { return t.flatten(1, -2); }},
      {[](const MPCTensor& t) { return permute(t, {3, -4, 2, 1}); }, [](const at::Tensor& t) { return t.permute({3, 0, 2, 1}); }},
      {[](const MPCTensor& t) { return transpose(t, 0, -1); }, [](const at::Tensor& t) { return t.transpose(0, -1); }},
      {[](const MPCTensor& t) { return expand(t, {5, -1, 6, 3, -1}); }, [](const at::Tensor& t) { return t.expand({5, 2, 6, 3, 4}); }},
      {[](const MPCTensor& t) { return squeeze(t); }, [](const at::Tensor& t) { return t.squeeze(); }},
      {[](const MPCTensor& t) { return squeeze(t, 1); }, [](const at::Tensor& t) { return t.squeeze(1); }},
      {[](const MPCTensor& t) { return squeeze(t, 0); }, [](const at::Tensor& t) { return t.squeeze(0); }},
      {[](const MPCTensor& t) { return unsqueeze(t, -1); }, [](const at::Tensor& t) { return t.unsqueeze(-1); }},
  };
  for (const auto& [own, torch] : cases) {
    check_function({x}, torch(x), 0, [own = own](const Inputs& in) { return own(in[0]); });
    check_function({x}, torch(x * x), 0, [own = own](const Inputs& in) { return own(square(in[0])); });
    CHECK(cost_of({x}, [own = own](const Inputs& in) { return own(in[0]); }) == Cost{});
    // Computing with a view whose source is open opens nothing where the view has not copied.
    check_function({x}, torch(x) * torch(x), 0, [own = own](const Inputs& in) {
      square(in[0]);
      return square(own(in[0]));
    });
  }
}

TEST_CASE("cached openings survive views", "[tensor][reshape]") {
  const auto x = reals({6, 4});
  const auto cost = [&](auto view) {
    return cost_of({x}, [&](const Inputs& in) {
      const auto first = square(in[0]);
      return Measured(first, measure(*first.party(), [&] { square(view(in[0])); }));
    });
  };
  CHECK(cost([](const MPCTensor& t) { return transpose(t, 0, 1); }) == Cost{0, 0, 8 * 24});
  CHECK(cost([](const MPCTensor& t) { return reshape(t, {2, 12}); }) == Cost{0, 0, 8 * 24});
  CHECK(cost([](const MPCTensor& t) { return unsqueeze(permute(t, {1, 0}), 0); }) == Cost{0, 0, 8 * 24});
}

TEST_CASE("joins bring their parts to one scale, exactly", "[tensor][reshape]") {
  const auto a = reals({2, 3}), b = reals({4, 3}, 10, 3), c = reals({2, 3}, 10, 5);
  check_function({a, b}, at::cat({a, b}), 0, [](const Inputs& in) { return cat({in[0], in[1]}); });
  check_function({a, c}, at::cat({a, c, a}, -1), 0, [](const Inputs& in) { return cat({in[0], in[1], in[0]}, -1); });
  check_function({a, b}, at::cat({a * a, b}), 0, [](const Inputs& in) { return cat({square(in[0]), in[1]}); });
  check_function({a, c}, at::cat({at::lt(a, c).to(at::kDouble), c}), 0, [](const Inputs& in) { return cat({compare(in[0], Order::less, in[1]), in[1]}); });
  check_function({a}, a, 0, [](const Inputs& in) { return cat({in[0]}, 1); });
  check_function({a, c}, at::stack({a, c}), 0, [](const Inputs& in) { return stack({in[0], in[1]}); });
  check_function({a, c}, at::stack({a, c}, -1), 0, [](const Inputs& in) { return stack({in[0], in[1]}, -1); });
  check_function({at::full({}, 2.0), at::full({}, 3.0)}, at::tensor({2.0, 3.0}), 0, [](const Inputs& in) { return stack({in[0], in[1]}); });
  check_function({at::zeros({0, 3}), a}, a, 0, [](const Inputs& in) { return cat({in[0], in[1]}); });
  CHECK(cost_of({a, b}, [](const Inputs& in) { return cat({square(in[0]), in[1]}); }).rounds == 1);
}

TEST_CASE("padding, cropping and their value", "[tensor][reshape]") {
  const auto x = reals({2, 3, 4}, 100);
  for (const std::vector<int64_t>& pads : {std::vector<int64_t>{1, 2}, {0, 1, 2, 0}, {1, 1, 1, 1, 1, 1}, {-1, 2, 0, -1}, {}}) {
    check_function({x}, at::constant_pad_nd(x, pads, 0), 0, [=](const Inputs& in) { return pad(in[0], pads); });
    check_function({x}, at::constant_pad_nd(x, pads, -2.5), 0, [=](const Inputs& in) { return pad(in[0], pads, -2.5); });
    check_function({x}, at::constant_pad_nd(x * x, pads, 0.5), 0, [=](const Inputs& in) { return pad(square(in[0]), pads, 0.5); });
  }
  CHECK(cost_of({x}, [](const Inputs& in) { return pad(in[0], {1, 1}, 3); }) == Cost{});
}

TEST_CASE("shapes that do not fit are refused on all ranks", "[tensor][reshape]") {
  const std::vector<at::Tensor> x{reals({2, 3}), reals({4}), at::zeros({0, 3})};
  const auto code = [&](auto fn) { return refusal(x, fn).code; };
  CHECK(code([](const Inputs& in) { reshape(in[0], {4, 2}); }) == 411);
  CHECK(code([](const Inputs& in) { reshape(in[0], {-1, 4}); }) == 411);
  CHECK(code([](const Inputs& in) { reshape(in[0], {-1, -1}); }) == 411);
  CHECK(code([](const Inputs& in) { reshape(in[0], {-2, -3}); }) == 411);
  CHECK(code([](const Inputs& in) { reshape(in[2], {0, -1}); }) == 411);
  CHECK(code([](const Inputs& in) { flatten(in[0], 1, 0); }) == 411);
  CHECK(code([](const Inputs& in) { flatten(in[0], 2); }) == 412);
  CHECK(code([](const Inputs& in) { permute(in[0], {0}); }) == 425);
  CHECK(code([](const Inputs& in) { permute(in[0], {0, -2}); }) == 422);
  CHECK(code([](const Inputs& in) { permute(in[0], {0, 2}); }) == 412);
  CHECK(code([](const Inputs& in) { transpose(in[0], 0, 2); }) == 412);
  CHECK(code([](const Inputs& in) { expand(in[0], {4, 3}); }) == 411);
  CHECK(code([](const Inputs& in) { expand(in[0], {3}); }) == 411);
  CHECK(code([](const Inputs& in) { expand(in[0], {-1, 2, 3}); }) == 411);
  CHECK(code([](const Inputs& in) { squeeze(in[0], 2); }) == 412);
  CHECK(code([](const Inputs& in) { unsqueeze(in[0], 3); }) == 412);
  CHECK(code([](const Inputs& in) { cat({in[0], in[1]}); }) == 418);
  CHECK(code([](const Inputs& in) { cat({in[0], in[0]}, 2); }) == 412);
  CHECK(code([](const Inputs&) { cat({}); }) == 418);
  CHECK(code([](const Inputs& in) { stack({in[0], in[1]}); }) == 418);
  CHECK(code([](const Inputs& in) { pad(in[0], {1}); }) == 417);
  CHECK(code([](const Inputs& in) { pad(in[1], {1, 1, 1, 1}); }) == 417);
  CHECK(code([](const Inputs& in) { pad(in[1], {-3, -2}); }) == 417);
}
