#include "mpc/protocol/multiply.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::all_equal;
using crypten::testing::random_words;
using crypten::testing::random_words_below;

TEST_CASE("Element-wise products are exact mod 2^64 and broadcast, for any number of parties", "[mpc][multiply]") {
  const auto a = random_words({3, 1, 5}), b = random_words({4, 1}), none = random_words({0, 5});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), n - 1);
      return reveal(party, multiply(party, x, y));
    });
    CHECK(all_equal(results, a * b));
    const auto empty = run_parties(n, [&](Party& party) { return reveal(party, multiply(party, share(party, none, none.sizes(), 0), share(party, none, none.sizes(), 0))); });
    CHECK(empty[0].sizes() == at::IntArrayRef({0, 5}));
  }
}

TEST_CASE("A square needs one opening", "[mpc][multiply]") {
  const auto a = random_words({7});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0);
      const auto before = party.cost();
      const auto y = square(party, x);
      const auto cost = party.cost() - before;
      return std::pair(cost, reveal(party, y));
    });
    for (const auto& [cost, value] : results) {
      CHECK(cost.rounds == 1);
      CHECK(cost.bytes_sent == 56u * static_cast<unsigned>(n - 1));
      CHECK(value.equal(a * a));
    }
    CHECK(std::get<0>(results.back()).dealer_bytes == 56);
  }
}

TEST_CASE("Matrix products and convolutions are torch's, mod 2^64", "[mpc][multiply]") {
  const auto a = random_words({2, 4, 6}), b = random_words({6, 3}), v = random_words({6});
  const auto image = random_words({2, 4, 9, 8}), weight = random_words({6, 2, 3, 2});
  const Conv2dOptions options{.stride = {2, 1}, .padding = {1, 2}, .dilation = {2, 1}, .groups = 2};
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), n - 1), u = share(party, v, v.sizes(), 0);
      const auto i = share(party, image, image.sizes(), 0), w = share(party, weight, weight.sizes(), n - 1);
      return std::vector<RingTensor>{reveal(party, matmul(party, x, y)), reveal(party, matmul(party, x, u)), reveal(party, matmul(party, u, u)),
                                     reveal(party, conv2d(party, i, w, options)), reveal(party, bilinear(party, Bilinear::elementwise(), u, u))};
    });
    for (const auto& values : results) {
      CHECK(values[0].equal(Bilinear::matmul()(a, b)));
      CHECK(values[1].equal(Bilinear::matmul()(a, v)));
      CHECK(values[2].equal(Bilinear::matmul()(v, v)));
      CHECK(values[3].equal(Bilinear::conv2d(options)(image, weight)));
      CHECK(values[4].equal(v * v));
    }
  }
}

TEST_CASE("The extremes of the ring multiply exactly", "[mpc][multiply]") {
  const auto edges = RingTensor(at::tensor(std::vector<int64_t>{0, 1, -1, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), int64_t{1} << 32}, at::kLong));
  const auto column = RingTensor(edges.words().view({6, 1}));
  const auto results = run_parties(2, [&](Party& party) {
    return reveal(party, multiply(party, share(party, edges, edges.sizes(), 0), share(party, column, column.sizes(), 1)));
  });
  CHECK(all_equal(results, edges * column));
}

TEST_CASE("Affine operands multiply without opening: after truncations, sums of them, and public values", "[mpc][multiply]") {
  const auto a = random_words_below({5, 4}, 50), b = random_words_below({4}, 50), c = random_words({5, 1});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = truncate(party, share(party, a, a.sizes(), 0), 16), y = truncate(party, share(party, b, b.sizes(), 0), 9);
      const auto z = share(party, c, c.sizes(), n - 1);
      open(party, {mask(party, z)});
      const auto before = party.cost();
      const std::vector<ArithmeticShared> products{multiply(party, x, y),     multiply(party, x, z), square(party, x), multiply(party, x - y * 3, x + y),
                                                   multiply(party, x, party.public_share(c)), square(party, party.public_share(c)), square(party, x + z)};
      const auto cost = party.cost() - before;
      std::vector<RingTensor> values{reveal(party, x), reveal(party, y)};
      for (const auto& product : products) values.push_back(reveal(party, product));
      return std::pair(cost, values);
    });
    for (const auto& [cost, values] : results) {
      CHECK(cost.rounds == 0);
      CHECK(cost.bytes_sent == 0);
      const auto &x = values[0], &y = values[1];
      CHECK(values[2].equal(x * y));
      CHECK(values[3].equal(x * c));
      CHECK(values[4].equal(x * x));
      CHECK(values[5].equal((x - y * 3) * (x + y)));
      CHECK(values[6].equal(x * c));
      CHECK(values[7].equal(c * c));
      CHECK(values[8].equal((x + c) * (x + c)));
    }
  }
}

TEST_CASE("Products of top bits are not dealt; products of masks are dealt at the terms' size", "[mpc][multiply]") {
  const auto a = random_words_below({5, 4}, 50), b = random_words({4});
  const auto costs = run_parties(2, [&](Party& party) {
    const auto x = truncate(party, share(party, a, a.sizes(), 0), 16);
    const auto y = truncate(party, share(party, a, a.sizes(), 0), 32), z = truncate(party, share(party, a, a.sizes(), 0), 40);
    const auto w = share(party, b, b.sizes(), 0);
    open(party, {mask(party, w)});
    std::vector<uint64_t> bytes;
    const auto run = [&](const ArithmeticShared& p, const ArithmeticShared& q) {
      const auto before = party.cost();
      multiply(party, p, q);
      bytes.push_back((party.cost() - before).dealer_bytes);
    };
    run(x, x);   // as two operands: the same expression is a square
    run(x, y);   // 16 + 32 ≤ 64: no product of top bits
    run(y, z);   // 32 + 40 = 64 + 8: one byte of it
    run(x, w);
    run(w, w);
    return bytes;
  });
  CHECK(costs[1] == std::vector<uint64_t>{20 * (8 + 2), 20 * (8 + 4 + 2), 20 * (8 + 5 + 4 + 1), 20 * (8 + 2), 4 * 8});
}

TEST_CASE("A matrix product opens a truncated operand anew, and later products use that opening", "[mpc][multiply]") {
  const auto a = random_words_below({5, 4}, 50), b = random_words({4, 3});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = truncate(party, share(party, a, a.sizes(), 0), 16), w = share(party, b, b.sizes(), 0);
    const auto before = party.cost();
    const auto y = matmul(party, x, w);
    const auto first = party.cost();
    matmul(party, x, w);
    const auto second = party.cost();
    const auto plain = reveal(party, x);
    return std::tuple(first - before, second - first, reveal(party, y).equal(Bilinear::matmul()(plain, b)), reveal(party, matmul(party, party.public_share(plain), w)).equal(Bilinear::matmul()(plain, b)));
  });
  for (const auto& [first, second, exact, with_public] : results) {
    CHECK(first.rounds == 1);
    CHECK(first.bytes_sent == 8 * (20 + 12));
    CHECK(second.rounds == 0);
    CHECK(second.bytes_sent == 0);
    CHECK(exact);
    CHECK(with_public);
  }
}

TEST_CASE("Independent products in lanes take one round", "[mpc][multiply]") {
  const auto a = random_words({7});
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      std::vector<ArithmeticShared> inputs, products(6);
      for (int i = 0; i < 6; ++i) inputs.push_back(share(party, a, a.sizes(), 0));
      const auto multiply_into = [&](size_t i) { return [&, i] { products[i] = square(party, inputs[i]); }; };
      const auto before = party.cost();
      party.together({multiply_into(0), [&] { party.together({multiply_into(1), multiply_into(2), multiply_into(3)}); }, multiply_into(4), multiply_into(5)});
      const auto cost = party.cost() - before;
      bool exact = true;
      for (const auto& product : products) exact = exact && reveal(party, product).equal(a * a);
      return std::pair(cost, exact);
    });
    for (const auto& [cost, exact] : results) {
      CHECK(cost.rounds == 1);
      CHECK(cost.bytes_sent == 6u * 56u * static_cast<unsigned>(n - 1));
      CHECK(exact);
    }
  }
}

TEST_CASE("Shapes that do not fit are refused before anything is sent", "[mpc][multiply]") {
  const auto results = run_parties(2, [](Party& party) {
    const auto x = share(party, random_words({3}), {3}, 0), y = share(party, random_words({4}), {4}, 0);
    const auto before = party.cost();
    const auto codes = codes_of<InvalidArgument>([&] { multiply(party, x, y); }, [&] { matmul(party, x, y); }, [&] { conv2d(party, x, y, {}); });
    return std::pair(codes, party.cost() == before && !x.opened() && x.masked() == nullptr);
  });
  for (const auto& [codes, nothing_sent] : results) {
    CHECK(codes == std::vector<int>{120, 121, 122});
    CHECK(nothing_sent);
  }
}

TEST_CASE("A product is combined only when both operands are open", "[mpc][multiply]") {
  const auto results = run_parties(1, [](Party& party) {
    const auto x = share(party, random_words({3}), {3}, 0);
    const auto X = mask(party, x);
    const AffineProduct product(party, X, X);
    return code_of<InvalidArgument>([&] { product.combine(party); });
  });
  CHECK(results[0] == 304);
}
