// Declared costs: what each verb may cost, as code. Tests compare them with the counters for every verb, number of parties and size; docs/costs.md is printed from them.
// Rows stand in mpc/costs, in a file for each family of protocols.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mpc/party.h"

namespace crypten {

// What the design (docs/architecture.md, protocols) allows for two parties: rounds, and bytes an element that one party sends and that the dealer transmits.
struct CostBound {
  double rounds = 0, bytes = 0, dealer_bytes = 0;
};

struct CostRow {
  std::string verb;         // "multiply, both fresh"
  std::string formula;      // rounds · bytes an element · dealer bytes an element, in words, for the document
  CostBound bound;          // an element of the input, for many elements
  // Exact cost for `elements` elements and n parties: what one party sends, what the dealer transmits (to all together, in turn).
  std::function<Cost(int64_t elements, int world_size)> declared;
  // Makes fresh shares of that many elements and returns the verb on them: the difference of Party::cost() around its call must equal the declaration.
  std::function<std::function<void()>(Party& party, int64_t elements)> prepare;
};
std::vector<CostRow> cost_table();

// The table for the document, with measured figures for two parties.
std::string cost_document();

}  // namespace crypten
