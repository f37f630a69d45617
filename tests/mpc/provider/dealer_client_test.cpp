#include "mpc/provider/dealer_client.h"

#include <catch2/catch.hpp>
#include <thread>

#include "crypten_core/error.h"
#include "providers.h"
#include "reference.h"

using namespace crypten;
using test::send;

namespace {

decltype(Request::body) share(uint64_t offset = 0) { return ShareRequest{{{reference::mask_term(reference::mask({4}, offset)), 64}}}; }

ByteVector receive(ByteStream& stream) {
  ByteVector message;
  stream.receive(message, test::soon());
  return message;
}

// A dealer that plays what `script` says, after it has accepted the hello.
struct Scripted {
  explicit Scripted(std::function<void(ByteStream&)> script, Session session = test::session(0, 1)) {
    auto [ours, theirs] = local_stream_pair();
    thread = std::thread([script = std::move(script), stream = std::shared_ptr<ByteStream>(std::move(theirs))] {
      receive(*stream);
      send(*stream, encode_accepted(random_key()));
      script(*stream);
      stream->close();
    });
    provider = dealer_provider(session, test::reached(std::move(ours)), test::soon());
  }
  ~Scripted() {
    provider.reset();
    thread.join();
  }
  std::thread thread;
  std::unique_ptr<Provider> provider;
};

}  // namespace

TEST_CASE("a dealer that dies is reported by whoever waits for it, with rank and advice, and every time") {
  Scripted dealer([](ByteStream& stream) { receive(stream); });
  const auto dealt = dealer.provider->request(share()), next = dealer.provider->request(share(4));
  for (const auto& one : {dealt, dealt, next}) {
    try {
      one.ring();
      FAIL("no error");
    } catch (const DealerLost& error) {
      REQUIRE(error.where().find("rank 0") != std::string::npos);
      REQUIRE(error.todo().find("crypten-dealer") != std::string::npos);
    }
  }
  REQUIRE_THROWS_AS(dealer.provider->request(share(8)).ring(), DealerLost);  // asking does not wait; using does
}

TEST_CASE("the loss of a dealer is told to the witness once, before it is thrown, and names the witness's place") {
  Scripted dealer([](ByteStream& stream) { receive(stream); });
  std::vector<std::string> told;
  dealer.provider->set_witness({.place = [] { return "rank 0, round 7, in \"net/relu\""; }, .failed = [&](const std::string& what) { told.push_back(what); }});
  const auto dealt = dealer.provider->request(share());
  for (int i = 0; i < 2; ++i) {
    try {
      dealt.ring();
      FAIL("no error");
    } catch (const DealerLost& error) {
      REQUIRE(told == std::vector<std::string>{"DealerLost"});
      REQUIRE(error.where() == "rank 0, round 7, in \"net/relu\", dealer");
    }
  }
}

TEST_CASE("a dealer that dies in the middle of an answer is lost as well") {
  Scripted dealer([](ByteStream& stream) {
    receive(stream);
    auto half = encode_answer_header(AnswerStatus::correction, 32);
    half.resize(half.size() + 20);
    send(stream, half);
  });
  REQUIRE_THROWS_AS(dealer.provider->request(share()).ring(), DealerLost);
}

TEST_CASE("a dealer that is silent beyond the time-out is lost") {
  Session session = test::session(0, 1);
  session.config.round_timeout_s = 0.1;
  std::promise<void> over;
  Scripted dealer([done = std::make_shared<std::future<void>>(over.get_future())](ByteStream&) { done->wait_for(std::chrono::seconds(5)); }, session);
  const auto dealt = dealer.provider->request(share());
  REQUIRE_THROWS_AS(dealt.ring(), DealerLost);
  over.set_value();
}

TEST_CASE("answers that no dealer gives are refused") {
  const auto answered = [](ByteVector bytes) {
    return std::make_unique<Scripted>([bytes = std::move(bytes)](ByteStream& stream) {
      receive(stream);
      send(stream, bytes);
    });
  };
  const auto shorter = answered(encode_answer_header(AnswerStatus::correction, 31)), longer = answered(encode_answer_header(AnswerStatus::correction, ~uint64_t{0}));
  const auto unknown = answered(encode_answer_header(static_cast<AnswerStatus>(7), 32)), reasons = answered(encode_answer_header(AnswerStatus::refused, 1 << 20));
  for (const auto* dealer : {&shorter, &longer, &unknown, &reasons}) REQUIRE_THROWS_AS((*dealer)->provider->request(share()).ring(), MalformedFrame);
  auto why = encode_answer_header(AnswerStatus::refused, 2);
  why.insert(why.end(), {std::byte{'n'}, std::byte{'o'}});
  const auto refused = answered(why);
  REQUIRE_THROWS_AS(refused->provider->request(share()).ring(), ProtocolError);
}

TEST_CASE("no dealer there, or one that leaves or keeps silent during the handshake") {
  const auto meet = [](std::function<void(ByteStream&)> script, Clock::time_point deadline) {
    auto [ours, theirs] = local_stream_pair();
    std::thread other([&, stream = std::shared_ptr<ByteStream>(std::move(theirs))] { script(*stream); });
    std::string outcome;
    try {
      dealer_provider(test::session(0, 2), test::reached(std::move(ours)), deadline);
    } catch (const DealerLost&) {
      outcome = "lost";
    } catch (const MalformedFrame&) {
      outcome = "malformed";
    }
    other.join();
    return outcome;
  };
  REQUIRE(meet([](ByteStream& stream) { stream.close(); }, test::soon()) == "lost");
  REQUIRE(meet([](ByteStream& stream) { receive(stream); }, Clock::now() + std::chrono::milliseconds(50)) == "lost");
  REQUIRE(meet([](ByteStream& stream) { send(stream, ByteVector(5, std::byte{})); }, test::soon()) == "malformed");
}

TEST_CASE("a rank asks the dealer only for what corrects it") {
  auto [ours, theirs] = local_stream_pair();
  std::shared_ptr<ByteStream> stream = std::move(theirs);
  std::atomic<size_t> later = 0;
  std::thread dealer([&] {
    receive(*stream);
    send(*stream, encode_accepted(random_key()));
    ByteVector message;
    while (stream->receive(message, test::soon()) == Wire::ok) later += message.size();
  });
  auto provider = dealer_provider(test::session(0, 2), test::reached(std::move(ours)), test::soon());
  const auto dealt = provider->request(share());  // the first of a session is the last rank's
  provider->flush();
  REQUIRE(dealt.ring().numel() == 4);
  REQUIRE(later == 0);
  REQUIRE(provider->bytes_received() == 0);
  REQUIRE(provider->dealer_bytes() == 32);
  provider->request(share(4));
  provider->flush();
  provider.reset();
  dealer.join();
  REQUIRE(later > 32);
}

TEST_CASE("requests between two flushes travel in one message") {
  std::atomic<int> messages = 0;
  Scripted dealer([&](ByteStream& stream) {
    ByteVector message;
    while (stream.receive(message, test::soon()) == Wire::ok) ++messages;
  });
  for (uint64_t i = 0; i < 30; ++i) dealer.provider->request(share(4 * i));
  dealer.provider->flush();
  dealer.provider->flush();  // nothing new
  dealer.provider->request(share(1000));
  dealer.provider->flush();
  dealer.provider.reset();
  dealer.thread.join();
  REQUIRE(messages == 2);
  dealer.thread = std::thread([] {});
}
