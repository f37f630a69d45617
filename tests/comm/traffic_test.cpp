#include "comm/traffic.h"

#include <catch2/catch.hpp>

using namespace crypten;

TEST_CASE("the difference of two readings is what happened between them, field by field") {
  const Traffic before{.rounds = 1, .bytes_sent = 2, .bytes_received = 3, .wire_bytes_sent = 4, .wire_bytes_received = 5, .messages_sent = 6, .wait_seconds = 0.5};
  const Traffic after{.rounds = 11, .bytes_sent = 22, .bytes_received = 33, .wire_bytes_sent = 44, .wire_bytes_received = 55, .messages_sent = 66, .wait_seconds = 2};
  CHECK(after - before == Traffic{.rounds = 10, .bytes_sent = 20, .bytes_received = 30, .wire_bytes_sent = 40, .wire_bytes_received = 50, .messages_sent = 60, .wait_seconds = 1.5});
}
