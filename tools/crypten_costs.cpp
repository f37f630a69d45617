// crypten-costs: prints docs/costs.md.
#include <exception>
#include <iostream>

#include "mpc/cost.h"

int main() {
  try {
    std::cout << crypten::cost_document();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
