// Outside of the project: finds the installed library, and computes as a party of one.
#include <ATen/ATen.h>

#include <iostream>

#include "autograd/ops/arithmetic.h"
#include "mpc/connect.h"

int main() {
  const auto party = crypten::connect();
  const auto x = crypten::cryptensor(party, at::tensor({1.5, -2.0}), 0);
  std::cout << (x * x).get_plain_text() << "\n";
  party->close();
}
