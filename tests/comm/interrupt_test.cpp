#include <catch2/catch.hpp>
#include <stdexcept>

#include "comm/channel.h"

using namespace crypten;

TEST_CASE("the interrupt check is called, may throw, and can be taken away") {
  int calls = 0;
  check_interrupt();  // none set: nothing happens
  set_interrupt_check([&] { ++calls; });
  check_interrupt();
  CHECK(calls == 1);
  set_interrupt_check([] { throw std::runtime_error("stop"); });
  CHECK_THROWS_WITH(check_interrupt(), "stop");
  set_interrupt_check({});
  check_interrupt();
  CHECK(calls == 1);
}
