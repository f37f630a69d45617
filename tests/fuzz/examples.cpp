#include "tests/fuzz/examples.h"

#include "tests/mpc/provider/request_examples.h"

namespace crypten::fuzz {

const std::vector<Request>& example_requests() {
  static const std::vector<Request> all = test::example_requests();
  return all;
}

}  // namespace crypten::fuzz
