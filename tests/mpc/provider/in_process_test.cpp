#include "mpc/provider/in_process.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "providers.h"
#include "reference.h"

using namespace crypten;

TEST_CASE("the in-process dealer refuses a session over a network") {
  auto session = test::session(0, 1);
  session.roster_hash = roster_digest({"a certificate"});
  REQUIRE_THROWS_AS(in_process_provider(session, std::make_shared<InProcessDealer>(1)), SessionError);
}

TEST_CASE("the in-process dealer refuses a rank twice and another world size") {
  const auto dealer = std::make_shared<InProcessDealer>(2);
  const auto first = in_process_provider(test::session(0, 2), dealer);
  REQUIRE_THROWS_AS(in_process_provider(test::session(0, 2), dealer), InvalidArgument);
  REQUIRE_THROWS_AS(in_process_provider(test::session(1, 3), dealer), InvalidArgument);
  REQUIRE_THROWS_AS(InProcessDealer(0), InvalidArgument);
  REQUIRE_THROWS_AS(InProcessDealer(DealerStreams{}), InvalidArgument);
}

TEST_CASE("sessions of one in-process dealer have streams of their own, unless streams were given") {
  const auto dealer = std::make_shared<InProcessDealer>(1);
  const auto first = in_process_provider(test::session(0, 1, 1), dealer), second = in_process_provider(test::session(0, 1, 2), dealer);
  REQUIRE(reference::word(*first->streams().masks(0), 0) != reference::word(*second->streams().masks(0), 0));
  const auto streams = reference::streams(1);
  const auto given = in_process_provider(test::session(0, 1), std::make_shared<InProcessDealer>(streams));
  REQUIRE(&given->streams() == streams[0].get());
}

TEST_CASE("a rank in another process is missed, not served with wrong shares") {
  auto session = test::session(1, 2);
  session.config.rendezvous_timeout_s = 0.05;
  const auto provider = in_process_provider(session, std::make_shared<InProcessDealer>(2));
  const auto dealt = provider->request(ShareRequest{{{reference::mask_term(reference::mask({2}, 0)), 64}}});
  REQUIRE_THROWS_AS(dealt.ring(), SessionError);
}
