#pragma once

#include "comm/channel.h"

namespace crypten::test {

// A deadline that only a defect reaches.
inline Clock::time_point soon() { return Clock::now() + std::chrono::seconds(20); }

}  // namespace crypten::test
