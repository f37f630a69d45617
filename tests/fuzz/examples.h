// One request of every kind, compiled once.
#pragma once

#include <vector>

#include "mpc/provider/requests.h"

namespace crypten::fuzz {

const std::vector<Request>& example_requests();

}  // namespace crypten::fuzz
