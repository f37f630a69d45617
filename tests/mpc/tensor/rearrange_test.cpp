#include "mpc/tensor/rearrange.h"

#include <functional>

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/product.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

struct Verb {
  const char* name;
  std::vector<int64_t> sizes;
  std::function<at::Tensor(const at::Tensor&)> torch;
  std::function<MPCTensor(const MPCTensor&)> ours;
};

const at::Tensor kIndex = at::tensor({0, 2, 1, 1, 0, 2}, at::kLong).view({2, 3});

const std::vector<Verb>& verbs() {
  using T = const at::Tensor&;
  using M = const MPCTensor&;
  static const std::vector<Verb> all{
      {"movedim", {2, 3, 4}, [](T t) { return t.movedim({0, 1}, {2, 0}); }, [](M x) { return movedim(x, {0, 1}, {2, 0}); }},
      {"diagonal", {3, 4}, [](T t) { return t.diagonal(1); }, [](M x) { return diagonal(x, 1, 0, 1); }},
      {"diagonal of a batch", {2, 4, 3}, [](T t) { return t.diagonal(-1, 1, 2); }, [](M x) { return diagonal(x, -1, -2, -1); }},
      {"unfold", {2, 7}, [](T t) { return t.unfold(1, 3, 2); }, [](M x) { return unfold(x, 1, 3, 2); }},
      {"flip", {2, 3, 2}, [](T t) { return t.flip({0, 2}); }, [](M x) { return flip(x, {0, -1}); }},
      {"roll", {3, 4}, [](T t) { return t.roll({1, -2}, {0, 1}); }, [](M x) { return roll(x, {1, -2}, {0, 1}); }},
      {"roll of all", {3, 4}, [](T t) { return t.roll(5); }, [](M x) { return roll(x, {5}, {}); }},
      {"repeat", {2, 3}, [](T t) { return t.repeat({2, 1, 2}); }, [](M x) { return repeat(x, {2, 1, 2}); }},
      {"tile", {2, 3}, [](T t) { return t.tile({2}); }, [](M x) { return tile(x, {2}); }},
      {"repeat_interleave", {2, 3}, [](T t) { return t.repeat_interleave(3, 1); }, [](M x) { return repeat_interleave(x, 3, 1); }},
      {"repeat_interleave of all", {2, 3}, [](T t) { return t.repeat_interleave(2); }, [](M x) { return repeat_interleave(x, 2, std::nullopt); }},
      {"tril", {3, 4}, [](T t) { return t.tril(-1); }, [](M x) { return tril(x, -1); }},
      {"triu", {2, 3, 3}, [](T t) { return t.triu(1); }, [](M x) { return triu(x, 1); }},
      {"gather", {3, 3}, [](T t) { return t.gather(0, kIndex); }, [](M x) { return gather(x, 0, kIndex); }},
      {"take", {3, 2}, [](T t) { return t.take(kIndex); }, [](M x) { return take(x, kIndex); }},
      {"flip of nothing", {0, 3}, [](T t) { return t.flip({1}); }, [](M x) { return flip(x, {1}); }},
  };
  return all;
}

}  // namespace

TEST_CASE("rearrangements are torch's, exact, and cost nothing", "[tensor][rearrange]") {
  for (const auto& verb : verbs()) {
    INFO(verb.name);
    const auto x = reals(verb.sizes);
    check_function({x}, verb.torch(x), 0, [&](const Inputs& in) { return verb.ours(in[0]); });
    CHECK(cost_of({x}, [&](const Inputs& in) { return verb.ours(in[0]); }) == Cost{});
  }
}

TEST_CASE("a pending truncation is shared with the source: done once for both", "[tensor][rearrange]") {
  for (const auto& verb : verbs()) {
    INFO(verb.name);
    const auto x = reals(verb.sizes);
    check_function({x}, verb.torch(x * x), kUlp, [&](const Inputs& in) {
      const auto squares = square(in[0]);
      const auto moved = verb.ours(squares);
      moved.at_most(16);
      return subtract(add(moved, verb.ours(squares)), verb.ours(squares));
    });
  }
}

TEST_CASE("views keep an opening, copies do not", "[tensor][rearrange]") {
  const auto x = reals({3, 3});
  const auto bytes_after = [&](const std::function<MPCTensor(const MPCTensor&)>& verb) {
    return evaluate(2, {x}, [&](const Inputs& in) {
             square(in[0]);
             const auto moved = verb(in[0]);
             const Cost cost = measure(*moved.party(), [&] { square(moved); });
             return Measured{moved, cost};
           })[0].cost.bytes_sent;
  };
  CHECK(bytes_after([](const MPCTensor& t) { return diagonal(t, 0, 0, 1); }) == 0);
  CHECK(bytes_after([](const MPCTensor& t) { return movedim(t, {0}, {1}); }) == 0);
  CHECK(bytes_after([](const MPCTensor& t) { return unfold(t, 0, 2, 1); }) == 0);
  CHECK(bytes_after([](const MPCTensor& t) { return flip(t, {0}); }) == 9 * 8);
}

TEST_CASE("what torch refuses is refused on all ranks, with torch's reason", "[tensor][rearrange]") {
  const std::vector<at::Tensor> x{reals({2, 3})};
  const auto flipped = refusal(x, [](const Inputs& in) { flip(in[0], {2}); });
  CHECK(flipped.code == 412);
  CHECK(contains(flipped.text, "Dimension out of range"));
  CHECK(refusal(x, [](const Inputs& in) { roll(in[0], {1, 2}, {0}); }).code == 435);
  CHECK(refusal(x, [](const Inputs& in) { repeat(in[0], {2}); }).code == 435);
  CHECK(refusal(x, [](const Inputs& in) { take(in[0], at::tensor({6}, at::kLong)); }).code == 414);
  CHECK(refusal(x, [](const Inputs& in) { unfold(in[0], 1, 4, 1); }).code == 435);
  CHECK(refusal(x, [](const Inputs& in) { gather(in[0], 0, at::tensor({5}, at::kLong).view({1, 1})); }).code == 435);
  CHECK(refusal(x, [](const Inputs&) { tril(MPCTensor(), 0); }).code == 402);
}
