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

TEST_CASE("last words are thrown as what they mean here, by the cause and not by the messenger") {
  const auto words = [](std::string error_class, uint32_t witness, uint32_t culprit) {
    return LastWords{.witness = witness, .culprit = culprit, .round = 16, .error_class = std::move(error_class), .scope = "a", .culprit_scope = "b"};
  };
  const auto thrown = [](const LastWords& w) { return [w] { throw_last_words(kHere, 3, w); }; };
  CHECK_THAT(caught<PeerLost>(thrown(words("PeerLost", 1, 2))).problem(), Catch::Contains("rank 2 is lost"));
  CHECK_THAT(caught<PeerLost>(thrown(words("PeerLost", 1, 2))).why(), Catch::Contains("rank 1 found it in its round 16 in \"a\"; rank 3 passed it on"));
  CHECK_THAT(caught<PeerLost>(thrown(words("PeerLost", 3, 2))).why(), !Catch::Contains("passed it on"));
  CHECK_THAT(caught<PeerStalled>(thrown(words("PeerStalled", 1, 2))).problem(), Catch::Contains("rank 2 does not answer"));
  CHECK_THAT(caught<PeerFinished>(thrown(words("PeerFinished", 1, 2))).problem(), Catch::Contains("rank 2 has finished"));
  CHECK_THAT(caught<ProgramMismatch>(thrown(words("ProgramMismatch", 1, 2))).why(), Catch::Contains("round 16: rank 1 \"a\", rank 2 \"b\""));
  CHECK_THAT(caught<ProgramMismatch>(thrown(words("ProgramMismatch", 1, 0))).why(), Catch::Contains("here \"net/multiply (2, 3)\", rank 1 \"a\""));
  CHECK_THAT(caught<PeerAborted>(thrown(words("ValueError", 1, 1))).problem(), Catch::Contains("rank 1 failed: ValueError"));
  CHECK_THAT(caught<PeerAborted>(thrown(words("MalformedFrame", 1, 2))).why(), Catch::Contains("it names rank 2"));
  for (const char* because_of_us : {"PeerLost", "PeerStalled", "PeerFinished", "MalformedFrame"}) {
    CHECK_THAT(caught<PeerAborted>(thrown(words(because_of_us, 1, 0))).why(), Catch::Contains("it names this rank"));
  }
}
