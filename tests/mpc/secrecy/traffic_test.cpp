// What somebody sees who knows no key, for every row of the cost table: sizes and requests that are the same whatever the data (K6), bytes that look uniform (K2).

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <mutex>
#include <string>

#include "mpc/costs/rows.h"
#include "tests/support/recorded_wire.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using costs::Numbers;

namespace {

constexpr std::array kNumbers{Numbers::moderate, Numbers::zeros, Numbers::minus_ones, Numbers::extremes};

struct Row {
  std::vector<Cost> costs;                // by rank
  std::vector<std::string> requests;      // canonical, in order
  std::vector<std::vector<size_t>> sizes; // of frames, by pair of ranks
  ByteVector sent;            // everything, one after the other
};

Row run_row(const CostRow& row, int n, int64_t elements, Numbers numbers) {
  costs::use_numbers(numbers);
  testing::RecordedWire wire;
  Row seen;
  seen.costs.resize(static_cast<size_t>(n));
  run_parties(
      n,
      [&](Party& party) {
        const auto verb = row.prepare(party, elements);
        const auto before = party.cost();
        party.begin_call();
        verb();
        const auto requests = party.end_call();
        seen.costs[static_cast<size_t>(party.rank())] = party.cost() - before;
        if (party.rank() != n - 1) return;
        for (const auto& request : requests) seen.requests.push_back(canonical(request));
      },
      {.local = {.tap = wire.tap()}});
  costs::use_numbers(Numbers::moderate);
  for (int from = 0; from < n; ++from)
    for (int to = 0; to < n; ++to) {
      if (from == to) continue;
      auto& sizes = seen.sizes.emplace_back();
      for (const auto& payload : wire.payloads(from, to)) {
        sizes.push_back(payload.size());
        seen.sent.insert(seen.sent.end(), payload.begin(), payload.end());
      }
    }
  return seen;
}

// How many standard deviations χ² of the bytes lies from that of uniform ones (Wilson and Hilferty).
double deviation(const ByteVector& bytes) {
  std::array<double, 256> seen{};
  for (const std::byte byte : bytes) seen[static_cast<size_t>(byte)] += 1;
  const double expected = static_cast<double>(bytes.size()) / 256;
  double chi_square = 0;
  for (const double count : seen) chi_square += (count - expected) * (count - expected) / expected;
  constexpr double kFreedom = 255, kVariance = 2 / (9 * kFreedom);
  return (std::cbrt(chi_square / kFreedom) - (1 - kVariance)) / std::sqrt(kVariance);
}

}  // namespace

TEST_CASE("Rounds, sizes of all messages and requests to the dealer are the same for very different data, for every verb", "[mpc][secrecy][traffic]") {
  for (const auto& row : cost_table()) {
    for (const int n : {2, 3}) {
      const auto expected = run_row(row, n, 70, Numbers::moderate);
      for (const Numbers numbers : {Numbers::zeros, Numbers::minus_ones, Numbers::extremes}) {
        CAPTURE(row.verb, n, static_cast<int>(numbers));
        const auto seen = run_row(row, n, 70, numbers);
        CHECK(bool(seen.costs == expected.costs));
        CHECK(bool(seen.sizes == expected.sizes));
        CHECK(bool(seen.requests == expected.requests));
      }
    }
  }
}

TEST_CASE("What is sent looks uniform for every verb, whatever the data", "[mpc][secrecy][traffic]") {
  for (const auto& row : cost_table()) {
    ByteVector sent;
    for (const Numbers numbers : kNumbers) {
      const auto seen = run_row(row, 2, 4096, numbers).sent;
      sent.insert(sent.end(), seen.begin(), seen.end());
    }
    if (sent.empty()) continue;
    CAPTURE(row.verb, sent.size());
    CHECK(sent.size() >= 1280);  // five of each byte
    CHECK(deviation(sent) < 7.5);  // of all rows, by chance once in 10^11
    std::array<double, 8> ones{};
    for (const std::byte byte : sent)
      for (size_t bit = 0; bit < 8; ++bit) ones[bit] += static_cast<double>(static_cast<unsigned>(byte) >> bit & 1);
    for (const double count : ones) CHECK(std::abs(count - static_cast<double>(sent.size()) / 2) < 7.5 * std::sqrt(static_cast<double>(sent.size())) / 2);
  }
}

TEST_CASE("Bytes that are not uniform are found", "[mpc][secrecy][traffic]") {
  // A share without its mask: small numbers; and a bias of one value in 32.
  ByteVector bytes(1 << 16, std::byte{});
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 2654435761U >> 13);
  CHECK(std::abs(deviation(bytes)) < 50);
  auto plain = bytes;
  for (size_t i = 0; i < plain.size(); i += 8) plain[i] = std::byte{0};
  CHECK(deviation(plain) > 50);
  auto biased = bytes;
  for (size_t i = 0; i < biased.size(); i += 32) biased[i] = std::byte{7};
  CHECK(deviation(biased) > 7.5);
}
