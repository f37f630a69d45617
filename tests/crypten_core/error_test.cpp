#include "crypten_core/error.h"

#include <catch2/catch.hpp>

using namespace crypten;

TEST_CASE("an error has a code, four facts and four lines") {
  const InvalidArgument error(123, "what", "place", "reason", "advice");
  CHECK(error.code() == 123);
  CHECK(error.problem() == "what");
  CHECK(error.where() == "place");
  CHECK(error.why() == "reason");
  CHECK(error.todo() == "advice");
  CHECK(std::string(error.what()) == "CRY-0123 what\nwhere: place\nwhy: reason\ndo: advice");
  CHECK(std::string(Error(7, "", "", "", "").what()).substr(0, 8) == "CRY-0007");
  CHECK(std::string(Error(12345, "", "", "", "").what()).substr(0, 9) == "CRY-12345");
}

TEST_CASE("an error is caught as what it is a kind of") {
  const auto thrown = [] { throw IndexError(1, "", "", "", ""); };
  CHECK_THROWS_AS(thrown(), InvalidArgument);
  CHECK_THROWS_AS(thrown(), Error);
  CHECK_THROWS_AS(thrown(), std::runtime_error);
  CHECK_THROWS_AS(throw PeerLost(1, "", "", "", ""), CommError);
  CHECK_THROWS_AS(throw ConfigMismatch(1, "", "", "", ""), SessionError);
  CHECK_THROWS_AS(throw MaskReuse(1, "", "", "", ""), ProtocolError);
}
