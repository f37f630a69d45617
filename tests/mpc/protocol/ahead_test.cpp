#include "mpc/protocol/ahead.h"

#include <catch2/catch.hpp>

#include <atomic>

#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/sine.h"
#include "mpc/function/softmax.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/tapped_channel.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

using StepwiseFunction = MPCTensor (*)(const MPCTensor&);

struct NamedStepwiseFunction {
  const char* name;
  StepwiseFunction function;
  at::Tensor (*expected)(const at::Tensor&);
};

const std::vector<NamedStepwiseFunction>& stepwise_functions() {
  static const std::vector<NamedStepwiseFunction> functions{
      {"exp", [](const MPCTensor& x) { return exp(x); }, [](const at::Tensor& x) { return x.exp(); }},
      {"exp within a bound", [](const MPCTensor& x) { return exp(x, 8); }, [](const at::Tensor& x) { return x.exp(); }},
      {"exp of negative", [](const MPCTensor& x) { return exp_of_negative(x); }, [](const at::Tensor& x) { return x.exp(); }},
      {"exp of negative within a bound", [](const MPCTensor& x) { return exp_of_negative(x, 8); }, [](const at::Tensor& x) { return x.exp(); }},
      {"reciprocal", [](const MPCTensor& x) { return reciprocal(x); }, [](const at::Tensor& x) { return x.reciprocal(); }},
      {"log", [](const MPCTensor& x) { return log(x); }, [](const at::Tensor& x) { return x.log(); }},
      {"sqrt", [](const MPCTensor& x) { return sqrt(x); }, [](const at::Tensor& x) { return x.sqrt(); }},
      {"sigmoid", [](const MPCTensor& x) { return sigmoid(x); }, [](const at::Tensor& x) { return x.sigmoid(); }},
      {"sigmoid within a bound", [](const MPCTensor& x) { return sigmoid(x, 4); }, [](const at::Tensor& x) { return x.sigmoid(); }},
      {"sin", [](const MPCTensor& x) { return sin(x); }, [](const at::Tensor& x) { return x.sin(); }},
  };
  return functions;
}

// In the domains of all of them.
at::Tensor eighths(int64_t count) { return quantised(at::linspace(1.0 / 8, 7.0 / 8, count, at::kDouble)); }

struct RequestsOfFunction {
  uint64_t before_opening = 0, in_all = 0;
  at::Tensor value;
  Cost cost;
};

// How many requests rank 0 had made when it first sent something.
RequestsOfFunction requests_of(StepwiseFunction function, const at::Tensor& x) {
  std::atomic<Party*> watched = nullptr;
  std::atomic<uint64_t> first = 0;
  RunPartiesOptions options;
  options.local.tap = [&](int rank, int, std::unique_ptr<Channel> channel) {
    auto tapped = std::make_unique<TappedChannel>(std::move(channel));
    if (rank == 0)
      tapped->on_pieces = [&](std::span<const Bytes>) {
        if (Party* const party = watched.exchange(nullptr)) first = party->provider().requests();
      };
    return tapped;
  };
  auto results = run_parties(
      2,
      [&](const std::shared_ptr<Party>& party) {
        const auto input = MPCTensor::encrypt(party, x, x.sizes(), 0);
        const uint64_t before = party->provider().requests();
        const Cost cost = party->cost();
        if (party->rank() == 0) watched = party.get();
        const auto y = function(input);
        const Cost after = party->cost() - cost;
        return RequestsOfFunction{before, party->provider().requests() - before, decode(y.reveal(), y.fraction_bits(), at::kDouble), after};
      },
      options);
  results[0].before_opening = first - results[0].before_opening;
  return results[0];
}

}  // namespace

TEST_CASE("A step is made at once where its elements are few, else when it begins, and once", "[mpc][ahead]") {
  run_parties(1, [](Party& party) {
    int made = 0;
    const auto make = [&made](Party&) { return ++made; };
    Ahead<int> few(party, kMostElementsAhead, make);
    if (made != 1 || few.begin(party) != 1 || few.begin(party) != 1) throw std::logic_error("few");
    Ahead<int> many(party, kMostElementsAhead + 1, make);
    if (made != 1 || many.begin(party) != 2 || many.begin(party) != 2) throw std::logic_error("many");
  });
}

TEST_CASE("Functions of few elements ask the dealer about all their steps before the first opening, of many step by step; the cost is the same", "[mpc][ahead]") {
  const auto few = eighths(1000), many = eighths(kMostElementsAhead + 512);
  for (const auto& [name, function, expected] : stepwise_functions()) {
    INFO(name);
    const auto at_once = requests_of(function, few), in_steps = requests_of(function, many);
    CHECK(at_once.before_opening == at_once.in_all);
    CHECK(in_steps.in_all == at_once.in_all);
    CHECK(in_steps.before_opening < in_steps.in_all);
    CHECK(in_steps.cost.rounds == at_once.cost.rounds);
    CHECK((at_once.value - expected(few)).abs().max().item<double>() < 0x1p-8);
    CHECK((in_steps.value - expected(many)).abs().max().item<double>() < 0x1p-8);
  }
}

TEST_CASE("Softmax of many elements asks about its quotient later, and takes as many rounds", "[mpc][ahead]") {
  static_assert(1000 * 64 <= kMostElementsAhead && 1032 * 64 > kMostElementsAhead);
  uint64_t rounds = 0;
  for (const int64_t rows : {1000, 1032}) {
    const auto x = reals({rows, 64}, 4);
    const auto outcome = evaluate(2, {x}, [](const Inputs& in) { return softmax(in[0], 1); })[0];
    CHECK((outcome.value - x.softmax(1)).abs().max().item<double>() < 0x1p-12);
    if (rounds != 0) CHECK(outcome.cost.rounds == rounds);
    rounds = outcome.cost.rounds;
  }
}
