// Small operations go past torch's dispatcher (crypten_core/word_tensor.h): how many of its operators a rank calls for them, the dealer in its process
// included. A step that falls back on torch, which costs microseconds where its words take nanoseconds, shows here.
#include <ATen/record_function.h>

#include <catch2/catch.hpp>
#include <functional>

#include "mpc/protocol/compare.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/table.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/decision.h"
#include "tests/support/aten.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {
namespace {

thread_local int operators_called = 0;

std::unique_ptr<at::ObserverContext> count_operator(const at::RecordFunction&) {
  ++operators_called;
  return nullptr;
}

// The most that a rank calls, from the second time on: the first makes tables.
int operators_of(const std::function<void(Party&, const ArithmeticShared&, const ArithmeticShared&)>& verb) {
  const auto a = testing::random_words_below({5, 20}, 40), b = testing::random_words_below({5, 20}, 40);
  const auto results = run_parties(2, [&](Party& party) {
    const auto handle = at::addThreadLocalCallback(at::RecordFunctionCallback(count_operator).scopes({at::RecordScope::FUNCTION}));
    int called = 0;
    for (int i = 0; i < 2; ++i) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
      operators_called = 0;
      verb(party, x, y);
      called = operators_called;
    }
    at::removeCallback(handle);
    return called;
  });
  return std::max(results[0], results[1]);
}

}  // namespace

TEST_CASE("Small operations call hardly any operator of torch", "[mpc][dispatcher]") {
  CHECK(operators_of([](Party& party, const auto& x, const auto& y) { multiply(party, x, y); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto& y) { truncate(party, multiply(party, x, y), 16); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { is_negative(party, x); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { decide(party, x, Comparison::Kind::negative); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { relu(party, x); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { maximum_along(party, x, 1, false); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { maximum_along(party, x, 1, true); }) == 0);
  CHECK(operators_of([](Party& party, const auto& x, const auto&) { one_hot(party, x, 0, 4); }) == 0);
}

}  // namespace crypten
