#include "crypten_core/config.h"

#include <catch2/catch.hpp>
#include <string>

#include "crypten_core/error.h"

using namespace crypten;

namespace {

// The error that setting raises, as "code: advice"; "" if it raises none.
std::string refusal(std::string_view name, std::string_view value) {
  Config config;
  try {
    config.set(name, value);
  } catch (const InvalidArgument& error) {
    return std::to_string(error.code()) + ": " + error.todo();
  }
  return "";
}

}  // namespace

TEST_CASE("every field is set and read by its name") {
  Config config;
  config.set("encoder.precision_bits", "20");
  config.set("protocol.truncation", "exact");
  config.set("communicator.round_timeout", "2.5");
  config.set("communicator.rendezvous_timeout", "7");
  config.set("communicator.insecure_plaintext", "true");
  config.set("debug.check_ranges", "1");
  CHECK(config.precision_bits == 20);
  CHECK(config.truncation == Truncation::exact);
  CHECK(config.round_timeout_s == 2.5);
  CHECK(config.rendezvous_timeout_s == 7);
  CHECK(config.insecure_plaintext);
  CHECK(config.check_ranges);
  for (const auto& field : config.fields()) {
    CHECK(config.get(field.name) == field.value);
    Config copy;
    copy.set(field.name, field.value);  // text reads back
    CHECK(copy.get(field.name) == field.value);
  }
}

TEST_CASE("fields are sorted; only compared ones are canonical") {
  const Config config;
  const auto fields = config.fields();
  REQUIRE(fields.size() == 6);
  for (size_t i = 1; i < fields.size(); ++i) CHECK(fields[i - 1].name < fields[i].name);
  CHECK(config.canonical() ==
        "communicator.insecure_plaintext=false\ndebug.check_ranges=false\nencoder.precision_bits=16\nprotocol.truncation=dithered\n");
  Config other;
  other.set("communicator.round_timeout", "1");
  CHECK(other.canonical() == config.canonical());
  other.set("encoder.precision_bits", "17");
  CHECK(other.canonical() != config.canonical());
}

TEST_CASE("an unknown name is answered with the nearest one") {
  CHECK(refusal("encoder.precison_bits", "16") == "110: did you mean \"encoder.precision_bits\"?");
  CHECK(refusal("precision_bits", "16") == "110: did you mean \"encoder.precision_bits\"?");
  CHECK(refusal("comunicator.round_timeot", "16") == "110: did you mean \"communicator.round_timeout\"?");
  CHECK(refusal("colour", "red").find("use one of:") != std::string::npos);
  CHECK_THROWS_AS(Config().get(""), InvalidArgument);
}

TEST_CASE("values that do not parse or lie outside the range are refused and change nothing") {
  for (const char* bad : {"", "x", "16.5", "16 ", " 16", "0x10", "99999999999999999999"})
    CHECK(refusal("encoder.precision_bits", bad).substr(0, 3) == "111");
  for (const char* bad : {"7", "25", "-16"}) CHECK(refusal("encoder.precision_bits", bad).substr(0, 3) == "112");
  for (const char* good : {"8", "24"}) CHECK(refusal("encoder.precision_bits", good).empty());
  for (const char* bad : {"0", "-1", "nan", "inf", "1e7"}) CHECK(refusal("communicator.round_timeout", bad).substr(0, 3) == "112");
  CHECK(refusal("protocol.truncation", "Exact").substr(0, 3) == "111");
  CHECK(refusal("debug.check_ranges", "yes").substr(0, 3) == "111");
  Config config;
  CHECK_THROWS(config.set("encoder.precision_bits", "25"));
  CHECK(config.precision_bits == 16);
}
