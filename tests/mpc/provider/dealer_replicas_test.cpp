#include "mpc/provider/dealer_replicas.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "crypten_core/error.h"
#include "providers.h"
#include "reference.h"

using namespace crypten;

namespace {

constexpr uint64_t kNoEnd = uint64_t{1} << 40;

// A dealer whose connections break after so many bytes towards the client; dialled as often as one likes.
class BrittleDealer {
 public:
  BrittleDealer(const Key& master, uint64_t bytes, std::string address = "brittle") : server_(master, {}), bytes_(bytes), address_(std::move(address)) {}
  ~BrittleDealer() {
    for (auto& relay : relays_) relay.join();
  }

  DealerReplica replica() {
    return {address_, [this](Clock::time_point) {
              ++dialled;
              auto [client, middle] = local_stream_pair();
              relays_.emplace_back([this, near = std::shared_ptr<ByteStream>(std::move(middle))] { relay(*near); });
              return std::move(client);
            }};
  }
  std::atomic<int> dialled = 0;

 private:
  // One way in this thread, the other in another one.
  void relay(ByteStream& near) {
    test::Served served(server_);
    ByteStream& far = *served.client;
    std::thread requests([&] {
      ByteVector message;
      while (near.receive(message, test::soon()) == Wire::ok && pass_on(far, message)) {
      }
      far.close();
    });
    ByteVector message;
    uint64_t left = bytes_;
    while (left > 0 && far.receive(message, test::soon()) == Wire::ok) {
      message.resize(std::min<uint64_t>(message.size(), left));
      left -= message.size();
      if (!pass_on(near, message)) break;
    }
    near.close();
    far.close();
    requests.join();
  }
  static bool pass_on(ByteStream& to, const ByteVector& message) {
    const Bytes bytes(message);
    return to.send({&bytes, 1}) == Wire::ok && to.flush(test::soon()) == Wire::ok;
  }

  DealerServer server_;
  uint64_t bytes_;
  std::string address_;
  std::vector<std::thread> relays_;
};

DealerReplica nobody(std::chrono::milliseconds patience = std::chrono::milliseconds(1)) {
  return {"nobody", [patience](Clock::time_point deadline) -> std::unique_ptr<ByteStream> {
            std::this_thread::sleep_until(std::min(deadline, Clock::now() + patience));
            throw RendezvousTimeout(255, "the dealer does not answer", "nobody", "connection refused", "start it");
          }};
}

decltype(Request::body) share(int64_t words, uint64_t offset) { return ShareRequest{{{reference::mask_term(reference::mask({words}, offset)), 64}}}; }

// What a run draws: some requests one by one, some together, one dropped.
std::vector<RingTensor> draw(Provider& provider) {
  std::vector<RingTensor> drawn{provider.request(share(3, 0)).ring()};
  const auto second = provider.request(share(5, 3)), third = provider.request(share(2, 8));
  provider.request(share(4, 10));
  provider.flush();
  const auto last = provider.request(share(1, 14));
  for (const auto& dealt : {third, second, last}) drawn.push_back(dealt.ring());
  return drawn;
}

bool equal(const std::vector<RingTensor>& a, const std::vector<RingTensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const RingTensor& x, const RingTensor& y) { return x.equal(y); });
}

}  // namespace

TEST_CASE("wherever a dealer's answers break off, the next replica's complete them, bit for bit, and each is counted once") {
  const Key master = random_key();
  BrittleDealer sound(master, kNoEnd, "sound");
  const auto reference = dealer_provider(test::session(0, 1), {sound.replica()}, test::soon());
  const auto expected = draw(*reference);
  const uint64_t correction_bytes = reference->bytes_received();
  REQUIRE(correction_bytes == 8 * (3 + 5 + 2 + 4 + 1));
  const size_t key_bytes = encode_accepted(master).size(), answers = correction_bytes + 5 * kAnswerHeader;
  for (uint64_t bytes = 0; bytes <= key_bytes + answers; bytes = std::max<uint64_t>(key_bytes, bytes + 1)) {  // the key is one message, which comes whole
    CAPTURE(bytes);
    BrittleDealer brittle(master, bytes);
    const int dialled_before = sound.dialled;
    const auto provider = dealer_provider(test::session(0, 1), {brittle.replica(), sound.replica()}, test::soon());
    REQUIRE(equal(draw(*provider), expected));
    REQUIRE(provider->bytes_received() == correction_bytes);
    // The one that broke is not dialled again while another serves, and nobody leaves one that serves.
    REQUIRE(brittle.dialled == 1);
    REQUIRE(sound.dialled - dialled_before == (bytes < key_bytes + answers ? 1 : 0));
  }
}

TEST_CASE("two dealers that both break again and again still complete a run") {
  const Key master = random_key();
  BrittleDealer sound(master, kNoEnd);
  const auto expected = draw(*dealer_provider(test::session(0, 1), {sound.replica()}, test::soon()));
  const uint64_t key_and_one_or_two_answers = encode_accepted(master).size() + 60;
  BrittleDealer one(master, key_and_one_or_two_answers), other(master, key_and_one_or_two_answers);
  const auto provider = dealer_provider(test::session(0, 1), {one.replica(), other.replica()}, test::soon());
  REQUIRE(equal(draw(*provider), expected));
  REQUIRE(one.dialled + other.dialled >= 3);
}

TEST_CASE("who does not answer is passed over, at the start too") {
  const Key master = random_key();
  BrittleDealer sound(master, kNoEnd);
  const auto provider = dealer_provider(test::session(0, 1), {nobody(), nobody(), sound.replica()}, test::soon());
  REQUIRE(draw(*provider).size() == 4);
  REQUIRE(sound.dialled == 1);
}

TEST_CASE("no replica answers: the time-out at the start, DealerLost within seconds later") {
  const auto started = Clock::now();
  REQUIRE_THROWS_AS(dealer_provider(test::session(0, 1), {nobody(), nobody()}, Clock::now() + std::chrono::milliseconds(300)), RendezvousTimeout);
  REQUIRE_THROWS_AS(dealer_provider(test::session(0, 1), {}, test::soon()), InvalidArgument);
  const Key master = random_key();
  BrittleDealer once(master, encode_accepted(master).size() + 3);
  bool gone = false;
  DealerReplica first = once.replica();
  const auto dial = first.dial;
  first.dial = [&](Clock::time_point deadline) { return std::exchange(gone, true) ? nobody().dial(deadline) : dial(deadline); };
  const auto provider = dealer_provider(test::session(0, 1), {first, nobody()}, test::soon());
  try {
    draw(*provider);
    FAIL("no error");
  } catch (const DealerLost& error) {
    CHECK(error.why().find("nor does another one answer") != std::string::npos);
    CHECK(error.todo().find("--master-key") == std::string::npos);
    CHECK(error.todo().find("same master key") != std::string::npos);
  }
  CHECK(Clock::now() - started < std::chrono::seconds(15));  // 0.3 s and 4 s
}

TEST_CASE("a replica with another master key is no replica") {
  const Key master = random_key();
  BrittleDealer once(master, encode_accepted(master).size()), stranger(random_key(), kNoEnd, "stranger:1");
  const auto provider = dealer_provider(test::session(0, 1), {once.replica(), stranger.replica()}, test::soon());
  try {
    draw(*provider);
    FAIL("no error");
  } catch (const ConfigMismatch& error) {
    CHECK(error.code() == 361);
    CHECK(error.why().find("stranger:1") != std::string::npos);
    CHECK(error.todo().find("--master-key") != std::string::npos);
  }
}

TEST_CASE("a replica's refusal is not passed over") {
  DealerServer other_roster(random_key(), {.roster = {std::string(64, 'a'), std::string(64, 'b')}});
  test::Served served(other_roster);
  BrittleDealer sound(random_key(), kNoEnd);
  REQUIRE_THROWS_AS(dealer_provider(test::session(0, 1), {test::reached(std::move(served.client)).front(), sound.replica()}, test::soon()), PeerIdentityMismatch);
  REQUIRE(sound.dialled == 0);
}

TEST_CASE("dealers that all turn a party away are not called without a break") {
  int dialled = 0;
  const DealerReplica brusque{"brusque", [&](Clock::time_point) {
                                ++dialled;
                                auto [client, server] = local_stream_pair();
                                server->close();
                                return std::move(client);
                              }};
  REQUIRE_THROWS_AS(dealer_provider(test::session(0, 1), {brusque, brusque}, Clock::now() + std::chrono::milliseconds(1500)), DealerLost);
  REQUIRE(dialled >= 2);
  REQUIRE(dialled <= 12);  // half a second in steps of 50 ms, and the last turn
}
