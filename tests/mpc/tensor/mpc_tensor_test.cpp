#include "mpc/tensor/mpc_tensor.h"

#include "mpc/protocol/multiply.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/index.h"
#include "mpc/tensor/reshape.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("encrypt and reveal keep every real of the grid, for any number of parties and any source", "[tensor][mpc_tensor]") {
  const auto x = reals({3, 4}, 1000);
  for (const int n : {1, 2, 3, 5}) {
    for (int src = 0; src < n; ++src) {
      const auto results = run_parties(n, [&](const std::shared_ptr<Party>& party) {
        // The others' tensor is not read: only its place is taken.
        const auto secret = MPCTensor::encrypt(party, party->rank() == src ? x : at::full({3, 4}, std::nan("")), {3, 4}, src);
        return party->cost() == Cost{} ? secret.get_plain_text(std::nullopt, at::kDouble) : at::Tensor();
      });
      for (const auto& result : results) CHECK(result.equal(x));
    }
  }
}

TEST_CASE("encoding rounds to the nearest unit", "[tensor][mpc_tensor]") {
  const auto x = at::tensor({0.1, -0.1, 3.00001, 1e-9}, at::kDouble);
  // Half a unit of encoding, nothing else.
  for (const auto& result : run_parties(2, [&](const std::shared_ptr<Party>& party) { return MPCTensor::encrypt(party, x, x.sizes()).get_plain_text(std::nullopt, at::kDouble); }))
    CHECK((result - x).abs().max().item<double>() <= kUlp / 2);
}

TEST_CASE("inputs of every layout: not contiguous, empty, without dimensions, integers, booleans", "[tensor][mpc_tensor]") {
  const auto base = reals({4, 6});
  const std::vector<at::Tensor> inputs{base.t(), base.slice(1, 1, 6, 2), base.select(0, 1).expand({3, 6}), at::zeros({0, 3}), at::full({}, -2.5), at::arange(5), at::ones({2}, at::kBool)};
  for (const auto& input : inputs) check_function({input}, input.to(at::kDouble), 0, [](const Inputs& x) { return x[0]; });
}

TEST_CASE("types of the result: float32, or what is asked for; int64 without fractional bits", "[tensor][mpc_tensor]") {
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, at::full({2}, 3.0), {2});
    const auto whole = MPCTensor::encrypt(party, at::full({2}, 3.0), {2}, 0, 0);
    return std::vector{x.get_plain_text(), x.get_plain_text(std::nullopt, at::kDouble), whole.get_plain_text(), x.reveal().words()};
  });
  for (const auto& result : results) {
    CHECK(result[0].scalar_type() == at::kFloat);
    CHECK(result[1].scalar_type() == at::kDouble);
    CHECK(result[2].equal(at::full({2}, 3, at::kLong)));
    CHECK(result[3].equal(at::full({2}, 3 << 16, at::kLong)));
  }
}

TEST_CASE("revealed to one rank, the others learn nothing; the ledger says so", "[tensor][mpc_tensor]") {
  const auto x = reals({5});
  for (const int n : {1, 2, 3}) {
    for (int dst = 0; dst < n; ++dst) {
      const auto results = run_parties(n, [&](const std::shared_ptr<Party>& party) {
        const auto value = MPCTensor::encrypt(party, x, x.sizes()).get_plain_text(dst, at::kDouble);
        const auto& reveals = party->ledger().reveals();
        return std::pair(value, reveals.size() == 1 && reveals[0].to == dst && reveals[0].sizes == std::vector<int64_t>{5} && contains(reveals[0].scope, "get_plain_text"));
      });
      for (int rank = 0; rank < n; ++rank) {
        CHECK(results[rank].first.defined() == (rank == dst));
        CHECK(results[rank].second);
      }
      CHECK(results[dst].first.equal(x));
    }
  }
}

TEST_CASE("a pending truncation happens once, in all copies and views", "[tensor][mpc_tensor]") {
  const auto x = reals({4, 3});
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto secret = MPCTensor::encrypt(party, x, x.sizes());
    const auto product = multiply(secret, secret);
    const auto copy = product, view = transpose(product, 0, 1), part = select(view, 0, 1), picked = index_select(product, 0, at::tensor({3, 0, 3}, at::kLong));
    const Cost before = party->cost();
    part.at_most(16);  // the source is truncated, and the view takes its elements
    const Cost once = party->cost() - before;
    for (const auto& other : {copy, product, view, picked}) other.at_most(16);
    const Cost all = party->cost() - before;
    // One rounding: the copies agree to the last bit.
    const auto square = product.get_plain_text(std::nullopt, at::kDouble);
    const bool agree = copy.get_plain_text(std::nullopt, at::kDouble).equal(square) && view.get_plain_text(std::nullopt, at::kDouble).equal(square.t()) &&
                       part.get_plain_text(std::nullopt, at::kDouble).equal(square.t()[1]) && picked.get_plain_text(std::nullopt, at::kDouble).equal(square.index_select(0, at::tensor({3, 0, 3}, at::kLong)));
    return std::tuple(once, all, agree && product.dithered() && view.dithered(), square);
  });
  for (const auto& [once, all, agree, square] : results) {
    CHECK(once.rounds == 1);
    CHECK(once.bytes_sent == 8 * 12);
    CHECK(all == once);
    CHECK(agree);
    CHECK((square - x * x).abs().max().item<double>() < kUlp);  // one truncation: less than one unit
  }
  CHECK(std::get<0>(results[1]).dealer_bytes == 10 * 12);
}

TEST_CASE("the first of several truncations decides, wherever it is asked for", "[tensor][mpc_tensor]") {
  const auto results = run_parties(3, [&](const std::shared_ptr<Party>& party) {
    const auto product = square(MPCTensor::encrypt(party, reals({6}), {6}));
    const auto view = reshape(product, {2, 3}), again = transpose(view, 0, 1);
    product.at_most(16);
    const Cost before = party->cost();
    again.at_most(16);
    return party->cost() - before == Cost{} && view.fraction_bits() == 16 && view.dithered() && again.fraction_bits() == 16 && again.dithered();
  });
  for (const char good : results) CHECK(good);
}

TEST_CASE("the exact truncation rounds to the nearest and carries no dither", "[tensor][mpc_tensor]") {
  Config exact;
  exact.truncation = Truncation::exact;
  const auto x = reals({50});
  for (const int n : {1, 2, 3}) {
    const auto outcomes = evaluate(n, {x}, [](const Inputs& in) {
      const auto product = square(in[0]);
      product.at_most(16);
      return product;
    }, exact);
    check_close(outcomes, at::floor(x * x * 0x1p16 + 0.5) * kUlp, 0);
    CHECK_FALSE(outcomes[0].dithered);
  }
}

TEST_CASE("the ledger says which reveals carry a truncation's rounding", "[tensor][mpc_tensor]") {
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, reals({4}), {4});
    const auto product = square(x);
    product.get_plain_text();       // not truncated
    add(product, x).reveal();       // truncated for the words
    multiply(product, x).get_plain_text();  // of a truncated factor
    std::vector<bool> dithered;
    for (const auto& reveal : party->ledger().reveals()) dithered.push_back(reveal.dithered);
    return dithered;
  });
  CHECK(results[0] == std::vector<bool>{false, true, true});
}

TEST_CASE("widening is exact and local", "[tensor][mpc_tensor]") {
  const auto results = run_parties(2, [&](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, reals({4}), {4});
    const MPCTensor wide(party, x.widened(30), 30);
    const Cost cost = party->cost();
    return std::pair(wide.get_plain_text(std::nullopt, at::kDouble), cost);
  });
  CHECK(results[0].first.equal(reals({4})));
  CHECK(results[0].second == Cost{});
}

TEST_CASE("what every rank sees is refused on every rank, before anything is sent", "[tensor][mpc_tensor]") {
  const auto encrypting = [](at::IntArrayRef sizes, int src, std::optional<int> bits = {}) {
    return refusal({at::ones({2})}, [=, sizes = sizes.vec()](const Inputs& x) { MPCTensor::encrypt(x[0].party(), at::ones({2}), sizes, src, bits); });
  };
  CHECK(encrypting({2}, 3).code == 406);
  CHECK(encrypting({2}, -1).code == 406);
  CHECK(encrypting({-2}, 0).code == 426);
  CHECK(encrypting({2}, 0, 63).code == 409);
  CHECK(refusal({at::ones({2})}, [](const Inputs& x) { x[0].get_plain_text(3); }).code == 406);
  CHECK(refusal({at::ones({2})}, [](const Inputs& x) { x[0].reveal(-1); }).code == 406);
  CHECK(refusal({at::ones({2})}, [](const Inputs& x) { (void)x[0].widened(15); }).code == 409);
  CHECK(refusal({}, [](const Inputs&) { MPCTensor().get_plain_text(); }).code == 402);
}

TEST_CASE("a bad value is refused where it is, and never shown", "[tensor][mpc_tensor]") {
  const auto refused = [](const at::Tensor& value, at::IntArrayRef sizes) {
    try {
      run_parties(2, [&](const std::shared_ptr<Party>& party) { MPCTensor::encrypt(party, party->rank() == 0 ? value : at::Tensor(), sizes, 0).get_plain_text(); });
    } catch (const InvalidArgument& error) {
      CHECK_FALSE(contains(error.what(), "12345"));
      return error.code();
    }
    return 0;
  };
  CHECK(refused({}, {2}) == 407);
  CHECK(refused(at::ones({3}), {2}) == 408);
  CHECK(refused(at::full({2}, std::nan("")), {2}) == 104);
  CHECK(refused(at::full({2}, 12345e20), {2}) == 104);
}

TEST_CASE("operands of two sessions do not mix", "[tensor][mpc_tensor]") {
  const auto parties = local_parties(1), others = local_parties(1);
  const auto x = MPCTensor::encrypt(parties[0], at::ones({2}), {2}), y = MPCTensor::encrypt(others[0], at::ones({2}), {2});
  CHECK(code_of<InvalidArgument>([&] { same_party(x, y); }) == 401);
  CHECK(code_of<InvalidArgument>([&] { add(x, y); }) == 401);
  CHECK(&same_party(x, x) == parties[0].get());
}

TEST_CASE("after the session is closed, tensors live on and operations say so", "[tensor][mpc_tensor]") {
  const auto parties = local_parties(1);
  const auto x = MPCTensor::encrypt(parties[0], at::ones({2}), {2});
  parties[0]->close();
  CHECK(x.sizes() == at::IntArrayRef({2}));
  CHECK_THROWS_AS(x.get_plain_text(), SessionClosed);
  CHECK_THROWS_AS(add(x, x), SessionClosed);
}
