// Tests of cuda/ compare a device with the CPU. They are built twice: for a CUDA device (gpu.cpp; where there is none they say so and check nothing, and tools/gpu.sh
// does not run them there), and for one that is emulated on the CPU (emulation/gpu.cpp), on every machine.
#pragma once

#include <catch2/catch.hpp>

#include "tests/support/aten.h"

namespace crypten::test {

extern const at::Device kGpu;
// To be asked first in a test of a device.
bool no_gpu();
// Kernels cost an emulated device about a thousand times as much: large cases are made smaller by this factor.
extern const int64_t kLess;

}  // namespace crypten::test
