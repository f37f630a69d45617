// Two employers compare wages: crypten-launch -n 2 build/bin/example-0-wages
#include <ATen/ATen.h>

#include <iostream>

#include "autograd/ops/arithmetic.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "mpc/connect.h"

int main() {
  using namespace crypten;
  const auto party = connect();
  const auto wages = party->rank() == 0 ? at::tensor({3.25, 2.75, 4.0}) : at::tensor({3.5, 2.5, 4.5});  // thousands; each has its own
  const auto a = cryptensor(party, wages, 0), b = cryptensor(party, wages, 1);
  std::cout << "mean wage, known to both: " << mean(cat({a, b})).get_plain_text().item<float>() << "\n";
  const auto less = relu(b - a).get_plain_text(1);
  if (less.defined()) std::cout << "what rank 0 pays less, known to rank 1: " << less << "\n";
  std::cout << party->ledger().text();
  party->close();
}
