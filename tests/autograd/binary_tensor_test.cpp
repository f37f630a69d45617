#include "autograd/binary_tensor.h"

#include <limits>

#include "autograd/ops/arithmetic.h"
#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min(), kMost = std::numeric_limits<int64_t>::max();

at::Tensor words() { return at::tensor({0L, 1L, -1L, 5L, -7L, 1L << 40, -(1L << 40), kMost, kLeast, 123456789L}, at::kLong); }
at::Tensor others() { return at::tensor({3L, 1L, -1L, -5L, -8L, 1L << 39, 1L << 62, kLeast, kMost, 123456789L}, at::kLong); }

// fn of one tensor of rank 0 and one of the last rank, revealed to all: must be `expected`.
template <typename Fn>
void check_binary(const at::Tensor& first, const at::Tensor& second, const at::Tensor& expected, Fn fn) {
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](const std::shared_ptr<Party>& party) {
      const int last = n - 1;
      const auto a = binary_tensor(party, party->rank() == 0 ? first : at::Tensor(), 0, first.sizes());
      const auto b = binary_tensor(party, party->rank() == last ? second : at::Tensor(), last, second.sizes());
      return fn(a, b).get_plain_text();
    });
    for (const auto& result : results) {
      CAPTURE(n, result, expected);
      CHECK(result.equal(expected));
    }
  }
}

template <typename Fn>
int binary_refusal(Fn fn) {
  return refusal({at::ones({1})}, [&](const Inputs& x) { fn(x[0].party()); }).code;
}

// What only the source rank refuses.
template <typename Fn>
int source_refusal(Fn fn) {
  return run_parties(1, [&](const std::shared_ptr<Party>& party) {
    try {
      fn(party);
    } catch (const Error& error) {
      return error.code();
    }
    return 0;
  })[0];
}

// Rounds, bytes that a party sends and that the dealer transmits, of two parties, for a word of 512.
template <typename Fn>
Cost binary_cost(Fn fn) {
  constexpr int64_t kWords = 512;
  const auto costs = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto a = binary_tensor(party, at::arange(kWords)), b = binary_tensor(party, at::arange(kWords));
    return measure(*party, [&] { fn(a, b); });
  });
  return {costs[0].rounds, costs[0].bytes_sent / kWords, costs[1].dealer_bytes / kWords};
}

using Tensor = const BinaryTensor&;

}  // namespace

TEST_CASE("Binary tensors: logic, sums and comparisons of private and of public words", "[autograd][binary]") {
  const auto x = words(), y = others();
  check_binary(x, y, at::bitwise_xor(x, y), [](Tensor a, Tensor b) { return a ^ b; });
  check_binary(x, y, at::bitwise_and(x, y), [](Tensor a, Tensor b) { return a & b; });
  check_binary(x, y, at::bitwise_or(x, y), [](Tensor a, Tensor b) { return a | b; });
  check_binary(x, y, at::bitwise_not(x), [](Tensor a, Tensor) { return ~a; });
  check_binary(x, y, x + y, [](Tensor a, Tensor b) { return a + b; });
  check_binary(x, y, x - y, [](Tensor a, Tensor b) { return a - b; });
  check_binary(x, y, -x, [](Tensor a, Tensor) { return -a; });
  check_binary(x, y, at::lt(x, y).to(at::kLong), [](Tensor a, Tensor b) { return lt(a, b); });
  check_binary(x, y, at::le(x, y).to(at::kLong), [](Tensor a, Tensor b) { return le(a, b); });
  check_binary(x, y, at::gt(x, y).to(at::kLong), [](Tensor a, Tensor b) { return gt(a, b); });
  check_binary(x, y, at::ge(x, y).to(at::kLong), [](Tensor a, Tensor b) { return ge(a, b); });
  check_binary(x, y, at::eq(x, y).to(at::kLong), [](Tensor a, Tensor b) { return eq(a, b); });
  check_binary(x, y, at::ne(x, y).to(at::kLong), [](Tensor a, Tensor b) { return ne(a, b); });
  check_binary(x, y, at::where(at::lt(x, y), x, y), [](Tensor a, Tensor b) { return where(lt(a, b), a, b); });

  check_binary(x, y, at::bitwise_xor(x, y), [&](Tensor a, Tensor) { return a ^ y; });
  check_binary(x, y, at::bitwise_and(x, y), [&](Tensor a, Tensor) { return a & y; });
  check_binary(x, y, at::bitwise_or(x, y), [&](Tensor a, Tensor) { return a | y; });
  check_binary(x, y, x + y, [&](Tensor a, Tensor) { return a + y; });
  check_binary(x, y, x - 5, [&](Tensor a, Tensor) { return a - 5; });
  check_binary(x, y, y - x, [&](Tensor a, Tensor) { return Plain(y) - a; });
  check_binary(x, y, at::lt(x, 1).to(at::kLong), [](Tensor a, Tensor) { return lt(a, 1); });
  check_binary(x, y, at::eq(x, y).to(at::kLong), [&](Tensor a, Tensor) { return eq(a, y); });
}

TEST_CASE("Binary tensors: shifts and rotations", "[autograd][binary]") {
  const auto x = words();
  check_binary(x, x, at::bitwise_left_shift(x, 5), [](Tensor a, Tensor) { return a << 5; });
  check_binary(x, x, at::bitwise_right_shift(x, 5), [](Tensor a, Tensor) { return a >> 5; });
  check_binary(x, x, at::bitwise_and(at::bitwise_right_shift(x, 5), (int64_t{1} << 59) - 1), [](Tensor a, Tensor) { return shift_right_logical(a, 5); });
  const auto rotated = at::bitwise_left_shift(x, 5).bitwise_or(at::bitwise_and(at::bitwise_right_shift(x, 59), 31));
  check_binary(x, x, rotated, [](Tensor a, Tensor) { return rotate_left(a, 5); });
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) << 64; }) == 300);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) >> -1; }) == 300);
}

TEST_CASE("Binary tensors: shapes broadcast and move as in torch", "[autograd][binary]") {
  const auto x = at::arange(6).view({2, 3}), y = at::arange(3) + 10, column = at::tensor({1L, -1L}, at::kLong).view({2, 1});
  check_binary(x, y, x + y, [](Tensor a, Tensor b) { return a + b; });
  check_binary(x, column, at::bitwise_and(x, column), [](Tensor a, Tensor b) { return a & b; });
  check_binary(column, y, at::bitwise_xor(column, y), [](Tensor a, Tensor b) { return a ^ b; });
  check_binary(y, column, at::lt(y, column).to(at::kLong), [](Tensor a, Tensor b) { return lt(a, b); });
  check_binary(x, y, x.reshape({3, 2}), [](Tensor a, Tensor) { return reshape(a, {3, -1}); });
  check_binary(x, y, x.t().contiguous(), [](Tensor a, Tensor) { return permute(a, {1, 0}); });
  check_binary(x, y, x.select(1, 2), [](Tensor a, Tensor) { return select(a, 1, 2); });
  check_binary(x, y, x.slice(1, 0, 3, 2), [](Tensor a, Tensor) { return slice(a, 1, 0, 3, 2); });
  check_binary(x, y, x.unsqueeze(1), [](Tensor a, Tensor) { return unsqueeze(a, 1); });
  const auto places = at::tensor({2L, 0L}, at::kLong);
  check_binary(x, y, at::index_select(x, 1, places), [&](Tensor a, Tensor) { return index_select(a, 1, places); });
  check_binary(x, x + 1, at::cat({x, x + 1}, 1), [](Tensor a, Tensor b) { return cat({a, b}, 1); });
  check_binary(x, x + 1, at::stack({x, x + 1}, 0), [](Tensor a, Tensor b) { return stack({a, b}, 0); });
  const auto none = at::zeros({0, 2}, at::kLong);
  check_binary(none, none, none, [](Tensor a, Tensor b) { return where(lt(a, b), a + b, a & b); });
  CHECK(binary_refusal([](const auto& party) { reshape(binary_tensor(party, words()), {3}); }) == 435);
  CHECK(binary_refusal([](const auto& party) { select(binary_tensor(party, words()), 0, 10); }) == 414);
  CHECK(binary_refusal([](const auto&) { cat({}, 0); }) == 418);
}

TEST_CASE("Binary tensors: the floor of reals, and back", "[autograd][binary]") {
  const auto x = at::tensor({0.0, 0.5, -0.5, 3.75, -3.75, 1000.25, -1.0}, at::kDouble);
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](const std::shared_ptr<Party>& party) {
      const auto reals = cryptensor(party, x);
      const auto floors = binary(reals), of_squares = binary(reals * reals);
      const auto bits = eq(floors, 3);
      return std::vector{floors.get_plain_text(), of_squares.get_plain_text(), (arithmetic(floors) + reals).get_plain_text(),
                         arithmetic(bits, 1).get_plain_text()};
    });
    for (const auto& result : results) {
      CHECK(result[0].equal(x.floor().to(at::kLong)));
      CHECK(result[1].equal((x * x).floor().to(at::kLong)));
      CHECK(result[2].equal((x.floor() + x).to(at::kFloat)));
      CHECK(result[3].equal(at::eq(x.floor(), 3).to(at::kLong)));
    }
  }
  CHECK(binary_refusal([](const auto& party) { arithmetic(binary_tensor(party, words()), 65); }) == 300);
}

TEST_CASE("Binary tensors: a value that carries a truncation's rounding is marked in the ledger", "[autograd][binary]") {
  const auto marked = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::full({2}, 1.5));
    const auto product = CrypTensor(MPCTensor(party, (x * x).value().at_most(16), 16, true));
    (binary(x) + 1).get_plain_text();
    (binary(product) + 1).get_plain_text();
    return std::vector{party->ledger().reveals()[0].dithered ? 1 : 0, party->ledger().reveals()[1].dithered ? 1 : 0};
  });
  for (const auto& of_rank : marked) CHECK(of_rank == std::vector{0, 1});
}

TEST_CASE("Binary tensors: to one rank, and refusals", "[autograd][binary]") {
  const auto revealed = run_parties(3, [](const std::shared_ptr<Party>& party) { return binary_tensor(party, words(), 2).get_plain_text(1); });
  for (size_t rank = 0; rank < 3; ++rank) CHECK(revealed[rank].defined() == (rank == 1));
  CHECK(revealed[1].equal(words()));

  CHECK(source_refusal([](const auto& party) { binary_tensor(party, at::ones({2})); }) == 439);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) + Plain(0.5); }) == 439);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) & at::ones({1}); }) == 439);
  CHECK(binary_refusal([](const auto& party) { Plain(0.5) - binary_tensor(party, words()); }) == 439);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) ^ at::arange(3); }) == 410);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words(), 9); }) == 406);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()).get_plain_text(9); }) == 406);
  CHECK(source_refusal([](const auto& party) { binary_tensor(party, {}, 0, at::IntArrayRef({2})); }) == 407);
  CHECK(source_refusal([](const auto& party) { binary_tensor(party, words(), 0, at::IntArrayRef({2})); }) == 408);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, {}); }) == 421);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, {}, 0, at::IntArrayRef({-2})); }) == 426);
  CHECK(binary_refusal([](const auto& party) { binary_tensor(party, words()) + BinaryTensor(); }) == 402);
  CHECK(source_refusal([](const auto& party) {
          const auto stranger = local_parties(1)[0];
          const auto foreign = binary_tensor(stranger, words());
          stranger->close();
          binary_tensor(party, words()) ^ foreign;
        }) == 401);
}

TEST_CASE("Binary tensors cost what their header says", "[autograd][binary]") {
  const auto within = [](const Cost& cost, uint64_t rounds, uint64_t bytes, uint64_t dealer) {
    CAPTURE(cost.rounds, cost.bytes_sent, cost.dealer_bytes);
    CHECK((cost.rounds == rounds && cost.bytes_sent <= bytes && cost.dealer_bytes <= dealer));
  };
  within(binary_cost([](Tensor a, Tensor b) { a ^ b; }), 0, 0, 0);
  within(binary_cost([](Tensor a, Tensor) { (~a << 3) ^ 5; }), 0, 0, 0);
  within(binary_cost([](Tensor a, Tensor) { (a & 5) | 3; }), 0, 0, 0);
  within(binary_cost([](Tensor a, Tensor b) { a & b; }), 1, 16, 8);
  within(binary_cost([](Tensor a, Tensor b) { a | b; }), 1, 16, 8);
  within(binary_cost([](Tensor a, Tensor b) { a + b; }), 3, 28, 134);
  within(binary_cost([](Tensor a, Tensor) { 5 - a; }), 3, 28, 134);
  within(binary_cost([](Tensor a, Tensor b) { le(a, b); }), 3, 21, 86);
  within(binary_cost([](Tensor a, Tensor b) { ne(a, b); }), 2, 9, 278);
  within(binary_cost([](Tensor a, Tensor b) { where(a, a, b); }), 1, 16, 8);
  within(binary_cost([](Tensor a, Tensor) { arithmetic(a); }), 1, 8, 260);
  within(binary_cost([](Tensor a, Tensor) { arithmetic(a, 1); }), 1, 1, 8);
  within(binary_cost([](Tensor a, Tensor) { arithmetic(a, 16); }), 1, 2, 120);
  within(binary_cost([](Tensor a, Tensor) { a.get_plain_text(); }), 1, 8, 0);
  const auto costs = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::arange(512));
    return measure(*party, [&] { binary(x); });
  });
  within({costs[0].rounds, costs[0].bytes_sent / 512, costs[1].dealer_bytes / 512}, 3, 20, 91);
}
