// Running operations on reals with n parties, against torch on the plaintext. Inputs are quantised first (`quantised`), so that encoding is exact and the tolerance of a
// test holds truncations and public factors only: each test derives it.
#pragma once

#include <catch2/catch.hpp>

#include <cmath>
#include <optional>

#include "crypten_core/error.h"
#include "crypten_core/fixed_point.h"
#include "mpc/tensor/mpc_tensor.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

namespace crypten::testing {

inline constexpr double kUlp = 0x1p-16;  // one unit in the last place at the default precision

inline at::Tensor quantised(const at::Tensor& x, int bits = 16) { return decode(encode(x, bits), bits, at::kDouble); }

// Reals of both signs below `bound`, on the grid, from a fixed sequence: no two alike in a row, zero and the neighbours of zero among them.
inline at::Tensor reals(at::IntArrayRef sizes, double bound = 4, int64_t seed = 1) {
  int64_t count = 1;
  for (const int64_t size : sizes) count *= size;
  const auto words = at::remainder((at::arange(count) + seed) * int64_t{0x2545F491} + seed * 977, int64_t{1} << 24).to(at::kDouble);
  auto x = quantised(words / (1 << 23) * bound - bound).contiguous();
  if (count > 3) {
    x[0] = 0, x[1] = kUlp, x[2] = -kUlp;
  }
  return x.reshape(sizes);
}

struct Outcome {
  at::Tensor value;        // as float64
  int fraction_bits = 0;
  Cost cost;               // of the operation alone
  bool dithered = false;
};

using Inputs = std::vector<MPCTensor>;
using Measured = std::pair<MPCTensor, Cost>;

// What `part` costs.
template <typename Part>
Cost measure(Party& party, Part part) {
  const Cost before = party.cost();
  part();
  return party.cost() - before;
}

inline Measured with_cost(MPCTensor result, const Cost& after, const Cost& before) { return {std::move(result), after - before}; }
inline Measured with_cost(Measured measured, const Cost&, const Cost&) { return measured; }

// fn(inputs) on n parties; input i is encrypted by rank i mod n. Results by rank. fn returns an MPCTensor, or that and the cost of the part that is of interest.
template <typename Fn>
std::vector<Outcome> evaluate(int n, const std::vector<at::Tensor>& plain, Fn fn, const Config& config = {}) {
  RunPartiesOptions options;
  options.config = config;
  return run_parties(
      n,
      [&](const std::shared_ptr<Party>& party) {
        Inputs inputs;
        for (size_t i = 0; i < plain.size(); ++i) {
          const int src = static_cast<int>(i) % n;
          inputs.push_back(MPCTensor::encrypt(party, party->rank() == src ? plain[i] : at::Tensor(), plain[i].sizes(), src));
        }
        const Cost before = party->cost();
        auto returned = fn(inputs);
        const auto [result, cost] = with_cost(std::move(returned), party->cost(), before);
        Outcome outcome{{}, result.fraction_bits(), cost, result.dithered()};
        outcome.value = result.get_plain_text(std::nullopt, at::kDouble);
        return outcome;
      },
      options);
}

inline void check_close(const std::vector<Outcome>& outcomes, const at::Tensor& expected, double tolerance) {
  for (const Outcome& outcome : outcomes) {
    REQUIRE(outcome.value.sizes() == expected.sizes());
    CHECK(outcome.value.equal(outcomes.front().value));
    if (expected.numel() == 0) continue;
    CHECK((outcome.value - expected.to(at::kDouble)).abs().max().item<double>() <= tolerance);
  }
}

// The same for n = 1, 2, 3 parties.
template <typename Fn>
void check_function(const std::vector<at::Tensor>& plain, const at::Tensor& expected, double tolerance, Fn fn, const Config& config = {}) {
  for (const int n : {1, 2, 3}) {
    INFO(n << " parties");
    check_close(evaluate(n, plain, fn, config), expected, tolerance);
  }
}

// What each of two parties sent for fn, and what the dealer sent.
template <typename Fn>
Cost cost_of(const std::vector<at::Tensor>& plain, Fn fn, const Config& config = {}) {
  const auto outcomes = evaluate(2, plain, fn, config);
  CHECK(outcomes[0].cost == outcomes[1].cost);
  return outcomes[1].cost;
}

struct Refusal {
  int code = 0;
  std::string text;
  Cost cost;
  uint64_t transcript = 0;
  bool goes_on = false;  // the parties still understand each other
  bool operator==(const Refusal&) const = default;
};

// fn(inputs) must throw on all ranks alike, before anything is sent. Returns the error of rank 0.
template <typename Fn>
Refusal refusal(const std::vector<at::Tensor>& plain, Fn fn) {
  const auto refusals = run_parties(3, [&](const std::shared_ptr<Party>& party) {
    Inputs inputs;
    for (const auto& input : plain) inputs.push_back(MPCTensor::encrypt(party, input, input.sizes(), 0));
    const Cost before = party->cost();
    Refusal result;
    try {
      fn(inputs);
    } catch (const Error& error) {
      result.code = error.code();
      result.text = error.what();
    }
    result.cost = party->cost() - before;
    result.transcript = party->scopes().word();
    const auto one = MPCTensor::encrypt(party, at::ones({2}), {2}, 1);
    result.goes_on = one.get_plain_text().equal(at::ones({2})) && party->scopes().scope().empty();
    return result;
  });
  CHECK(refusals[0] == refusals[1]);
  CHECK(refusals[0] == refusals[2]);
  CHECK(refusals[0].cost == Cost{});
  CHECK(refusals[0].goes_on);
  return refusals[0];
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace crypten::testing
