#include "comm/session.h"

#include <catch2/catch.hpp>
#include <mutex>
#include <set>

#include "comm/byte_codec.h"
#include "comm/hello.h"
#include "comm/refusal.h"
#include "crypten_core/error.h"
#include "tests/support/run_communicators.h"
#include "tests/support/tapped_channel.h"

using namespace crypten;
using crypten::testing::TappedChannel;

namespace {

using Channels = std::vector<std::unique_ptr<Channel>>;
using Adjust = std::function<void(int rank, SessionOptions&)>;

struct Outcome {
  std::optional<Session> session;
  std::exception_ptr error;
  std::set<HandshakeStep> sent;  // the steps of all messages that left
};

Clock::time_point in_ms(int ms) { return Clock::now() + std::chrono::milliseconds(ms); }

SessionOptions options_of(int rank, int size) {
  SessionOptions options;
  options.rank = rank;
  options.world_size = size;
  options.run_id = "run";
  options.program = "program";
  return options;
}

// A handshake of all ranks. `rewire` may change a rank's channels; a rank that `absent` names does nothing but hold its channels until the others are done.
std::vector<Outcome> shake(int size, const Adjust& adjust = {}, int timeout_ms = 20000, int absent = -1,
                           const std::function<void(int, TappedChannel&, int peer)>& rewire = {}) {
  LocalNetwork network(size);
  std::vector<Outcome> outcomes(size);
  std::vector<Channels> kept(size);
  const auto errors = crypten::testing::run_ranks(network, [&](int rank, Channels channels) {
    for (int peer = 0; peer < size; ++peer) {
      if (!channels[peer]) continue;
      auto tapped = std::make_unique<TappedChannel>(std::move(channels[peer]));
      tapped->on_send = [&outcomes, rank](const ByteVector& message) {
        Bytes body;
        outcomes[rank].sent.insert(decode_step(message, body).value().step);
      };
      if (rewire) rewire(rank, *tapped, peer);
      channels[peer] = std::move(tapped);
    }
    kept[rank] = std::move(channels);
    if (rank == absent) return;
    SessionOptions options = options_of(rank, size);
    if (adjust) adjust(rank, options);
    outcomes[rank].session = handshake(options, kept[rank], in_ms(timeout_ms));
  });
  for (int rank = 0; rank < size; ++rank) outcomes[rank].error = errors[rank];
  return outcomes;
}

template <class E>
std::string text_of(const std::exception_ptr& error) {
  if (!error) return "(nothing was thrown)";
  try {
    std::rethrow_exception(error);
  } catch (const E& e) {
    return e.problem() + " | " + e.where() + " | " + e.why() + " | " + e.todo();
  } catch (const std::exception& e) {
    return std::string("(another class) ") + error_class(e) + " " + e.what();
  }
}

// Both ranks of two throw E and name `field` with both values.
template <class E>
void both_throw(const Adjust& adjust, const std::string& field, const std::string& first, const std::string& second) {
  const auto outcomes = shake(2, adjust);
  for (const Outcome& outcome : outcomes) {
    const std::string text = text_of<E>(outcome.error);
    INFO(text);
    CHECK_THAT(text, Catch::Contains(field + ": rank") && Catch::Contains("rank 0 has \"" + first + "\"") &&
                         Catch::Contains("rank 1 has \"" + second + "\""));
    CHECK_FALSE(outcome.sent.contains(HandshakeStep::keys));
  }
}

std::string other_value(const std::string& name) {
  const std::string now = Config().get(name);
  for (const char* candidate : {"true", "false", "17", "exact", "dithered", "4", "none"}) {
    Config config;
    try {
      config.set(name, candidate);
    } catch (const InvalidArgument&) {
      continue;
    }
    if (config.get(name) != now) return candidate;
  }
  return "";
}

}  // namespace

TEST_CASE("a handshake gives all parties one session and each pair a key of its own") {
  for (int size : {1, 2, 3, 5}) {
    const auto outcomes = shake(size);
    std::vector<Key> keys;
    for (const Outcome& outcome : outcomes) REQUIRE(outcome.session);
    const Session& first = *outcomes[0].session;
    keys.push_back(first.common);
    for (int rank = 0; rank < size; ++rank) {
      const Session& session = *outcomes[rank].session;
      CHECK(session.rank == rank);
      CHECK(session.world_size == size);
      CHECK(session.id == first.id);
      CHECK(session.common == first.common);
      REQUIRE(session.pair.size() == static_cast<size_t>(size));
      for (int peer = 0; peer < size; ++peer) CHECK((peer == rank || session.pair[peer] == outcomes[peer].session->pair[rank]));
      for (int peer = rank; peer < size; ++peer) keys.push_back(session.pair[peer]);
    }
    keys.push_back(Key());
    for (size_t i = 0; i < keys.size(); ++i) {
      for (size_t j = 0; j < i; ++j) CHECK_FALSE(keys[i] == keys[j]);
    }
  }
}

TEST_CASE("two sessions of the same parties have nothing in common") {
  const auto a = shake(2), b = shake(2);
  CHECK(a[0].session->id != b[0].session->id);
  CHECK_FALSE(a[0].session->common == b[0].session->common);
  CHECK_FALSE(a[0].session->pair[1] == b[0].session->pair[1]);
}

TEST_CASE("every configuration field that is compared stops the session, named on both sides") {
  int compared = 0;
  for (const Config::Field& field : Config().fields()) {
    const std::string other = other_value(field.name);
    INFO(field.name);
    REQUIRE_FALSE(other.empty());
    Config changed;
    changed.set(field.name, other);
    const Adjust adjust = [&](int rank, SessionOptions& options) {
      if (rank == 1) options.config = changed;
    };
    if (field.compared) {
      ++compared;
      both_throw<ConfigMismatch>(adjust, field.name, field.value, changed.get(field.name));
    } else {
      for (const Outcome& outcome : shake(2, adjust)) CHECK(outcome.session);
    }
  }
  CHECK(compared >= 3);
}

TEST_CASE("run id, program and roster are compared") {
  const auto rank_one = [](auto change) { return [change](int rank, SessionOptions& options) { if (rank == 1) change(options); }; };
  both_throw<ConfigMismatch>(rank_one([](SessionOptions& o) { o.run_id = "other"; }), "run id", "run", "other");
  both_throw<ConfigMismatch>(rank_one([](SessionOptions& o) { o.program = "else"; }), "program", "program", "else");
  const auto outcomes = shake(
      2,
      [](int rank, SessionOptions& options) {
        options.roster = {"c0", "c1"};
        if (rank == 1) options.roster[1] = "another";  // its own entry: only the other rank and the roster's hash can tell
      },
      20000, -1, [](int, TappedChannel& channel, int peer) { channel.identity = "c" + std::to_string(peer); });
  for (const Outcome& outcome : outcomes) CHECK_THAT(text_of<ConfigMismatch>(outcome.error), Catch::Contains("disagree about roster"));
}

TEST_CASE("a third rank hears who disagrees, and no key leaves anybody") {
  const auto outcomes = shake(4, [](int rank, SessionOptions& options) {
    if (rank == 2) options.config.precision_bits = 20;
  });
  for (const Outcome& outcome : outcomes) {
    CHECK_THAT(text_of<ConfigMismatch>(outcome.error), Catch::Contains("precision_bits") && Catch::Contains("rank 2 has \"20\""));
    CHECK_FALSE(outcome.sent.contains(HandshakeStep::keys));
  }
}

TEST_CASE("a certificate that is not the roster's ends the handshake before a hello is sent on that side") {
  const auto outcomes = shake(
      3, [](int, SessionOptions& options) { options.roster = {"c0", "c1", "c2"}; }, 20000, -1,
      [](int rank, TappedChannel& channel, int peer) { channel.identity = rank == 0 && peer == 2 ? "c1" : "c" + std::to_string(peer); });
  CHECK((outcomes[0].sent == std::set{HandshakeStep::refused}));
  for (const Outcome& outcome : outcomes) {
    CHECK_THAT(text_of<PeerIdentityMismatch>(outcome.error), Catch::Contains("rank 2") && Catch::Contains("c1") && Catch::Contains("c2"));
    CHECK_FALSE(outcome.sent.contains(HandshakeStep::keys));
  }
}

TEST_CASE("the right certificates are accepted, and enter the keys") {
  const auto named = [](const std::string& prefix) {
    return shake(
        2, [&](int, SessionOptions& options) { options.roster = {prefix + "0", prefix + "1"}; }, 20000, -1,
        [&](int, TappedChannel& channel, int peer) { channel.identity = prefix + std::to_string(peer); });
  };
  const auto outcomes = named("c");
  REQUIRE(outcomes[0].session);
  REQUIRE(outcomes[1].session);
  CHECK(outcomes[0].session->roster_hash != shake(2)[0].session->roster_hash);
}

TEST_CASE("plaintext and certificates without a roster are refused, unless plaintext is what all asked for") {
  const auto as = [](const std::string& identity, bool insecure) {
    return shake(
        2, [insecure](int, SessionOptions& options) { options.config.insecure_plaintext = insecure; }, 20000, -1,
        [identity](int, TappedChannel& channel, int) { channel.identity = identity; });
  };
  for (const Outcome& outcome : as("plaintext", false)) CHECK_THAT(text_of<PeerIdentityMismatch>(outcome.error), Catch::Contains("not encrypted"));
  for (const Outcome& outcome : as("plaintext", true)) CHECK(outcome.session);
  for (const Outcome& outcome : as("abcdef", true)) CHECK_THAT(text_of<PeerIdentityMismatch>(outcome.error), Catch::Contains("no roster"));
}

TEST_CASE("a rank that does not come is named when the time is over") {
  const auto start = Clock::now();
  const auto outcomes = shake(3, {}, 300, 2);
  CHECK(Clock::now() - start < std::chrono::seconds(5));
  for (int rank : {0, 1}) CHECK_THAT(text_of<RendezvousTimeout>(outcomes[rank].error), Catch::Contains("rank 2 did not come"));
}

TEST_CASE("a rank that goes away during the handshake is named") {
  LocalNetwork network(3);
  const auto errors = crypten::testing::run_ranks(network, [&](int rank, Channels channels) {
    if (rank != 2) handshake(options_of(rank, 3), channels, in_ms(20000));
  });
  for (int rank : {0, 1}) CHECK_THAT(text_of<PeerLost>(errors[rank]), Catch::Contains("rank 2 is lost"));
}

TEST_CASE("wrong options are refused before anything is sent") {
  LocalNetwork network(2);
  const Channels channels = network.channels(0);
  const auto refused = [&](auto change) {
    SessionOptions options = options_of(0, 2);
    change(options);
    CHECK_THROWS_AS(handshake(options, channels, in_ms(1000)), InvalidArgument);
  };
  refused([](SessionOptions& o) { o.rank = 2; });
  refused([](SessionOptions& o) { o.rank = -1; });
  refused([](SessionOptions& o) { o.rank = 1; });  // the own channel is at 0
  refused([](SessionOptions& o) { o.world_size = 0; });
  refused([](SessionOptions& o) { o.world_size = 3; });
  refused([](SessionOptions& o) { o.roster = {"one"}; });
  refused([](SessionOptions& o) { o.roster = {"one", "one"}; });
  refused([](SessionOptions& o) { o.run_id = std::string(513, 'x'); });
  refused([](SessionOptions& o) { o.program = std::string(513, 'x'); });
  ByteVector message;
  CHECK(network.channels(1)[0]->receive(message, Clock::now()) == Wire::deadline);
}

TEST_CASE("an interrupt ends the handshake and its connections") {
  LocalNetwork network(2);
  const Channels channels = network.channels(0);
  const Channels other = network.channels(1);
  set_interrupt_check([] { throw std::domain_error("stop"); });
  CHECK_THROWS_AS(handshake(options_of(0, 2), channels, in_ms(20000)), std::domain_error);
  set_interrupt_check({});
  CHECK(other[0]->detail() == "closed by the peer");
}
