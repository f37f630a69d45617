#include "mpc/cost.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "tests/support/run_parties.h"

using namespace crypten;

namespace {

// Typed from the design's tables (products and openings; truncation; comparison): rounds, bytes one party sends and bytes the dealer transmits an element,
// two parties. k-ary AND: k/8 and (2^k − k − 1)/8. Matrix products: 8·mk and 8·mn for one row. Chain: 8 + 10 + products of masks (2).
const std::map<std::string, CostBound>& allowed() {
  static const std::map<std::string, CostBound> table{
      {"encrypt", {0, 0, 0}},
      {"add", {0, 0, 0}},
      {"add, multiply by a public number", {0, 0, 0}},
      {"reshape, transpose, slice, expand", {0, 0, 0}},
      {"reveal to all", {1, 8, 0}},
      {"multiply, both fresh", {1, 16, 8}},
      {"multiply, one cached", {1, 8, 8}},
      {"multiply, both cached", {0, 0, 8}},
      {"square", {1, 8, 8}},
      {"matmul (m,8)·(8,4), weight cached, a row", {1, 64, 32}},
      {"conv2d 2→3 channels, 3×3 on 10×10, weight cached, an image", {1, 1600, 1536}},
      {"truncate by 16 bits", {1, 8, 10}},
      {"truncate an open value", {0, 0, 10}},
      {"multiply and truncate, in a chain", {1, 8, 20}},
      {"multiply two truncated values", {0, 0, 12}},
      {"AND of 2 bits", {1, 0.25, 0.125}},
      {"AND of 4 bits", {1, 0.5, 1.375}},
      {"AND of 8 bits", {1, 1, 30.875}},
      {"x < 0, a bit", {4, 13, 43}},
      {"x < 0, a ring element", {4, 13, 52}},
      {"x < 0, x open", {3, 5, 52}},
      {"x = 0, a ring element", {4, 13, 52}},
      {"ReLU", {4, 13, 60}},
      {"truncate and ReLU", {4, 13, 72}},
      {"ReLU, abs(x) ≤ 100", {4, 10, 30}},
      {"truncate and ReLU, abs(x) ≤ 100", {4, 10, 42}},
      {"truncate exactly by 16 bits", {3, 9, 29}},  // dithered, and a comparison of 16 bits as a ring element
      {"truncate exactly and ReLU", {4, 13, 88}},
      {"bit to ring", {0, 0, 8}},
      {"select, bit and value open", {0, 0, 16}},
      {"maximum of two", {4, 13, 60}},
      // Of rows that hold 5120 elements, an element: pairs within 4 rounds a halving, 13 and 60 B; where few candidates are left groups, of fewer rounds and more bytes.
      {"maximum of rows of 4", {8, 13, 60}},
      {"maximum of rows of 16", {13, 15, 62}},
      {"maximum of rows of 64", {18, 16, 66}},
      {"maximum of rows of 5120", {28, 18, 74}},
      {"max of 2×2 windows, an output", {8, 39, 180}},
      // Words: at or under the carry trees of 64 bits with a round for each doubling (7 rounds of 2·64 bits); tables: a one-hot vector in shares; a shuffle: one opening to each party.
      {"add words", {3, 28, 134}},
      {"compare words", {3, 21, 86}},
      {"equal words", {2, 9, 278}},
      {"ring element to word", {3, 20, 91}},
      {"ring element to word, x open", {2, 12, 91}},
      {"word to ring element", {1, 8, 260}},
      {"look up one of 16 public entries", {1, 0.5, 120}},
      {"look up one of 256 public entries", {1, 1, 2040}},
      {"look up one of 16 private entries", {2, 128.6, 128}},
      {"shuffle rows, an element", {2, 8, 16}},
      {"normal number", {18, 57, 379}},  // half of the parts: 36 random bits, log, sqrt, sine and cosine, two products
      // Functions of reals.
      {"sine or cosine", {2, 8.5, 24}},
      {"sine and cosine", {2, 13.5, 38}},
      {"sigmoid", {4, 24.2, 175}},
      {"tanh", {4, 24.2, 185}},
      {"erf", {4, 24.2, 135}},
      {"GELU", {4, 24.5, 166}},
      {"GELU, tanh form", {4, 24.5, 166}},
      {"SiLU", {4, 24.5, 240}},
      {"softplus", {4, 24.5, 210}},
      {"mish", {4, 24.5, 260}},
      {"ELU", {4, 27, 190}},
      {"truncate and sigmoid", {4, 24.2, 195}},  // two harmonics more
      {"truncate and GELU", {4, 24.5, 176}},     // a truncation more
      {"x^2, truncated", {2, 16, 18}},
      {"x^3, truncated", {3, 24, 38}},
      {"x^5, truncated", {4, 32, 60}},
      {"x^8, truncated", {4, 32, 62}},
      {"exp", {4, 35.9, 135}},
      {"exp of x ≤ 0.9", {4, 18.6, 95}},
      {"reciprocal", {9, 57.2, 265}},
      {"reciprocal, x > 0", {9, 49.2, 235}},
      {"reciprocal, 1 ≤ x ≤ 4096", {8, 38.9, 192}},
      {"sqrt", {9, 55, 273}},
      {"inverse sqrt", {9, 55, 273}},
      {"log", {8, 40, 201}},
      // Batcher's network for 8: 6 stages, 19 pairs, each a comparison and a selection; places: 8 exact truncations by at most 4 bits (2 rounds).
      {"sort rows of 8, a row", {24, 19 * 13, 19 * 60}},
      {"sort rows of 8, with places, a row", {26, 19 * 13 + 8 * 9, 19 * 60 + 8 * 29}},
      // Sums of the rows above; a maximum of n is n − 1 of two. Softmax: the maximum's rounds and 13.
      {"log1p", {8, 40, 201}},
      {"expm1", {4, 35.9, 135}},
      {"logsigmoid", {4, 24.5, 210}},
      {"SELU", {4, 27, 190}},
      {"leaky ReLU", {4, 13, 60}},
      {"PReLU, one slope", {5, 21.1, 68}},
      {"hardsigmoid", {4, 18, 120}},
      {"hardswish", {6, 34, 138}},
      {"polynomial of degree 4", {3, 32, 58}},
      {"rotary embedding", {0, 0, 0}},
      {"atan", {10, 66, 367}},
      {"division, private / private", {10, 73.2, 285}},
      {"division, public / private", {10, 65.2, 273}},
      {"tan", {11, 60.4, 205}},
      {"x^-2", {9, 57.2, 277}},
      {"x^1.5", {10, 63, 309}},
      {"x^0.3", {12, 75.9, 336}},
      {"softmax, a row of 8", {25, 408, 1457}},
      {"variance, a row of 8", {2, 72, 144}},
      {"standard deviation, a row of 8", {12, 137, 442}},
      {"1-norm, a row of 8", {4, 104, 480}},
      {"2-norm, a row of 8", {10, 121, 354}},
      {"infinity norm, a row of 8", {16, 195, 900}},
      {"cosine similarity, a row of 8", {12, 265, 814}},
      {"RMS norm, a row of 8", {11, 185, 529}},
      {"layer norm, a row of 8", {11, 185, 602}},
      {"group norm, two groups of 8", {11, 370, 1204}},
      {"batch norm of 8 channels, known statistics", {10, 65, 102}},
      {"log_softmax, a row of 8", {24, 280, 1335}},
      {"logsumexp, a row of 8", {24, 280, 1335}},
      // With a public bound.
      {"sigmoid, abs(x) ≤ 8", {2, 8.5, 104}},
      {"GELU, abs(x) ≤ 4", {2, 8.5, 84}},
      {"sigmoid, abs(x) ≤ 1000", {3, 18, 138}},
      {"atan, abs(x) ≤ 1", {2, 8.5, 64}},
      {"exp, abs(x) ≤ 16", {2, 24, 87}},
      {"exp of x ≤ 0.9, abs(x) ≤ 16", {2, 14.75, 42}},
      {"reciprocal, abs(x) ≤ 100", {8, 41.3, 169}},
      {"sqrt, x ≤ 100", {9, 46, 175}},
  };
  return table;
}

}  // namespace

TEST_CASE("Every verb costs what it declares, to the byte, for every number of parties and size", "[mpc][cost]") {
  const auto table = cost_table();
  for (const int n : {1, 2, 3, 5}) {
    const std::vector<int64_t> sizes = n == 5 ? std::vector<int64_t>{1, 700} : std::vector<int64_t>{1, 7, 512, 1100};
    std::vector<std::vector<std::vector<Cost>>> measured(static_cast<size_t>(n));  // rank, row, size
    run_parties(n, [&](Party& party) {
      auto& rows = measured[static_cast<size_t>(party.rank())];
      for (const auto& row : table) {
        rows.emplace_back();
        for (const int64_t elements : sizes) {
          const auto verb = row.prepare(party, elements);
          const auto before = party.cost();
          verb();
          rows.back().push_back(party.cost() - before);
        }
      }
    });
    for (size_t i = 0; i < table.size(); ++i)
      for (size_t s = 0; s < sizes.size(); ++s)
        for (int rank = 0; rank < n; ++rank) {
          const auto declared = table[i].declared(sizes[s], n);
          const auto& cost = measured[static_cast<size_t>(rank)][i][s];
          CAPTURE(table[i].verb, n, rank, sizes[s], cost.rounds, declared.rounds, cost.bytes_sent, declared.bytes_sent, cost.dealer_bytes, declared.dealer_bytes);
          CHECK(cost == declared);
        }
  }
}

TEST_CASE("What the dealer sends reaches all parties in turn, and is what was counted", "[mpc][cost]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto received = run_parties(n, [](Party& party) {
      for (const auto& row : cost_table()) row.prepare(party, 100)();
      return std::pair{party.provider().bytes_received(), party.cost().dealer_bytes};
    });
    uint64_t all = 0;
    for (const auto& [bytes, counted] : received) {
      CHECK(counted == received[0].second);
      all += bytes;
    }
    CHECK(all <= received[0].second);                          // what nobody used was counted, and in one process not dealt
    CHECK(static_cast<double>(all) > 0.95 * static_cast<double>(received[0].second));
    for (const auto& [bytes, counted] : received) CHECK(static_cast<double>(bytes) == Approx(static_cast<double>(all) / n).epsilon(0.1));
  }
}

TEST_CASE("Every declaration is at or under the design's table", "[mpc][cost]") {
  constexpr int64_t kElements = 5120;  // whole tiles
  std::set<std::string> seen;
  for (const auto& row : cost_table()) {
    CAPTURE(row.verb);
    CHECK(seen.insert(row.verb).second);
    REQUIRE(allowed().contains(row.verb));
    const auto& bound = allowed().at(row.verb);
    CHECK(row.bound.rounds == bound.rounds);
    CHECK(row.bound.bytes == bound.bytes);
    CHECK(row.bound.dealer_bytes == bound.dealer_bytes);
    const auto declared = row.declared(kElements, 2);
    CHECK(static_cast<double>(declared.rounds) <= bound.rounds);
    CHECK(static_cast<double>(declared.bytes_sent) <= bound.bytes * kElements);
    CHECK(static_cast<double>(declared.dealer_bytes) <= bound.dealer_bytes * kElements);
    for (const unsigned n : {1U, 3U, 5U}) {
      // A shuffle takes a turn of each party; everything else as many rounds and corrections whatever n is.
      const unsigned turns = row.verb.starts_with("shuffle") ? n : 2;
      const auto of_n = row.declared(kElements, static_cast<int>(n));
      CHECK(of_n.rounds * 2 == declared.rounds * turns);
      CHECK(of_n.bytes_sent == declared.bytes_sent * (n - 1));
      CHECK(of_n.dealer_bytes * 2 == declared.dealer_bytes * turns);
    }
  }
  CHECK(seen.size() == allowed().size());
}

TEST_CASE("The document has a line for every verb", "[mpc][cost][slow]") {
  const auto text = cost_document();
  for (const auto& row : cost_table()) CHECK(text.find("| " + row.verb + " |") != std::string::npos);
  CHECK(text.find("| multiply, both fresh | 1 | 16 | 8 | 1 · 16 · 8 |") != std::string::npos);
}
