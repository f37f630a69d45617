#include "mpc/sharing/masked.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;
using crypten::testing::random_words;

namespace {

// One party that knows all: the stream's words, and openings under them.
struct World {
  RingTensor stream = random_words({1000});
  uint64_t used = 0;

  // x, opened (or reserved) under fresh words.
  MaskedPtr masked(const RingTensor& x, bool open = true) {
    auto result = std::make_shared<Masked>();
    const auto words = stream.words().narrow(0, static_cast<int64_t>(used), x.numel()).view(x.sizes()).contiguous();
    result->terms.push_back({TermRef{.masks = {MaskRef{0, used, x.sizes().vec(), words.strides().vec(), 1}}, .sizes = x.sizes().vec()}, RingTensor(words)});
    used += static_cast<uint64_t>(x.numel());
    if (open) {
      result->value = x - RingTensor(words);
    } else {
      result->reserved = std::make_shared<Masked::Reserved>();
      result->reserved->sizes = x.sizes().vec();
      result->reserved->share = x;
    }
    return result;
  }
  void open(const MaskedPtr& x) {
    x->value = x->reserved->share - x->terms[0].share;
    x->reserved.reset();
  }

  // A term as its descriptor defines it: what the dealer computes.
  RingTensor defined_by(const TermRef& ref) const {
    auto sum = at::zeros(ref.sizes, at::kLong);
    for (const auto& mask : ref.masks)
      sum += at::as_strided(stream.words(), mask.sizes, mask.strides, static_cast<int64_t>(mask.offset)) * mask.factor;
    return RingTensor(sum);
  }

  // The expression is x, its shares are those its descriptors define.
  bool is(const MaskedPtr& expression, const RingTensor& x) const {
    if (!settle(expression)) return false;
    auto sum = expression->value;
    for (const auto& term : expression->terms) {
      if (!defined_by(term.ref).equal(term.share)) return false;
      sum = sum + (term.coefficient.defined() ? term.coefficient * term.share : RingTensor(term.share));
    }
    if (expression->constant_coefficients() && !expression->terms.empty()) {
      auto mask = at::zeros(expression->sizes(), at::kLong);
      for (const auto& ref : expression->mask()) {
        if (at::IntArrayRef(ref.sizes) != at::IntArrayRef(expression->sizes())) return false;
        mask += at::as_strided(stream.words(), ref.sizes, ref.strides, static_cast<int64_t>(ref.offset)) * ref.factor;
      }
      if (!(expression->value.words() + mask).equal(x.words())) return false;
    }
    return RingTensor(sum.words().expand(x.sizes())).equal(x) && at::IntArrayRef(expression->sizes()) == x.sizes();
  }
};

const std::vector<View>& views() {  // of a tensor (4, 6)
  static const std::vector<View> all{
      [](const at::Tensor& t) { return t; },
      [](const at::Tensor& t) { return t.transpose(0, 1); },
      [](const at::Tensor& t) { return t.reshape({2, 2, 3, 2}); },
      [](const at::Tensor& t) { return t.slice(1, 1, 6, 2); },
      [](const at::Tensor& t) { return t.select(0, 2); },
      [](const at::Tensor& t) { return t.unsqueeze(1).expand({4, 5, 6}); },
      [](const at::Tensor& t) { return t.narrow(0, 3, 1).expand({7, 6}); },
      [](const at::Tensor& t) { return t.slice(0, 1, 3).transpose(0, 1).unfold(0, 2, 1); },
      [](const at::Tensor& t) { return t.diagonal(); },
  };
  return all;
}

}  // namespace

TEST_CASE("Linear maps with constants keep the opening", "[mpc][masked]") {
  World world;
  const auto x = random_words({4, 6}), y = random_words({6}), z = random_words({4, 1});
  const auto X = world.masked(x), Y = world.masked(y), Z = world.masked(z);
  CHECK(world.is(X, x));
  CHECK(world.is(negate(X), -x));
  CHECK(world.is(scale(X, -3), x * -3));
  CHECK(world.is(scale(scale(X, int64_t{1} << 40), 12345), x * (int64_t{1} << 40) * 12345));
  CHECK(world.is(add_public(X, z), x + z));
  CHECK(world.is(add_public(Y, x), x + y));  // the public value is the larger one
  CHECK(world.is(add(X, Y), x + y));
  CHECK(world.is(add(Y, Z), y + z));  // both grow
  CHECK(world.is(add(negate(Y), scale(Z, 5)), z * 5 - y));
  CHECK(world.is(add(X, X), x * 2));
}

TEST_CASE("Views are applied to values, shares and descriptors alike", "[mpc][masked]") {
  World world;
  const auto x = random_words({4, 6}), y = random_words({6}), z = random_words({4, 1});
  const auto X = world.masked(x), Y = world.masked(y), Z = world.masked(z);
  for (size_t i = 0; i < views().size(); ++i) {
    CAPTURE(i);
    const auto of = [&](const RingTensor& t) { return RingTensor(views()[i](t.words())); };
    CHECK(world.is(view(X, views()[i]), of(x)));
    CHECK(world.is(view(negate(scale(X, 7)), views()[i]), of(x * -7)));
    const auto sum = view(add(add(X, Y), negate(Z)), views()[i]);
    if (sum) CHECK(world.is(sum, of(x + y - z)));  // a reshape of a broadcast descriptor may have to copy
  }
  CHECK(world.is(view(view(X, views()[1]), [](const at::Tensor& t) { return t.slice(0, 2, 5); }), RingTensor(x.words().t().slice(0, 2, 5))));
}

TEST_CASE("A reshape that would copy the descriptor ends the opening", "[mpc][masked]") {
  World world;
  const auto X = world.masked(random_words({4, 6}));
  const auto transposed = view(X, [](const at::Tensor& t) { return t.t(); });
  CHECK(view(transposed, [](const at::Tensor& t) { return t.reshape({24}); }) == nullptr);
  CHECK(view(X, [](const at::Tensor& t) { return t.clone(); }) == nullptr);
}

TEST_CASE("Coefficients are viewed and scaled with their terms", "[mpc][masked]") {
  World world;
  const auto x = random_words({4, 6});
  const auto X = world.masked(x);
  X->terms[0].coefficient = random_words({4, 6});
  const auto y = X->value + X->terms[0].coefficient * X->terms[0].share;
  CHECK_FALSE(X->constant_coefficients());
  CHECK_THROWS_AS(X->mask(), InvalidArgument);
  CHECK(world.is(X, y));
  CHECK(world.is(scale(X, -9), y * -9));
  for (const auto& v : views()) CHECK(world.is(view(X, v), RingTensor(v(y.words()))));
  auto row = world.masked(random_words({4, 6}));
  row->terms[0].coefficient = random_words({6});
  const auto z = row->value + row->terms[0].coefficient * row->terms[0].share;
  for (const auto& v : views()) CHECK(world.is(view(row, v), RingTensor(v(z.words()))));
}

TEST_CASE("A bit mask is only reshaped", "[mpc][masked]") {
  auto bit = std::make_shared<Masked>();
  bit->value = random_words({4, 6});
  bit->terms.push_back({TermRef{.kind = TermRef::Kind::bit, .bit = {0, 0, 24, 1, 0}, .sizes = {4, 6}}, random_words({4, 6}), random_words({4, 6})});
  CHECK_FALSE(bit->constant_coefficients());
  const auto flat = view(bit, [](const at::Tensor& t) { return t.reshape({24}); });
  REQUIRE(flat);
  CHECK(flat->terms[0].ref.sizes == std::vector<int64_t>{24});
  CHECK(flat->terms[0].ref.bit == bit->terms[0].ref.bit);
  CHECK(flat->terms[0].coefficient.sizes() == at::IntArrayRef({24}));
  CHECK(view(bit, [](const at::Tensor& t) { return t.t(); }) == nullptr);
  CHECK(view(bit, [](const at::Tensor& t) { return t.slice(0, 1, 3); }) == nullptr);
  CHECK(view(bit, [](const at::Tensor& t) { return t.unsqueeze(0).expand({2, 4, 6}); }) == nullptr);
  const auto negative = negate(bit);
  CHECK((negative->terms[0].coefficient + bit->terms[0].coefficient).equal(RingTensor::zeros({4, 6})));
}

TEST_CASE("Maps of reserved openings are reserved, and open with them", "[mpc][masked]") {
  World world;
  const auto x = random_words({4, 6}), y = random_words({6}), p = random_words({4, 1});
  const auto X = world.masked(x, false), Y = world.masked(y, false);
  const auto sum = add_public(add(negate(view(X, views()[0])), scale(Y, 3)), p);
  const auto turned = view(sum, [](const at::Tensor& t) { return t.t(); });
  CHECK_FALSE(settle(turned));
  CHECK(turned->sizes() == std::vector<int64_t>{6, 4});
  CHECK(turned->mask().size() == 2);
  world.open(X);
  CHECK_FALSE(settle(turned));
  world.open(Y);
  CHECK(world.is(turned, RingTensor((y * 3 - x + p).words().t())));
  CHECK(world.is(sum, y * 3 - x + p));
  CHECK(turned->reserved == nullptr);
  // One open, one reserved, in both orders.
  const auto Z = world.masked(p, false);
  const auto left = add(X, Z), right = add(Z, X);
  world.open(Z);
  CHECK(world.is(left, x + p));
  CHECK(world.is(right, x + p));
}

TEST_CASE("An expression whose coefficients are not known yet cannot be mapped", "[mpc][masked]") {
  const auto pending = std::make_shared<Masked>();
  pending->terms.push_back({TermRef{.kind = TermRef::Kind::shifted, .sizes = {2}}, random_words({2})});
  CHECK_THROWS_AS(negate(pending), InvalidArgument);
  World world;
  CHECK_THROWS_AS(add(world.masked(random_words({2}), false), pending), InvalidArgument);
  CHECK_THROWS_AS(add(world.masked(random_words({2})), pending), InvalidArgument);
}

TEST_CASE("Plain masks are merged into one term", "[mpc][masked]") {
  World world;
  const auto x = random_words({4, 6}), y = random_words({6}), z = random_words({4, 6});
  auto Z = world.masked(z);
  Z->terms[0].coefficient = random_words({4, 6});
  const auto sum = add(add(world.masked(x), Z), negate(world.masked(y)));
  const auto merged = with_masks_merged(*sum);
  REQUIRE(merged.size() == 2);
  CHECK(merged[0].ref.masks.size() == 2);
  CHECK_FALSE(merged[0].coefficient.defined());
  for (const auto& term : merged) CHECK(world.defined_by(term.ref).equal(term.share));
  CHECK(RingTensor(merged[0].share).equal(sum->terms[0].share + sum->terms[2].share));
  CHECK(with_masks_merged(*Z).size() == 1);
}
