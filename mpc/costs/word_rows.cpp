#include <algorithm>
#include <string>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/costs/rows.h"
#include "mpc/function/normal.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/shuffle.h"
#include "mpc/protocol/table.h"
#include "mpc/protocol/word_arithmetic.h"

namespace crypten::costs {
namespace {

// Sums: the bits of both words. Carries into 64 bits: 15 chunks of 4 bits and the last of 3; carries out of 15 of them, and every prefix of the 15 upper ones passing a carry on;
// then, of groups of 4, 4, 4 and 3 chunks, prefixes of two and more: 3, 3 + 3, 3 + 3 and 2 + 2.
constexpr int64_t kWords = 128, kChunks = 15 + 14 * 4 + 3, kGroups = 3 + 6 + 6 + 4;
// Dealt: 37 products for a chunk of 4 bits of two words, 15 for one of 3; for prefixes of groups 15, 22, 22 and 8; for the carries into the bits of these groups of chunks 9,
// 42, 115 and 262.
constexpr int64_t kForCarries = (15 + 22 + 22 + 8) + (9 + 42 + 115 + 262);
constexpr int64_t kSumDealt = 15 * 37 + 15 + kForCarries;
// Only the carry out of 16 chunks of 4: 16 generated, 15 passed on; of groups 4 and 3.
constexpr int64_t kCarryChunks = 31, kCarryGroups = 7, kCarryDealt = 16 * 37 + (15 + 3 * 22) + 15;
// Of one word and a public one 15 products for a chunk of 4 bits, 7 for one of 3, and the top bit.
constexpr int64_t kLiftDealt = 15 * 15 + 7 + 1 + kForCarries;

BinaryShared fresh_words(Party& party, int64_t elements) {
  return share_binary(party, party.rank() == 0 ? RingTensor(at::arange(elements).mul_(0x123456789abcdef)) : RingTensor(), {elements}, 0);
}

ArithmeticShared fresh_places(Party& party, int64_t elements, int64_t entries) {
  return share(party, party.rank() == 0 ? RingTensor(at::arange(elements).remainder(entries)) : RingTensor(), {elements}, 0);
}

template <class Verb>
std::function<std::function<void()>(Party&, int64_t)> of_two(Verb verb) {
  return [verb](Party& party, int64_t elements) {
    return [&party, verb, a = fresh_words(party, elements), b = fresh_words(party, elements)] { verb(party, a, b); };
  };
}

CostRow table_row(int bits) {
  const int64_t entries = int64_t{1} << bits;
  return {"look up one of " + std::to_string(entries) + " public entries", "1 round · " + std::to_string(bits) + "/8 · 8·" + std::to_string(entries - 1),
          {1, bits / 8.0, 8.0 * static_cast<double>(entries - 1)}, [bits, entries](int64_t e, int n) { return cost(1, packed_size(e, bits), 8 * (entries - 1) * e, n); },
          [entries](Party& party, int64_t elements) {
            return [&party, table = RingTensor(at::arange(entries)), x = fresh_places(party, elements, entries)] { look_up(party, table, x, 0); };
          }};
}

CostRow private_table_row() {
  constexpr int64_t kEntries = 16;
  return {"look up one of 16 private entries", "2 rounds · 4/8 + 8·16, and 8·16 for the table · 8·15 + 8", {2, 128.6, 128},
          [](int64_t e, int n) { return cost(2, packed_size(e, 4) + 8 * kEntries * e + 8 * kEntries, 8 * (kEntries - 1) * e + 8 * e, n); },
          [](Party& party, int64_t elements) {
            return [&party, table = fresh(party, {kEntries}), x = fresh_places(party, elements, kEntries)] { look_up(party, table, x, 0); };
          }};
}

// A pair of numbers: 36 random bits as ring elements, bit j modulo 2^(64 − j), their logarithm, its root; beside these an angle's sine and cosine; and two products of truncated values.
CostRow normal_row() {
  constexpr int kBits = 36;
  const auto of = [](const std::vector<CostRow>& rows, const std::string& verb) { return std::ranges::find(rows, verb, &CostRow::verb)->declared; };
  const auto log = of(division_rows(), "log"), root = of(division_rows(), "sqrt"), sines = of(function_rows(), "sine and cosine");
  return {"normal number", "1 + 8 + 9 rounds · half of 36/8, log, sqrt, sine and cosine · the same and 209.3, 39.5", {18, 57, 379}, [=](int64_t e, int n) {
            const int64_t pairs = (e + 1) / 2;
            int64_t dealt = 2 * shares_dealt(pairs, {64, 45, 34, 15});
            for (int j = 0; j < kBits; ++j) dealt += shares_dealt(pairs, {64 - j});
            Cost sum = cost(1, packed_size(pairs, kBits), dealt, n);
            for (const auto& part : {log, root, sines}) {
              const Cost more = part(pairs, n);
              sum.bytes_sent += more.bytes_sent, sum.dealer_bytes += more.dealer_bytes;
            }
            sum.rounds += log(pairs, n).rounds + root(pairs, n).rounds;
            return sum;
          },
          [](Party& party, int64_t elements) {
            const auto handle = std::shared_ptr<Party>(std::shared_ptr<void>(), &party);  // does not own
            return [handle, elements] { randn(handle, {elements}); };
          }};
}

}  // namespace

std::vector<CostRow> word_rows() {
  std::vector<CostRow> rows;
  rows.push_back({"add words", "3 rounds · 16 + 74/8 + 19/8 · 133.1", {3, 28, 134},
                  [](int64_t e, int n) { return cost(3, packed_size(e, kWords) + packed_size(e, kChunks) + packed_size(e, kGroups), packed_size(e, kSumDealt), n); },
                  of_two([](Party& party, const BinaryShared& a, const BinaryShared& b) { add(party, a, b); })});
  rows.push_back({"compare words", "3 rounds · 16 + 31/8 + 7/8 · 86", {3, 21, 86},
                  [](int64_t e, int n) { return cost(3, packed_size(e, kWords) + packed_size(e, kCarryChunks) + packed_size(e, kCarryGroups), packed_size(e, kCarryDealt), n); },
                  of_two([](Party& party, const BinaryShared& a, const BinaryShared& b) { less(party, a, b); })});
  rows.push_back({"equal words", "2 rounds · 64/8 + 8/8 · 9·30.9", {2, 9, 278},
                  [](int64_t e, int n) { return cost(2, 9 * packed_size(e, 8), 9 * packed_size(e, 247), n); },
                  of_two([](Party& party, const BinaryShared& a, const BinaryShared& b) { equal(party, a, b); })});
  rows.push_back({"ring element to word", "3 rounds · 8 + 74/8 + 19/8 · 91", {3, 20, 91},
                  [](int64_t e, int n) { return cost(3, 8 * e + packed_size(e, kChunks) + packed_size(e, kGroups), packed_size(e, kLiftDealt), n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { to_binary(party, x); }; }});
  rows.push_back({"ring element to word, x open", "2 rounds · 74/8 + 19/8 · 91", {2, 12, 91},
                  [](int64_t e, int n) { return cost(2, packed_size(e, kChunks) + packed_size(e, kGroups), packed_size(e, kLiftDealt), n); },
                  [](Party& party, int64_t elements) { return [&party, x = fresh_open(party, {elements})] { to_binary(party, x); }; }});
  rows.push_back({"word to ring element", "1 round · 8 · 64·65/16", {1, 8, 260},
                  [](int64_t e, int n) {
                    int64_t dealt = 0;
                    for (int j = 0; j < 64; ++j) dealt += shares_dealt(e, {64 - j});
                    return cost(1, packed_size(e, 64), dealt, n);
                  },
                  [](Party& party, int64_t elements) { return [&party, a = fresh_words(party, elements)] { to_arithmetic(party, a); }; }});
  rows.push_back(table_row(4));
  rows.push_back(table_row(8));
  rows.push_back(private_table_row());
  rows.push_back({"shuffle rows, an element", "n rounds, each to one party: n = 2: 2 rounds · 8 · 16", {2, 8, 16},
                  [](int64_t e, int n) {
                    // Of one row nothing moves.
                    return e == 1 ? cost(0, 0, 0, n) : cost(static_cast<uint64_t>(n), 8 * e, 8 * e * n, n);
                  },
                  [](Party& party, int64_t elements) { return [&party, x = fresh(party, {elements})] { shuffle(party, x); }; }});
  rows.push_back(normal_row());
  return rows;
}

}  // namespace crypten::costs
