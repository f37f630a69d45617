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

TEST_CASE("whatever a fact names can be shown: no control characters, no broken UTF-8, no endless text (D1)") {
  const auto why = [](const std::string& text) { return Error(1, "what", "where", text, "todo").why(); };
  CHECK(why("two\nlines of ASCII") == "two\nlines of ASCII");
  CHECK(why("größer als 2⁶⁴ \U0001f512") == "größer als 2⁶⁴ \U0001f512");
  CHECK(why("a\x1b[2J\r\t\x7f") == "a?[2J???");
  CHECK(why(std::string("a\0b", 3)) == "a?b");
  CHECK(why("\xff\xc3") == "??");                // no lead byte; ends early
  CHECK(why("\xc0\xaf") == "??");                // overlong
  CHECK(why("\xe0\x80\xaf") == "???");           // overlong
  CHECK(why("\xed\xa0\x80") == "???");           // a surrogate
  CHECK(why("\xf4\x90\x80\x80x") == "????x");    // beyond the last letter
  CHECK(why("\xe2\x82x") == "??x");
  CHECK(why(std::string(5000, 'a')) == std::string(4096, 'a'));
  std::string letter_at_the_end(4095, 'a');
  letter_at_the_end += "ß";
  CHECK(why(letter_at_the_end).size() == 4097);  // letters stay whole
  const Error error(1, "\x1b", "\x1b", "\x1b", "\x1b");
  CHECK(std::string(error.what()).find('\x1b') == std::string::npos);
  CHECK(error.problem() + error.where() + error.todo() == "???");
}
