#include "comm/last_words.h"
#include "mpc/provider/dealer_server.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "comm/session.h"
#include "crypten_core/error.h"
#include "mpc/provider/request_limits.h"
#include "providers.h"
#include "reference.h"

using namespace crypten;
using test::send;

namespace {

// A stream under a certificate: everything else is the stream's own.
class Identified final : public ByteStream {
 public:
  Identified(std::shared_ptr<ByteStream> stream, std::string identity) : stream_(std::move(stream)), identity_(std::move(identity)) {}
  Wire send(std::span<const Bytes> pieces) override { return stream_->send(pieces); }
  Wire receive(ByteVector& message, Clock::time_point deadline) override { return stream_->receive(message, deadline); }
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override { return stream_->receive_into(pieces, deadline); }
  Wire flush(Clock::time_point deadline) override { return stream_->flush(deadline); }
  size_t max_message() const override { return stream_->max_message(); }
  std::string peer_identity() const override { return identity_; }
  std::string detail() const override { return stream_->detail(); }
  void close() override { stream_->close(); }

 private:
  std::shared_ptr<ByteStream> stream_;
  std::string identity_;
};

struct Outcome {
  std::string server, client;  // classes of errors; empty: accepted
};

// What server and client make of a client that holds `identity` and claims what `session` says.
Outcome meet(DealerServer& server, const Session& session, const std::string& identity) {
  auto [ours, theirs] = local_stream_pair();
  auto serving = std::async(std::launch::async, [&, stream = std::shared_ptr<ByteStream>(std::move(theirs))]() -> std::string {
    Identified client(stream, identity);
    try {
      server.serve(client);
      return "";
    } catch (const std::exception& error) {
      return error_class(error);
    }
  });
  Outcome outcome;
  try {
    dealer_provider(session, test::reached(std::move(ours)), test::soon());
  } catch (const std::exception& error) {
    outcome.client = error_class(error);
  }
  outcome.server = serving.get();
  return outcome;
}

const std::vector<std::string> kRoster{"certificate 0", "certificate 1", "certificate 2"};

Session pinned(int rank, int world_size = 3) {
  Session session = test::session(rank, world_size);
  session.roster_hash = roster_digest(kRoster);
  return session;
}

}  // namespace

TEST_CASE("a rank's key goes to the holder of its certificate only") {
  DealerServer server(random_key(), {.roster = kRoster, .fingerprint = "the dealer's own"});
  for (int rank = 0; rank < 3; ++rank) {
    const auto right = meet(server, pinned(rank), kRoster[static_cast<size_t>(rank)]);
    REQUIRE(right.client.empty());
    REQUIRE(right.server.empty());
    for (const std::string& identity : {kRoster[static_cast<size_t>((rank + 1) % 3)], std::string("another"), std::string("plaintext"), std::string("local"), std::string()}) {
      CAPTURE(rank, identity);
      const auto wrong = meet(server, pinned(rank), identity);
      REQUIRE(wrong.client == "PeerIdentityMismatch");
      REQUIRE(wrong.server == "PeerIdentityMismatch");
    }
  }
  REQUIRE(server.counters().refused == 15);
}

TEST_CASE("a party's certificate cannot deal") {
  REQUIRE_THROWS_AS(DealerServer(random_key(), {.roster = kRoster, .fingerprint = kRoster[1]}), DealerIsParty);
}

TEST_CASE("refused: another world size, roster, revision, a rank out of range, a certificate where there is no roster") {
  DealerServer server(random_key(), {.roster = kRoster, .fingerprint = "dealer"}), open_server(random_key(), {});
  REQUIRE(meet(server, pinned(1, 2), kRoster[1]).client == "PeerIdentityMismatch");
  auto other_roster = pinned(1);
  other_roster.roster_hash[0] ^= 1;
  REQUIRE(meet(server, other_roster, kRoster[1]).client == "ConfigMismatch");
  REQUIRE(meet(server, pinned(3), kRoster[0]).client == "SessionError");
  REQUIRE(meet(open_server, test::session(0, 100'000), "local").client == "SessionError");
  REQUIRE(meet(open_server, test::session(0, 2), "certificate 0").client == "PeerIdentityMismatch");
  REQUIRE(meet(open_server, test::session(0, 2), "plaintext").client.empty());
}

TEST_CASE("what is no hello is refused, in bounded time") {
  DealerServer server(random_key(), {.hello_timeout = std::chrono::milliseconds(50)});
  test::Served silent(server);
  REQUIRE(silent.outcome() == "MalformedFrame");
  test::Served foreign(server);
  send(*foreign.client, ByteVector(100, std::byte{3}));
  REQUIRE(foreign.outcome() == "MalformedFrame");
  test::Served older(server);
  send(*older.client, encode(DealerHello{.revision = 99}));
  ByteVector reply;
  REQUIRE(older.client->receive(reply, test::soon()) == Wire::ok);
  REQUIRE(decode_reply(reply)->refusal.error_class == "VersionMismatch");
  REQUIRE(older.outcome() == "VersionMismatch");
}

namespace {

ByteVector record_of(const Request& request) {
  const std::string bytes = canonical(request);
  ByteVector record(4 + bytes.size(), std::byte{});
  const auto length = static_cast<uint32_t>(bytes.size());
  std::memcpy(record.data(), &length, 4);
  std::memcpy(record.data() + 4, bytes.data(), bytes.size());
  return record;
}

Request words(int64_t count, uint64_t index) { return {.index = index, .body = ShareRequest{{{reference::mask_term(reference::mask({count}, 0)), 64}}}}; }

}  // namespace

TEST_CASE("bytes that are no request end the stream with a reason; the server goes on with others") {
  DealerServer server(random_key(), {});
  const auto corrupt = [&](ByteVector message) {
    test::Served served(server);
    send(*served.client, encode(DealerHello{.revision = kProtocolRevision, .roster_hash = roster_digest({}), .rank = 0, .world_size = 1}));
    ByteVector reply;
    REQUIRE(served.client->receive(reply, test::soon()) == Wire::ok);
    REQUIRE(decode_reply(reply)->rank_key.has_value());
    send(*served.client, message);
    REQUIRE(served.client->receive(reply, test::soon()) == Wire::ok);
    REQUIRE(bool(reply.at(0) == static_cast<std::byte>(AnswerStatus::refused)));
    REQUIRE(served.client->receive(reply, test::soon()) == Wire::closed);
    return served.outcome();
  };
  REQUIRE(corrupt(ByteVector(4, std::byte{0xff})) == "MalformedFrame");                           // a request of 4 GiB
  REQUIRE(corrupt({std::byte{2}, {}, {}, {}, std::byte{7}, std::byte{7}}) == "MalformedFrame");               // no request
  const auto matrix = reference::mask_term(reference::mask({2, 3}, 0));
  REQUIRE(corrupt(record_of({.body = ProductRequest{.op = Bilinear::matmul(), .pairs = {{matrix, matrix, 64}}}})) == "InvalidArgument");
  Request foreign = words(2, 0);
  foreign.corrected = 1;
  REQUIRE(corrupt(record_of(foreign)) == "InvalidArgument");
  auto fine = test::providers(test::Kind::service, 2);
  REQUIRE_NOTHROW(fine[1].request(ShareRequest{{{reference::mask_term(reference::mask({3}, 0)), 64}}}).ring());
}

TEST_CASE("a correction beyond the dealer's limit is refused") {
  DealerServer server(random_key(), {.max_correction_bytes = 100});
  test::Served served(server);
  const auto provider = dealer_provider(test::session(0, 1), test::reached(std::move(served.client)), test::soon());
  const auto small = provider->request(ShareRequest{{{reference::mask_term(reference::mask({12}, 0)), 64}}});
  REQUIRE(small.ring().numel() == 12);
  const auto large = provider->request(ShareRequest{{{reference::mask_term(reference::mask({13}, 0)), 64}}});
  REQUIRE_THROWS_AS(large.ring(), ProtocolError);
}

namespace {

// A client that has said hello and got its key; what it does next is the test's matter.
struct Greeted : test::Served {
  Greeted(DealerServer& server, uint8_t session = 1) : test::Served(server) {
    Digest id{};
    id[0] = session;
    send(*client, encode(DealerHello{.revision = kProtocolRevision, .session_id = id, .roster_hash = roster_digest({}), .rank = 0, .world_size = 1}));
    ByteVector reply;
    welcome = client->receive(reply, test::soon()) == Wire::ok && decode_reply(reply)->rank_key.has_value();
    if (!welcome) why = decode_reply(reply)->refusal.problem;
  }
  ~Greeted() { client.reset(); }  // or its server's thread would not end
  bool welcome = false;
  std::string why;
};

// A stream whose other side reads nothing: what is flushed stays where it is.
class Unread final : public ByteStream {
 public:
  explicit Unread(std::shared_ptr<ByteStream> stream) : stream_(std::move(stream)) {}
  Wire send(std::span<const Bytes> pieces) override {
    ++sends;
    return stream_->send(pieces);
  }
  Wire receive(ByteVector& message, Clock::time_point deadline) override { return stream_->receive(message, deadline); }
  Wire receive_into(std::span<const MutableBytes> pieces, Clock::time_point deadline) override { return stream_->receive_into(pieces, deadline); }
  Wire flush(Clock::time_point deadline) override {
    if (sends <= 1 || !deaf) return stream_->flush(deadline);  // the key was taken
    while (!closed && deaf && Clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return closed ? Wire::closed : deaf ? Wire::deadline : Wire::ok;
  }
  size_t max_message() const override { return stream_->max_message(); }
  std::string peer_identity() const override { return "local"; }
  std::string detail() const override { return stream_->detail(); }
  void close() override {
    closed = true;
    stream_->close();
  }
  std::atomic<int> sends = 0;
  std::atomic<bool> deaf = true, closed = false;

 private:
  std::shared_ptr<ByteStream> stream_;
};

}  // namespace

TEST_CASE("one rank of one session has few clients; other sessions and a place that becomes free are not concerned") {
  DealerServer server(random_key(), {.max_clients_per_rank = 2});
  auto first = std::make_unique<Greeted>(server);
  Greeted second(server), other(server, 2);
  REQUIRE((first->welcome && second.welcome && other.welcome));
  {
    Greeted third(server);
    CHECK_FALSE(third.welcome);
    CHECK(third.why == "this rank of this session has too many clients");
  }
  CHECK(server.counters().refused_by_code == std::map<int, uint64_t>{{363, 1}});
  CHECK(server.counters().sessions == 2);
  CHECK(server.counters().connected == 3);
  first->client->close();
  first->outcome();
  CHECK(Greeted(server).welcome);
}

TEST_CASE("a request that would expand more than half of the dealer's memory is refused by name, and its session ends; others go on") {
  DealerServer server(random_key(), {.memory = 64 << 20});
  Greeted greedy(server), modest(server, 2);
  send(*greedy.client, record_of(words(3 << 20, 0)));  // 24 MiB each: the mask, what it spans, the term and its shares
  ByteVector answer;
  REQUIRE(greedy.client->receive(answer, test::soon()) == Wire::ok);
  REQUIRE(bool(answer.at(0) == static_cast<std::byte>(AnswerStatus::refused)));
  const std::string why(reinterpret_cast<const char*>(answer.data()) + kAnswerHeader, answer.size() - kAnswerHeader);
  CHECK(why.find("beyond the dealer's memory") != std::string::npos);
  CHECK(greedy.outcome() == "InvalidArgument");
  send(*modest.client, record_of(words(100, 0)));
  REQUIRE(modest.client->receive(answer, test::soon()) == Wire::ok);
  CHECK(bool(answer.at(0) == static_cast<std::byte>(AnswerStatus::correction)));
  CHECK(server.memory_held() == 0);
}

TEST_CASE("masks of static values are kept for a session while it has clients; the answers are the same") {
  const Key master = random_key();
  DealerServer keeping(master, {}), forgetful(master, {.kept_masks = 0});
  const auto matrix = [](const MaskRef& mask) { return reference::mask_term(mask); };
  const auto product = [&](uint64_t index, uint64_t call) {
    return Request{.call = call, .index = index, .body = ProductRequest{Bilinear::matmul(), {{matrix(reference::mask({2, 64}, 0, call)), matrix(reference::mask({64, 64}, 500)), 64}}}};
  };
  const auto answer_of = [](Greeted& client, const Request& request) {
    send(*client.client, record_of(request));
    ByteVector answer;
    REQUIRE(client.client->receive(answer, test::soon()) == Wire::ok);
    return answer;
  };
  {
    Greeted client(keeping), same(keeping), plain(forgetful);
    for (uint64_t call = 1; call <= 3; ++call) {
      const auto answer = answer_of(call == 2 ? same : client, product(call, call));
      REQUIRE(answer.size() == kAnswerHeader + 8 * 2 * 64);
      REQUIRE((answer == answer_of(plain, product(call, call))));
      REQUIRE(keeping.masks_held() == (call == 1 ? 0 : 8 * 64 * 64));
    }
    REQUIRE(forgetful.masks_held() == 0);
    same.client->close();
    same.outcome();
    REQUIRE(keeping.masks_held() == 8 * 64 * 64);
    client.client->close();
    client.outcome();
    REQUIRE(keeping.masks_held() == 0);
  }
}

TEST_CASE("a client that does not read holds its share, costs others nothing while there is room, and leaves by name when they need it") {
  DealerServer server(random_key(), {.memory = 64 << 20, .stalled_after = std::chrono::milliseconds(200)});
  struct Stalled {
    explicit Stalled(DealerServer& server) {
      auto [ours, theirs] = local_stream_pair();
      client = std::move(ours);
      stream = std::make_shared<Unread>(std::move(theirs));
      serving = std::async(std::launch::async, [&server, unread = stream]() -> int {
        try {
          server.serve(*unread);
          return 0;
        } catch (const Error& error) {
          return error.code();
        }
      });
    }
    ~Stalled() {
      stream->deaf = false;
      client->close();
    }
    std::unique_ptr<ByteStream> client;
    std::shared_ptr<Unread> stream;
    std::future<int> serving;
  };
  // A request of 8 MiB of correction takes 32 MiB while it is dealt.
  const auto million = record_of(words(1 << 20, 0));
  std::vector<std::unique_ptr<Stalled>> stalled;
  for (uint8_t number = 1; number <= 5; ++number) {
    Digest id{};
    id[0] = number;
    stalled.push_back(std::make_unique<Stalled>(server));
    send(*stalled.back()->client, encode(DealerHello{.revision = kProtocolRevision, .session_id = id, .roster_hash = roster_digest({}), .rank = 0, .world_size = 1}));
    send(*stalled.back()->client, million);
    const uint64_t held = uint64_t{number} << 23;
    for (const auto end = test::soon(); server.memory_held() != held && Clock::now() < end;) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    REQUIRE(server.memory_held() == held);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // longer than is allowed, and nobody minds
  CHECK(server.memory_held() == 40 << 20);
  Greeted small(server, 10), large(server, 11);
  ByteVector answer;
  send(*small.client, record_of(words(1000, 0)));
  CHECK(small.client->receive(answer, test::soon()) == Wire::ok);  // does not wait
  CHECK(server.memory_held() == 40 << 20);
  send(*large.client, million);
  uint64_t got = 0;
  while (got < kAnswerHeader + (8 << 20) && large.client->receive(answer, test::soon()) == Wire::ok) got += answer.size();
  CHECK(got == kAnswerHeader + (8 << 20));
  uint64_t left = 0;
  for (auto& one : stalled) {
    one->stream->deaf = false;
    one->client->close();
    const int code = one->serving.get();
    CHECK((code == 0 || code == 362));
    left += code == 362;
  }
  REQUIRE(left >= 1);
  CHECK(server.counters().refused_by_code == std::map<int, uint64_t>{{362, left}});
}

TEST_CASE("replicas with one master key give identical bytes; sessions and master keys give others") {
  const Key master = random_key();
  const auto correction = [&](const Key& key, const Session& session) {
    DealerServer server(key, {});
    test::Served served(server);
    const auto provider = dealer_provider(session, test::reached(std::move(served.client)), test::soon());
    return provider->request(ShareRequest{{{reference::mask_term(reference::mask({4}, 0)), 64}}}).ring();
  };
  const auto first = correction(master, test::session(1, 2, 1));
  REQUIRE(first.equal(correction(master, test::session(1, 2, 1))));
  REQUIRE_FALSE(first.equal(correction(master, test::session(1, 2, 2))));
  REQUIRE_FALSE(first.equal(correction(random_key(), test::session(1, 2, 1))));
}

TEST_CASE("sessions are served side by side") {
  DealerServer server(random_key(), {});
  std::vector<std::future<bool>> sessions;
  for (uint8_t id = 1; id <= 4; ++id) {
    sessions.push_back(std::async(std::launch::async, [&server, id] {
      std::vector<std::unique_ptr<test::Served>> served;
      std::vector<std::unique_ptr<Provider>> providers;
      for (int rank = 0; rank < 3; ++rank) {
        served.push_back(std::make_unique<test::Served>(server));
        providers.push_back(dealer_provider(test::session(rank, 3, id), test::reached(std::move(served.back()->client)), test::soon()));
      }
      const auto ref = reference::mask({5000}, 3);
      RingTensor sum = RingTensor::zeros({5000}), lambda = RingTensor::zeros({5000});
      for (auto& provider : providers) {
        sum = sum + provider->request(ShareRequest{{{reference::mask_term(ref), 64}}}).ring();
        auto words = RingTensor::empty({5000});
        provider->streams().masks(0)->fill({reinterpret_cast<uint64_t*>(words.words().mutable_data_ptr<int64_t>()), 5000}, 3);
        lambda = lambda + words;
      }
      return sum.equal(lambda);
    }));
  }
  for (auto& session : sessions) REQUIRE(session.get());
  REQUIRE(server.counters().clients == 12);
  REQUIRE(server.counters().requests == 4);
  REQUIRE(server.counters().correction_bytes == 4 * 40'000);
}
