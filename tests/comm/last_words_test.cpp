#include "comm/last_words.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "crypten_core/error.h"

using namespace crypten;

namespace {
LastWords sample_words() { return {.witness = 1, .culprit = 2, .round = 17, .error_class = "PeerLost", .scope = "net/matmul (2, 3)", .culprit_scope = "net/square (2, 3)"}; }
}  // namespace

TEST_CASE("last words survive the wire") {
  const auto back = decode_last_words(encode(sample_words()));
  REQUIRE(back.ok());
  CHECK(*back == sample_words());
}

TEST_CASE("last words that end early or go on too long are refused") {
  auto bytes = encode(sample_words());
  for (size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_last_words(Bytes(bytes).first(size)).ok());
  bytes.push_back(std::byte{0});
  CHECK_FALSE(decode_last_words(bytes).ok());
}

TEST_CASE("long texts are cut before they leave, and foreign ones made printable") {
  LastWords words = sample_words();
  words.scope = std::string(5000, 'x');
  words.error_class = "Evil\x1b[2J";
  const auto back = decode_last_words(encode(words));
  REQUIRE(back.ok());
  CHECK(back->scope.size() == kLongestScope);
  CHECK(back->error_class == "Evil?[2J");
}

TEST_CASE("an exception is called by its class, without its text") {
  CHECK(error_class(PeerLost(1, "secret", "", "", "")) == "PeerLost");
  CHECK(error_class(InvalidArgument(1, "secret", "", "", "")) == "InvalidArgument");
  CHECK(error_class(std::runtime_error("secret")) == "std::runtime_error");
}
