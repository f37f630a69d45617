#include "mpc/tensor/index.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/scale.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("parts are torch's, of values and of pending products", "[tensor][index]") {
  const auto x = reals({5, 6}, 100), index = at::tensor({3, 0, 3}, at::kLong);
  struct Case {
    std::function<MPCTensor(const MPCTensor&)> own;
    at::Tensor expected, squared;
  };
  const auto both = [&](auto own, auto torch) { return Case{own, torch(x), torch(x * x)}; };
  const std::vector<Case> cases{
      both([](const MPCTensor& t) { return select(t, 0, 2); }, [](const at::Tensor& t) { return t.select(0, 2); }),
      both([](const MPCTensor& t) { return select(t, -1, -6); }, [](const at::Tensor& t) { return t.select(-1, -6); }),
      both([](const MPCTensor& t) { return slice(t, 0, 1, 4); }, [](const at::Tensor& t) { return t.slice(0, 1, 4); }),
      both([](const MPCTensor& t) { return slice(t, 1, -5, 100, 2); }, [](const at::Tensor& t) { return t.slice(1, -5, 100, 2); }),
      both([](const MPCTensor& t) { return slice(t, 1, 4, 2); }, [](const at::Tensor& t) { return t.slice(1, 4, 4); }),
      both([=](const MPCTensor& t) { return index_select(t, 1, index); }, [=](const at::Tensor& t) { return t.index_select(1, index); }),
      both([](const MPCTensor& t) { return index_select(t, 0, at::tensor({1}, at::kInt)); }, [](const at::Tensor& t) { return t.slice(0, 1, 2); }),
      both([](const MPCTensor& t) { return index_select(t, 0, at::empty({0}, at::kLong)); }, [](const at::Tensor& t) { return t.slice(0, 0, 0); }),
      both([](const MPCTensor& t) { return split(t, 4, 1).at(1); }, [](const at::Tensor& t) { return t.split(4, 1)[1]; }),
      both([](const MPCTensor& t) { return split(t, 5).at(0); }, [](const at::Tensor& t) { return t; }),
  };
  for (const auto& [own, expected, squared] : cases) {
    check_function({x}, expected, 0, [own = own](const Inputs& in) { return own(in[0]); });
    check_function({x}, squared, 0, [own = own](const Inputs& in) { return own(square(in[0])); });
    CHECK(cost_of({x}, [own = own](const Inputs& in) { return own(in[0]); }) == Cost{});
  }
  for (const auto count : run_parties(2, [&](const std::shared_ptr<Party>& party) { return split(MPCTensor::encrypt(party, x, x.sizes()), 4, 1).size(); })) CHECK(count == 2);
}

TEST_CASE("cached openings survive selecting and slicing; a part of an unopened tensor opens itself only", "[tensor][index]") {
  const auto x = reals({6, 4});
  const auto after_opening = [&](auto part) {
    return cost_of({x}, [&](const Inputs& in) {
      const auto first = square(in[0]);
      return Measured(first, measure(*first.party(), [&] { square(part(in[0])); }));
    });
  };
  CHECK(after_opening([](const MPCTensor& t) { return select(t, 1, 2); }) == Cost{0, 0, 8 * 6});
  CHECK(after_opening([](const MPCTensor& t) { return slice(t, 0, 1, 6, 2); }) == Cost{0, 0, 8 * 12});
  CHECK(cost_of({x}, [](const Inputs& in) { return square(select(in[0], 0, 1)); }) == Cost{1, 8 * 4, 8 * 4});
}

TEST_CASE("parts of a pending product are truncated with it, in one round for all", "[tensor][index]") {
  const auto x = reals({6, 4});
  const Cost cost = cost_of({x}, [](const Inputs& in) {
    const auto product = square(in[0]);
    const auto parts = split(product, 2);
    return Measured(product, measure(*product.party(), [&] {
                      for (const auto& part : parts) part.at_most(16);
                    }));
  });
  CHECK(cost == Cost{1, 8 * 24, 10 * 24});
}

TEST_CASE("indices out of range are refused on all ranks", "[tensor][index]") {
  const std::vector<at::Tensor> x{reals({2, 3}), at::full({}, 1.0)};
  const auto code = [&](auto fn) { return refusal(x, fn).code; };
  CHECK(code([](const Inputs& in) { select(in[0], 0, 2); }) == 414);
  CHECK(code([](const Inputs& in) { select(in[0], 1, -4); }) == 414);
  CHECK(code([](const Inputs& in) { select(in[0], 2, 0); }) == 412);
  CHECK(code([](const Inputs& in) { select(in[1], 0, 0); }) == 412);
  CHECK(code([](const Inputs& in) { slice(in[0], 0, 0, 1, 0); }) == 424);
  CHECK(code([](const Inputs& in) { slice(in[0], 5, 0, 1); }) == 412);
  CHECK(code([](const Inputs& in) { index_select(in[0], 0, at::tensor({0, 2}, at::kLong)); }) == 414);
  CHECK(code([](const Inputs& in) { index_select(in[0], 0, at::tensor({-1}, at::kLong)); }) == 414);
  CHECK(code([](const Inputs& in) { index_select(in[0], 0, at::tensor({0.5})); }) == 424);
  CHECK(code([](const Inputs& in) { index_select(in[0], 0, at::zeros({1, 1}, at::kLong)); }) == 424);
  CHECK(code([](const Inputs& in) { index_select(in[0], 0, {}); }) == 424);
  CHECK(code([](const Inputs& in) { split(in[0], 0); }) == 424);
}
