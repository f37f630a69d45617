// Declared costs: what each verb may cost, as code. Tests compare them with the counters for every verb, number of parties and shape; docs/costs.md is printed from them.
#pragma once

#include <string>
#include <vector>

#include "mpc/party.h"

namespace crypten {

struct CostRow {
  std::string verb;         // "multiply, both fresh"
  std::string formula;      // rounds · bytes an element · dealer bytes an element, in words, for the document
  // Exact cost for `elements` elements and n parties: what one party sends, what the dealer transmits (to the corrected rank).
  std::function<Cost(int64_t elements, int world_size)> declared;
  // Runs the verb on fresh shares of that many elements; the difference of Party::cost() around it must equal the declaration.
  std::function<void(Party&, int64_t elements)> run;
};
std::vector<CostRow> cost_table();

}  // namespace crypten
