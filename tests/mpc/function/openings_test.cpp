// What functions of reals open looks uniform, whatever they are computed on. The exhaustive proofs are of their parts (tests/mpc/secrecy); this is of the whole, by statistics.

#include <catch2/catch.hpp>
#include <mutex>

#include "mpc/function/arctangent.h"
#include "mpc/function/exponential.h"
#include "mpc/function/logarithm.h"
#include "mpc/function/reciprocal.h"
#include "mpc/function/roots.h"
#include "mpc/function/sigmoid.h"
#include "mpc/function/softmax.h"
#include "tests/mpc/tensor/reals.h"
#include "tests/support/tapped_channel.h"

using namespace crypten;
using namespace crypten::testing;

namespace {

constexpr int64_t kCount = 8192;  // whole tiles
using Payload = ByteVector;

// The worst bias of a bit, in standard deviations: of each bit of a word, and of each plane of a tile.
double worst_bias(const Payload& payload) {
  std::array<int64_t, 64> ones{};
  const auto words = static_cast<int64_t>(payload.size() / 8);
  const int64_t planes = std::max<int64_t>(1, static_cast<int64_t>(payload.size()) / (kCount / 8));
  std::vector<int64_t> by_plane(static_cast<size_t>(planes)), bits_of_plane(static_cast<size_t>(planes));
  for (int64_t w = 0; w < words; ++w) {
    uint64_t word = 0;
    std::memcpy(&word, payload.data() + 8 * w, 8);
    for (size_t b = 0; b < 64; ++b) ones[b] += word >> b & 1;
    const auto plane = static_cast<size_t>(w / 8 % planes);
    by_plane[plane] += std::popcount(word), bits_of_plane[plane] += 64;
  }
  double worst = 0;
  for (const int64_t count : ones) worst = std::max(worst, std::abs(2.0 * static_cast<double>(count) - static_cast<double>(words)) / std::sqrt(static_cast<double>(words)));
  for (size_t p = 0; p < by_plane.size(); ++p)
    worst = std::max(worst, std::abs(2.0 * static_cast<double>(by_plane[p]) - static_cast<double>(bits_of_plane[p])) / std::sqrt(static_cast<double>(bits_of_plane[p])));
  return worst;
}

// The sum of what two parties send is what is opened.
std::vector<Payload> opened(double value, MPCTensor (*function)(const MPCTensor&)) {
  std::array<std::vector<Payload>, 2> sent;
  RunPartiesOptions options;
  options.local.tap = [&](int rank, int, std::unique_ptr<Channel> channel) {
    auto tapped = std::make_unique<TappedChannel>(std::move(channel));
    tapped->on_pieces = [&own = sent[static_cast<size_t>(rank)]](std::span<const Bytes> pieces) {
      for (const Bytes piece : pieces)
        if (piece.size() >= kCount / 8) own.emplace_back(piece.begin(), piece.end());
    };
    return tapped;
  };
  run_parties(2, [&](const std::shared_ptr<Party>& party) { function(MPCTensor::encrypt(party, at::full({kCount / 64, 64}, value, at::kDouble), {kCount / 64, 64}, 0)); }, options);
  REQUIRE(sent[0].size() == sent[1].size());
  std::vector<Payload> all = sent[0];
  // Bits are XORed; of words and packed numbers the XOR of shares is no more biased than their sum if that is uniform given one share.
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t j = 0; j < all[i].size(); ++j) all[i][j] ^= sent[1][i][j];
  all.insert(all.end(), sent[0].begin(), sent[0].end());
  return all;
}

}  // namespace

TEST_CASE("no opened bit of a function of a constant is biased", "[mpc][function]") {
  constexpr double kSigma = 7.5;  // some 10^4 bits are looked at: 10^-9 in all
  for (const double value : {0.75, 3.0}) {
    for (const auto function : {+[](const MPCTensor& x) { return exp(x); }, +[](const MPCTensor& x) { return reciprocal(x); }, +[](const MPCTensor& x) { return inv_sqrt(x); },
                                +[](const MPCTensor& x) { return log(x); }, +[](const MPCTensor& x) { return softmax(x, 1); }, +[](const MPCTensor& x) { return atan(x); },
                                +[](const MPCTensor& x) { return sigmoid(x, 100); }, +[](const MPCTensor& x) { return reciprocal(x, ReciprocalDomain::both_signs, 100); }}) {
      const auto payloads = opened(value, function);
      REQUIRE(payloads.size() >= 10);
      for (const auto& payload : payloads) CHECK(worst_bias(payload) < kSigma);
    }
  }
  CHECK(worst_bias(Payload(kCount, std::byte{})) > kSigma);
  auto one_plane = opened(1, [](const MPCTensor& x) { return log(x); }).front();
  for (size_t i = 0; i < one_plane.size(); i += 8) one_plane[i] |= std::byte{1};
  CHECK(worst_bias(one_plane) > kSigma);
}

TEST_CASE("several functions of one tensor share its opening", "[mpc][function]") {
  // sigmoid, the exponential and a reciprocal compare x: 8 B an element once, not three times.
  const auto x = quantised(reals({kCount}, 3).abs() + 1);
  const auto sent = [&](const std::vector<MPCTensor (*)(const MPCTensor&)>& functions) {
    return evaluate(2, {x}, [&](const Inputs& in) {
      MPCTensor last;
      for (const auto function : functions) last = function(in[0]);
      return last;
    })[0].cost.bytes_sent;
  };
  const std::vector<MPCTensor (*)(const MPCTensor&)> all{[](const MPCTensor& t) { return sigmoid(t); }, [](const MPCTensor& t) { return exp(t); }, [](const MPCTensor& t) { return reciprocal(t); }};
  uint64_t apart = 0;
  for (const auto function : all) apart += sent({function});
  CHECK(apart - sent(all) == 2 * 8 * kCount);
}

TEST_CASE("twice as many rows, and functions in lanes, take no more rounds", "[mpc][function]") {
  const auto rounds = [](int64_t rows) {
    return evaluate(2, {reals({rows, 16}, 3)}, [](const Inputs& in) { return softmax(in[0], 1); })[0].cost.rounds;
  };
  CHECK(rounds(700) == 4 * 4 + 13);
  CHECK(rounds(1400) == rounds(700));
  CHECK(rounds(1) == 5 + 4 + 13);  // the maximum of few rows: groups of eight, then a pair
  const auto both = evaluate(2, {reals({600}, 3).abs() + 1}, [](const Inputs& in) {
    MPCTensor root, gate;
    in[0].party()->together({[&] { root = sqrt(in[0]); }, [&] { gate = sigmoid(in[0]); }});
    return root;
  });
  CHECK(both[0].cost.rounds == 9);
}
