#include "mpc/tensor/operation_scope.h"

#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/product.h"
#include "tests/mpc/tensor/reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("openings and reveals are known by the operation that made them", "[tensor][operation]") {
  const auto results = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, reals({2, 3}), {2, 3}), w = MPCTensor::encrypt(party, reals({4, 3}), {4, 3});
    const auto layer = party->scope("layer1");
    linear(x, w, {}).get_plain_text();
    return std::pair(party->ledger().openings(), party->ledger().reveals());
  });
  for (const auto& [openings, reveals] : results) {
    CHECK(openings.size() == 1);
    CHECK(reveals.size() == 1);
    CHECK(contains(reveals[0].scope, "layer1/get_plain_text"));
  }
}

TEST_CASE("parties that run different operations find out in the same round", "[tensor][operation]") {
  const auto diverging = [](auto left, auto right) {
    try {
      run_parties(2, [&](const std::shared_ptr<Party>& party) {
        const auto x = MPCTensor::encrypt(party, reals({2, 2}), {2, 2});
        (party->rank() == 0 ? left(x) : right(x)).get_plain_text();
      });
    } catch (const ProgramMismatch&) {
      return true;
    }
    return false;
  };
  using Step = std::function<MPCTensor(const MPCTensor&)>;
  const Step sum = [](const MPCTensor& x) { return add(x, x); }, difference = [](const MPCTensor& x) { return subtract(x, x); };
  CHECK(diverging(sum, difference));
  CHECK_FALSE(diverging(sum, sum));
}

TEST_CASE("the scope ends with the operation, also when it fails", "[tensor][operation]") {
  const auto results = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto x = MPCTensor::encrypt(party, reals({2, 3}), {2, 3});
    try {
      matmul(x, x);
    } catch (const InvalidArgument&) {
    }
    return party->scopes().scope();
  });
  CHECK(results[0].empty());
}

TEST_CASE("broadcasting, dimensions and their errors", "[tensor][operation]") {
  CHECK(broadcast_sizes({2, 1, 3}, {4, 1}, "add") == std::vector<int64_t>{2, 4, 3});
  CHECK(broadcast_sizes({}, {0, 1}, "add") == std::vector<int64_t>{0, 1});
  CHECK_THROWS_AS(broadcast_sizes({2}, {3}, "add"), InvalidArgument);
  CHECK_THROWS_AS(broadcast_sizes({2}, {0}, "add"), InvalidArgument);
  CHECK(wrapped_dim(-1, 3, "sum") == 2);
  CHECK(wrapped_dim(0, 0, "sum") == 0);
  CHECK_THROWS_AS(wrapped_dim(3, 3, "sum"), IndexError);
  CHECK_THROWS_AS(wrapped_dim(-4, 3, "sum"), IndexError);
  CHECK(wrapped_dims({}, 2, "sum") == std::vector<int64_t>{0, 1});
  CHECK(wrapped_dims({-1, 0}, 2, "sum") == std::vector<int64_t>{1, 0});
  CHECK_THROWS_AS(wrapped_dims({0, 0}, 2, "sum"), InvalidArgument);
  CHECK(shape_text({2, 3}) == "(2, 3)");
  CHECK(shape_text({}) == "()");
}
