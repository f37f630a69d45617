#include "mpc/sharing/arithmetic_shared.h"

#include <catch2/catch.hpp>

#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::all_equal;
using crypten::testing::random_words;

namespace {

template <class A, class B>
concept Multiplies = requires(A a, B b) { a * b; };
template <class A, class B>
concept Adds = requires(A a, B b) { a + b; };
template <class A, class B>
concept Subtracts = requires(A a, B b) { a - b; };

// share · share needs a protocol, share ± public needs the rank: neither is an operator.
static_assert(!Multiplies<ArithmeticShared, ArithmeticShared>);
static_assert(!Adds<ArithmeticShared, RingTensor>);
static_assert(!Adds<RingTensor, ArithmeticShared>);
static_assert(!Adds<ArithmeticShared, int64_t>);
static_assert(!Subtracts<ArithmeticShared, RingTensor>);
static_assert(!Subtracts<RingTensor, ArithmeticShared>);
static_assert(Multiplies<ArithmeticShared, int64_t> && Multiplies<ArithmeticShared, RingTensor> && Adds<ArithmeticShared, ArithmeticShared>);

const View transposed = [](const at::Tensor& t) { return t.transpose(0, 1); };

// Bytes one party sends in `verb`, with two parties.
template <class Fn>
uint64_t sent(Party& party, Fn verb) {
  const auto before = party.cost();
  verb();
  return (party.cost() - before).bytes_sent;
}

}  // namespace

TEST_CASE("Local operations on shares are those on values", "[mpc][sharing]") {
  const auto a = random_words({4, 6}), b = random_words({6});
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), n - 1);
      const auto all = (x + y) * 3 - (-x) * b + party.public_share(b);
      return reveal(party, all.view(transposed, true));
    });
    CHECK(all_equal(results, RingTensor(((a + b) * 3 + a * b + b).words().t())));
  }
}

TEST_CASE("A weight is opened once, however it is viewed: a second product sends nothing for it", "[mpc][sharing]") {
  const auto w = random_words({4, 6}), a = random_words({5, 4}), b = random_words({5, 6});
  const auto results = run_parties(2, [&](Party& party) {
    const auto weight = as_static(share(party, w, w.sizes(), 0));
    const auto x = share(party, a, a.sizes(), 1), y = share(party, b, b.sizes(), 1);
    std::vector<uint64_t> bytes;
    std::vector<RingTensor> values;
    const auto run = [&](const ArithmeticShared& input, const ArithmeticShared& view) {
      ArithmeticShared product;
      bytes.push_back(sent(party, [&] { product = matmul(party, input, view); }));
      values.push_back(reveal(party, product));
    };
    run(y, weight.view(transposed, true));  // opens weight and y, through the transpose
    run(x, weight);
    run(y, weight.view(transposed, true));
    run(x, weight.view([](const at::Tensor& t) { return t.slice(1, 2, 5); }, false));
    run(x, weight.view([](const at::Tensor& t) { return t.reshape({4, 2, 3}).select(1, 1); }, false));
    run(x, -weight * 3);
    run(x, weight.view([](const at::Tensor& t) { return t.unsqueeze(0).expand({2, 4, 6}); }, true));
    return std::pair(bytes, values);
  });
  const auto W = w.words(), A = a.words(), B = b.words();
  const auto product = [](const at::Tensor& p, const at::Tensor& q) { return Bilinear::matmul()(RingTensor(p), RingTensor(q)); };
  for (const auto& [bytes, values] : results) {
    CHECK(bytes == std::vector<uint64_t>{8 * (24 + 30), 8 * 20, 0, 0, 0, 0, 0});
    CHECK(values[0].equal(product(B, W.t())));
    CHECK(values[1].equal(product(A, W)));
    CHECK(values[2].equal(product(B, W.t())));
    CHECK(values[3].equal(product(A, W.slice(1, 2, 5))));
    CHECK(values[4].equal(product(A, W.slice(1, 3, 6))));
    CHECK(values[5].equal(product(A, W * -3)));
    CHECK(values[6].equal(product(A, W.unsqueeze(0).expand({2, 4, 6}))));
  }
}

TEST_CASE("A large static share gives its words up when it is open, and makes them again from its opening", "[mpc][sharing]") {
  const auto w = random_words({128, 160}), a = random_words({2, 128}), b = random_words({2, 160});
  const View reshaped = [](const at::Tensor& t) { return t.t().reshape({160 * 128}); };
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto weight = as_static(share(party, w, w.sizes(), n - 1)), copy = weight;
      const auto sizes = weight.sizes();
      open(party, {mask(party, weight)});
      std::vector<RingTensor> values;
      std::vector<uint64_t> bytes;
      const auto run = [&](const RingTensor& input, const ArithmeticShared& view) {
        const auto x = share(party, input, input.sizes(), 0);
        ArithmeticShared product;
        bytes.push_back(sent(party, [&] { product = matmul(party, x, view); }) / 8);
        values.push_back(reveal(party, product));
      };
      run(a, copy);
      run(b, copy.view(transposed, true));
      run(a, copy.view([](const at::Tensor& t) { return t.slice(1, 3, 90); }, false));
      run(a, copy.to(at::kCPU));
      const bool known = copy.defined() && copy.sizes() == sizes && copy.numel() == 128 * 160 && copy.dim() == 2 && copy.device().is_cpu();
      for (const auto& x : {copy.view(transposed, true), copy.view(reshaped, true), copy * 3, -copy, copy + copy, copy, weight})
        values.push_back(reveal(party, x));
      const auto opening = mask(party, weight);
      const RingTensor of_mask(opening->terms[0].share);
      return std::tuple(known && weight.share().equal(party.rank() == 0 ? opening->value + of_mask : of_mask), bytes, values);
    });
    const auto W = w.words(), A = a.words(), B = b.words();
    const auto peers = static_cast<uint64_t>(n - 1);
    const auto product = [](const at::Tensor& p, const at::Tensor& q) { return Bilinear::matmul()(RingTensor(p), RingTensor(q)); };
    for (const auto& [known, bytes, values] : results) {
      CHECK(known);
      CHECK(bytes == std::vector<uint64_t>{256 * peers, 320 * peers, 256 * peers, 256 * peers});
      CHECK(values[0].equal(product(A, W)));
      CHECK(values[1].equal(product(B, W.t())));
      CHECK(values[2].equal(product(A, W.slice(1, 3, 90))));
      CHECK(values[3].equal(product(A, W)));
      CHECK(values[4].equal(RingTensor(W.t())));
      CHECK(values[5].equal(RingTensor(reshaped(W))));
      CHECK(values[6].equal(w * 3));
      CHECK(values[7].equal(-w));
      CHECK(values[8].equal(w * 2));
      CHECK(values[9].equal(w));
      CHECK(values[10].equal(w));
    }
  }
}

TEST_CASE("A slice of an unopened share opens only itself", "[mpc][sharing]") {
  const auto w = random_words({10, 4});
  const auto bytes = run_parties(2, [&](Party& party) {
    const auto weight = share(party, w, w.sizes(), 0);
    const auto row = weight.view([](const at::Tensor& t) { return t.select(0, 3); }, false);
    const auto first = sent(party, [&] { square(party, row); });
    if (weight.opened()) return std::pair(uint64_t{0}, uint64_t{0});
    return std::pair(first, sent(party, [&] { square(party, weight); }));
  });
  CHECK(bytes[0] == std::pair<uint64_t, uint64_t>{8 * 4, 8 * 40});
}

TEST_CASE("An opening made through one copy serves all; a new value has none", "[mpc][sharing]") {
  const auto a = random_words({3});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    const auto copy = x;
    std::vector<bool> opened{x.opened()};
    open(party, {mask(party, copy)});
    for (const auto& y : {x, x.view([](const at::Tensor& t) { return t.view({3, 1}); }, true), -x, x * 5, x + copy, x + party.public_share(a), party.public_share(a)})
      opened.push_back(y.opened());
    for (const auto& y : {x * a, x + share(party, a, a.sizes(), 1), multiply(party, x, x)}) opened.push_back(y.opened());
    return opened;
  });
  CHECK(results[0] == std::vector<bool>{false, true, true, true, true, true, true, true, false, false, false});
}

TEST_CASE("Of a sum with one open operand the other operand is opened", "[mpc][sharing]") {
  const auto a = random_words({100}), c = random_words({1});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), bias = share(party, c, c.sizes(), 1);
    open(party, {mask(party, x)});
    ArithmeticShared y;
    const auto first = sent(party, [&] { y = square(party, x - bias); });
    return std::tuple(first, bias.opened(), reveal(party, y), reveal(party, square(party, bias + x)));
  });
  for (const auto& [bytes, opened, y, z] : results) {
    CHECK(bytes == 8);
    CHECK(opened);
    CHECK(y.equal((a - c) * (a - c)));
    CHECK(z.equal((a + c) * (a + c)));
  }
}

TEST_CASE("A public value added before the opening is not opened with it", "[mpc][sharing]") {
  const auto a = random_words({5}), c = random_words({2, 5});
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    const auto y = x + party.public_share(c);
    const auto bytes = sent(party, [&] { open(party, {mask(party, y)}); });
    return std::tuple(bytes, x.opened(), reveal(party, square(party, y)));
  });
  for (const auto& [bytes, opened, value] : results) {
    CHECK(bytes == 2 * 8 * 5);
    CHECK(opened);
    CHECK(value.equal((a + c) * (a + c)));
  }
}

TEST_CASE("Sums do not pile up terms without bound", "[mpc][sharing]") {
  const auto a = random_words({4});
  const auto results = run_parties(2, [&](Party& party) {
    auto sum = share(party, a, a.sizes(), 0);
    for (int i = 0; i < 20; ++i) {
      const auto x = share(party, a, a.sizes(), 0);
      open(party, {mask(party, x), mask(party, sum)});
      sum = sum + x;
    }
    const auto terms = mask(party, sum)->terms.size();
    return std::pair(terms, reveal(party, square(party, sum)));
  });
  for (const auto& [terms, value] : results) {
    CHECK(terms <= kMostTerms);
    CHECK(value.equal(a * a * (21 * 21)));
  }
}
