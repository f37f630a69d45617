// The swap test (K3), in the ring of 64 bits: what a coalition sees of one program has the same distribution for two sets of the others' inputs, for every proper coalition of up to
// five parties. Statistics, beside the exact enumeration in small rings: all elements hold the same numbers, so that each column of a view is a sample.

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "mpc/protocol/compare.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/shuffle.h"
#include "mpc/protocol/table.h"
#include "mpc/protocol/truncate.h"
#include "mpc/protocol/word_arithmetic.h"
#include "tests/mpc/secrecy/case.h"
#include "tests/support/recorded_wire.h"
#include "tests/support/run_parties.h"

using namespace crypten;

namespace {

constexpr int64_t kElements = 4096;
constexpr double kMost = 8;  // standard deviations of one column: 1e-15; there are some 10^5 columns

// Own shares of inputs, one of each rank, to what a party holds in the end.
using SharedProgram = std::function<void(Party&, const std::vector<ArithmeticShared>&, std::vector<at::Tensor>& shares)>;

struct Seen {
  std::vector<std::vector<at::Tensor>> shares;                                    // by rank
  std::map<std::pair<int, int>, std::vector<ByteVector>> payloads;
};

Seen run(int n, const SharedProgram& program, const std::vector<int64_t>& inputs) {
  testing::RecordedWire wire;
  Seen seen;
  seen.shares = run_parties(
      n,
      [&](Party& party) {
        std::vector<ArithmeticShared> x;
        std::vector<at::Tensor> shares;
        for (int owner = 0; owner < n; ++owner) {
          const RingTensor value(at::zeros({kElements}, at::kLong) + inputs[static_cast<size_t>(owner)]);
          x.push_back(share(party, party.rank() == owner ? value : RingTensor(), {kElements}, owner));
          shares.push_back(x.back().share().words());
        }
        program(party, x, shares);
        return shares;
      },
      {.local = {.tap = wire.tap()}});
  for (int from = 0; from < n; ++from)
    for (int to = 0; to < n; ++to)
      if (from != to) seen.payloads[{from, to}] = wire.payloads(from, to);
  return seen;
}

// The columns of a coalition's view: bytes of what honest parties send to it, and of its own shares; and what follows from them: where words are opened, their sum over all
// senders, alone and with the coalition's share of each input (what an opening without a mask would show).
std::vector<ByteVector> columns(const Seen& seen, int n, const std::vector<int>& coalition) {
  const auto member = [&](int rank) { return std::find(coalition.begin(), coalition.end(), rank) != coalition.end(); };
  std::vector<ByteVector> all;
  const auto add_words = [&](const std::vector<uint64_t>& words) {
    for (const int byte : {0, 2, 7}) {
      auto& column = all.emplace_back();
      for (const uint64_t word : words) column.push_back(static_cast<std::byte>(word >> 8 * byte));
    }
  };
  const auto words_of = [](const at::Tensor& t) {
    const auto* from = reinterpret_cast<const uint64_t*>(t.const_data_ptr<int64_t>());
    return std::vector<uint64_t>(from, from + t.numel());
  };
  for (const int rank : coalition)
    for (const auto& share : seen.shares[static_cast<size_t>(rank)]) add_words(words_of(share.contiguous()));
  const int to = coalition.front();
  size_t rounds = 0;
  for (int from = 0; from < n; ++from)
    if (!member(from)) rounds = std::max(rounds, seen.payloads.at({from, to}).size());
  for (size_t round = 0; round < rounds; ++round) {
    std::vector<uint64_t> sum;  // over honest senders
    for (int from = 0; from < n; ++from) {
      if (member(from)) continue;
      const auto& payloads = seen.payloads.at({from, to});
      if (round >= payloads.size() || payloads[round].empty()) continue;
      const auto& payload = payloads[round];
      all.push_back(payload);
      if (payload.size() != 8 * kElements) continue;
      std::vector<uint64_t> words(kElements);
      std::memcpy(words.data(), payload.data(), payload.size());
      sum.resize(kElements);
      for (size_t i = 0; i < words.size(); ++i) sum[i] += words[i];
    }
    if (sum.empty()) continue;
    add_words(sum);
    for (int input = 0; input < n; ++input) {
      auto with_shares = sum;
      for (const int rank : coalition) {
        const auto share = words_of(seen.shares[static_cast<size_t>(rank)][static_cast<size_t>(input)]);
        for (size_t i = 0; i < share.size(); ++i) with_shares[i] += share[i];
      }
      add_words(with_shares);
    }
  }
  return all;
}

// Two samples of bytes: χ² for equal distributions, in standard deviations.
double difference(const ByteVector& a, const ByteVector& b) {
  std::array<double, 256> first{}, second{};
  for (const std::byte byte : a) first[static_cast<size_t>(byte)] += 1;
  for (const std::byte byte : b) second[static_cast<size_t>(byte)] += 1;
  double chi_square = 0, cells = 0;
  for (size_t i = 0; i < 256; ++i) {
    if (first[i] + second[i] == 0) continue;
    chi_square += (first[i] - second[i]) * (first[i] - second[i]) / (first[i] + second[i]), ++cells;
  }
  if (cells < 2) return 0;
  const double freedom = cells - 1, variance = 2 / (9 * freedom);
  return (std::cbrt(chi_square / freedom) - (1 - variance)) / std::sqrt(variance);
}

// The largest difference of any column of any proper coalition, between two sets of the others' inputs.
double largest_difference(int n, const SharedProgram& program, const std::vector<int64_t>& first, const std::vector<int64_t>& second) {
  double most = 0;
  const auto base = run(n, program, first);
  for (const auto& coalition : secrecy::all_coalitions(n)) {
    auto inputs = second;
    for (const int rank : coalition) inputs[static_cast<size_t>(rank)] = first[static_cast<size_t>(rank)];
    const auto a = columns(base, n, coalition), b = columns(run(n, program, inputs), n, coalition);
    REQUIRE(a.size() == b.size());
    REQUIRE(a.size() > 3);
    for (size_t c = 0; c < a.size(); ++c) most = std::max(most, difference(a[c], b[c]));
  }
  return most;
}

}  // namespace

TEST_CASE("No coalition of up to five parties tells two sets of the others' inputs apart", "[mpc][secrecy][swap]") {
  const SharedProgram program = [](Party& party, const std::vector<ArithmeticShared>& x, std::vector<at::Tensor>& shares) {
    const auto keep = [&](const ArithmeticShared& y) {
      shares.push_back(y.share().words());
      return y;
    };
    auto sum = x[0];
    for (size_t i = 1; i < x.size(); ++i) sum = sum + x[i];
    const auto product = keep(multiply(party, x[0], sum));
    const auto rectified = keep(truncate_relu(party, product, 16));
    keep(truncate_exact(party, multiply(party, rectified, x.back()), 8));
    const auto word = to_binary(party, sum);
    shares.push_back(add(party, word, shift_left(word, 3)).share().words());
    keep(to_arithmetic(party, less(party, word, to_binary(party, x.back()))));
    keep(look_up(party, RingTensor(at::arange(16)), sum, 16));
    keep(shuffle(party, product));
  };
  const std::vector<int64_t> first{5 << 16, -7, 1 << 20, 0, -1}, second{-3 << 16, int64_t{1} << 33, 12345, -1, int64_t{1} << 40};
  for (int n = 2; n <= 5; ++n) {
    CAPTURE(n);
    CHECK(largest_difference(n, program, {first.begin(), first.begin() + n}, {second.begin(), second.begin() + n}) < kMost);
  }
}

TEST_CASE("An opening without a mask is found by the swap test", "[mpc][secrecy][swap]") {
  const SharedProgram planted = [](Party& party, const std::vector<ArithmeticShared>& x, std::vector<at::Tensor>& shares) {
    shares.push_back(x[0].share().words());
    party.queue({.words = x[0].share().words().clone(), .done = [](const at::Tensor&) {}});
    party.wait_for_round();
  };
  CHECK(largest_difference(2, planted, {5, 0}, {6, 0}) > kMost);
  CHECK(largest_difference(3, planted, {5, 0, 0}, {6, 0, 0}) > kMost);
}
