#include "crypten_core/json.h"

#include <catch2/catch.hpp>

using namespace crypten;

TEST_CASE("whole numbers of 64 bits are read, and nothing else is one") {
  const auto json = [](const char* text) { return nlohmann::json::parse(text); };
  CHECK(whole<int64_t>(json("-9223372036854775808")) == INT64_MIN);
  CHECK(whole<uint64_t>(json("18446744073709551615")) == UINT64_MAX);
  CHECK(whole_numbers<int64_t>(json("[0, 3, -1]")) == std::vector<int64_t>{0, 3, -1});
  CHECK(whole_numbers<int64_t>(json("[]")).empty());
  for (const char* other : {"461168611686018427387908", "1e3", "2.5", "\"1\"", "true", "null", "[1]", "{}"}) CHECK_THROWS_AS(whole<int64_t>(json(other)), nlohmann::json::type_error);
  for (const char* other : {"[1, 2.5]", "[461168611686018427387908]", "[[1]]", "1", "{\"a\": 1}", "null"})
    CHECK_THROWS_AS(whole_numbers<int64_t>(json(other)), nlohmann::json::type_error);
}
