#include "comm/failure.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"

using namespace crypten;

namespace {

const Place kHere{.rank = 0, .round = 17, .scope = "net/multiply (2, 3)"};

template <class E>
E caught(auto&& thrower) {
  try {
    thrower();
  } catch (const E& error) {
    return error;
  }
  FAIL("another class, or nothing, was thrown");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("every failure of a round names rank, round, operation, peer and what to do") {
  const auto check = [](const Error& error, const std::string& what, const std::string& why) {
    CHECK_THAT(error.problem(), Catch::Contains(what));
    CHECK_THAT(error.where(), Catch::Contains("rank 0") && Catch::Contains("round 17") && Catch::Contains("\"net/multiply (2, 3)\""));
    CHECK_THAT(error.why(), Catch::Contains(why));
    CHECK_FALSE(error.todo().empty());
  };
  check(caught<PeerLost>([] { throw_peer_lost(kHere, 2, "closed by the peer"); }), "rank 2 is lost", "closed by the peer");
  check(caught<PeerFinished>([] { throw_peer_finished(kHere, 2); }), "rank 2 has finished", "good order");
  check(caught<PeerStalled>([] { throw_peer_stalled(kHere, 2, 3.5); }), "rank 2 does not answer", "3.5 s");
  check(caught<MalformedFrame>([] { throw_malformed_frame(kHere, 2, "replayed"); }), "rank 2", "replayed");
  check(caught<ProgramMismatch>([] { throw_program_mismatch(kHere, 2, "net/square (2, 3)"); }), "different operations",
        "round 17: here \"net/multiply (2, 3)\", rank 2 \"net/square (2, 3)\"");
}

TEST_CASE("last words are thrown as what they mean here") {
  LastWords words{.culprit = 2, .round = 16, .error_class = "PeerLost", .scope = "a", .culprit_scope = "b"};
  CHECK_THAT(caught<PeerLost>([&] { throw_last_words(kHere, 1, words); }).problem(), Catch::Contains("rank 2 is lost"));
  words.error_class = "PeerStalled";
  CHECK_THAT(caught<PeerStalled>([&] { throw_last_words(kHere, 1, words); }).problem(), Catch::Contains("rank 2"));
  words.error_class = "ProgramMismatch";
  CHECK_THAT(caught<ProgramMismatch>([&] { throw_last_words(kHere, 1, words); }).why(), Catch::Contains("rank 1 \"a\", rank 2 \"b\""));
  words.culprit = 0;  // it diverges from us
  CHECK_THAT(caught<ProgramMismatch>([&] { throw_last_words(kHere, 1, words); }).why(), Catch::Contains("here \"net/multiply (2, 3)\", rank 1 \"a\""));
  words = {.round = 16, .error_class = "ValueError", .scope = "a"};
  const auto aborted = caught<PeerAborted>([&] { throw_last_words(kHere, 1, words); });
  CHECK_THAT(aborted.problem(), Catch::Contains("rank 1 failed: ValueError"));
  CHECK_THAT(aborted.why(), Catch::Contains("round 16") && Catch::Contains("\"a\""));
  words = {.culprit = 2, .round = 16, .error_class = "MalformedFrame", .scope = "a"};
  CHECK_THAT(caught<PeerAborted>([&] { throw_last_words(kHere, 1, words); }).why(), Catch::Contains("names rank 2"));
  words = {.culprit = 0, .round = 16, .error_class = "PeerLost"};  // it lost us, and says so on the same connection
  CHECK_THROWS_AS(throw_last_words(kHere, 1, words), PeerAborted);
}
