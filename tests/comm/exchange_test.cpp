// What every party sees when something goes wrong in a round.
#include "comm/exchange.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "comm/hello.h"
#include "comm/local/local_channel.h"
#include "comm/refusal.h"
#include "crypten_core/error.h"
#include "tests/support/run_communicators.h"
#include "tests/support/tapped_channel.h"

using namespace crypten;
using crypten::testing::connect;
using crypten::testing::outcomes;
using crypten::testing::run_communicators;
using crypten::testing::run_ranks;
using crypten::testing::RunOptions;
using crypten::testing::TappedChannel;
using crypten::testing::with_last_words;

namespace {

using std::chrono::milliseconds;
using Channels = std::vector<std::unique_ptr<Channel>>;

struct FixedTranscript final : Transcript {
  explicit FixedTranscript(Communicator& given) : used(given) { used.set_transcript(this); }
  ~FixedTranscript() { used.set_transcript(nullptr); }
  Communicator& used;
  uint64_t number = 1;
  std::string text = "step 1";
  uint64_t word() const override { return number; }
  std::string scope() const override { return text; }
  void set(uint64_t n, std::string t) {
    number = n;
    text = std::move(t);
  }
};

// One round in which all send `bytes` to all.
void all_to_all(Communicator& communicator, size_t bytes = 8) {
  const ByteVector out(bytes, std::byte{1});
  std::vector<ByteVector> in(communicator.world_size(), ByteVector(bytes, std::byte{}));
  std::vector<Communicator::Scatter> receive;
  for (auto& one : in) receive.push_back({MutableBytes(one)});
  communicator.exchange_with_all({Bytes(out)}, receive);
}

void send_to(Communicator& communicator, int peer, Bytes data) {
  std::vector<Communicator::Gather> send(communicator.world_size());
  send[peer] = {data};
  communicator.exchange(send, std::vector<Communicator::Scatter>(communicator.world_size()));
}

void receive_from(Communicator& communicator, int peer, MutableBytes data) {
  std::vector<Communicator::Scatter> receive(communicator.world_size());
  receive[peer] = {data};
  communicator.exchange(std::vector<Communicator::Gather>(communicator.world_size()), receive);
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

}  // namespace

TEST_CASE("parties whose programs diverge all learn it in the same round, with both operations") {
  for (int size : {2, 3, 5}) {
    for (size_t bytes : {size_t{8}, size_t{3000000}}) {
      const int odd = size - 1;
      const auto start = Clock::now();
      const auto errors = outcomes(size, [&](Communicator& communicator) {
        FixedTranscript transcript(communicator);
        all_to_all(communicator);
        const bool differs = communicator.rank() == odd;
        transcript.set(differs ? 3 : 2, differs ? "square (2, 3)" : "multiply (2, 3)");
        all_to_all(communicator, differs ? bytes / 2 : bytes);  // another operation often has other sizes
      });
      CHECK(Clock::now() - start < std::chrono::seconds(4));  // nobody waited for a time limit
      for (int rank = 0; rank < size; ++rank) {
        const std::string text = text_of<ProgramMismatch>(errors[rank]);
        INFO("size " << size << " rank " << rank << ": " << text);
        CHECK_THAT(text, Catch::Contains("round 2") && Catch::Contains("multiply (2, 3)") && Catch::Contains("square (2, 3)"));
        CHECK_THAT(text, Catch::Contains(rank == odd ? "here \"square (2, 3)\"" : "rank " + std::to_string(odd)));
      }
    }
  }
}

TEST_CASE("what goes wrong in the middle of a long frame is told after it: last words and texts come between frames") {
  RunOptions options;
  options.max_message = 8192;
  const auto long_frame = [](Communicator& communicator, const std::function<void()>& at_second_part) {
    const ByteVector out(100'000, std::byte{1});
    ByteVector in(8, std::byte{});
    std::vector<Communicator::Scatter> receive(2);
    receive[1] = {MutableBytes(in)};
    int parts = 0;
    communicator.exchange_with_all({Bytes(out)}, receive,
                                   {.needed =
                                        [&](int, size_t) {
                                          if (++parts == 2) at_second_part();
                                        },
                                    .arrived = {}});
  };
  const auto diverged = outcomes(
      2,
      [&](Communicator& communicator) {
        FixedTranscript transcript(communicator);
        transcript.set(communicator.rank() == 0 ? 2 : 3, communicator.rank() == 0 ? "gather" : "all_reduce");
        if (communicator.rank() == 1) return all_to_all(communicator);
        long_frame(communicator, [] { std::this_thread::sleep_for(milliseconds(100)); });  // the peer's frame is here then
      },
      options);
  CHECK_THAT(text_of<ProgramMismatch>(diverged[0]), Catch::Contains("here \"gather\", rank 1 \"all_reduce\""));
  CHECK_THAT(text_of<ProgramMismatch>(diverged[1]), Catch::Contains("here \"all_reduce\", rank 0 \"gather\""));

  const auto failed = outcomes(
      2,
      [&](Communicator& communicator) {
        if (communicator.rank() == 0) return long_frame(communicator, [] { std::this_thread::sleep_for(milliseconds(100)); });
        throw std::runtime_error("gone");
      },
      options);
  CHECK_THAT(text_of<PeerAborted>(failed[0]), Catch::Contains("rank 1 failed: std::runtime_error"));
}

TEST_CASE("a frame of which a part cannot be computed breaks off, and nothing else is sent in its place") {
  RunOptions options;
  options.max_message = 8192;
  ByteVector seen(100'000, std::byte{7});
  const auto errors = outcomes(
      2,
      [&](Communicator& communicator) {
        if (communicator.rank() == 1) return receive_from(communicator, 0, seen);
        const ByteVector out(100'000, std::byte{1});
        communicator.exchange_with_all({Bytes(out)}, std::vector<Communicator::Scatter>(2),
                                       {.needed =
                                            [](int, size_t bytes) {
                                              if (bytes > 20'000) throw std::runtime_error("no memory");
                                            },
                                        .arrived = {}});
      },
      options);
  CHECK_THROWS_WITH(std::rethrow_exception(errors[0]), "no memory");
  CHECK(errors[1]);
  CHECK(seen[20'000] == std::byte{7});
}

TEST_CASE("a party that waits while another one sends something else: both learn it") {
  const auto errors = outcomes(2, [](Communicator& communicator) {
    FixedTranscript transcript(communicator);
    ByteVector data(16, std::byte{});
    if (communicator.rank() == 0) {
      transcript.set(2, "gather");
      receive_from(communicator, 1, data);
    } else {
      transcript.set(3, "all_reduce");
      all_to_all(communicator, 16);
    }
  });
  CHECK_THAT(text_of<ProgramMismatch>(errors[0]), Catch::Contains("here \"gather\", rank 1 \"all_reduce\""));
  CHECK_THAT(text_of<ProgramMismatch>(errors[1]), Catch::Contains("here \"all_reduce\", rank 0 \"gather\""));
}

TEST_CASE("a peer that sent what nobody awaited and has ended is told of, without a hang") {
  const auto errors = outcomes(2, [](Communicator& communicator) {
    FixedTranscript transcript(communicator);
    ByteVector data(16, std::byte{});
    if (communicator.rank() == 0) {
      receive_from(communicator, 1, data);
    } else {
      transcript.set(9, "the last operation");
      send_to(communicator, 0, data);
    }
  });
  CHECK_THAT(text_of<ProgramMismatch>(errors[0]), Catch::Contains("its program has ended"));
  CHECK_FALSE(errors[1]);
}

TEST_CASE("a peer that ends in good order while it is needed is PeerFinished") {
  const auto errors = outcomes(3, [](Communicator& communicator) {
    all_to_all(communicator);
    if (communicator.rank() != 2) all_to_all(communicator);
  });
  for (int rank : {0, 1})
    CHECK_THAT(text_of<PeerFinished>(errors[rank]), Catch::Contains("rank 2 has finished") && Catch::Contains("round 2"));
  CHECK_FALSE(errors[2]);
}

TEST_CASE("a peer that ends in good order does not disturb those who do not need it") {
  const auto errors = outcomes(3, [](Communicator& communicator) {
    all_to_all(communicator);
    ByteVector data(8, std::byte{});
    if (communicator.rank() == 2) return;
    std::this_thread::sleep_for(milliseconds(communicator.rank() == 1 ? 200 : 0));  // rank 0 looks around while it waits
    if (communicator.rank() == 1) send_to(communicator, 0, data);
    else receive_from(communicator, 1, data);
  });
  for (const auto& error : errors) CHECK_FALSE(error);
}

TEST_CASE("a peer that fails is PeerAborted, with the class of its error and never its text") {
  const auto errors = outcomes(3, [](Communicator& communicator) {
    all_to_all(communicator);
    if (communicator.rank() == 2) throw std::runtime_error("a secret");
    all_to_all(communicator);
  });
  for (int rank : {0, 1}) {
    const std::string text = text_of<PeerAborted>(errors[rank]);
    CHECK_THAT(text, Catch::Contains("rank 2 failed: std::runtime_error") && !Catch::Contains("a secret"));
  }
  CHECK_THROWS_WITH(std::rethrow_exception(errors[2]), "a secret");
}

TEST_CASE("a peer whose connection ends without last words is PeerLost, at once, on every survivor") {
  for (int size : {2, 3, 5}) {
    const int lost = size - 1;
    LocalNetwork network(size);
    const auto start = Clock::now();
    const auto errors = run_ranks(network, [&](int rank, Channels channels) {
      if (rank == lost) {
        SessionOptions options{.rank = rank, .world_size = size, .config = {}, .run_id = "test", .roster = {}, .program = {}};
        handshake(options, channels, Clock::now() + std::chrono::seconds(10));
        return;  // the channels go without a word
      }
      Communicator communicator = connect(rank, size, std::move(channels));
      with_last_words(communicator, [](Communicator& c) { all_to_all(c); });
    });
    CHECK(Clock::now() - start < std::chrono::seconds(3));
    for (int rank = 0; rank < lost; ++rank) {
      CHECK_THAT(text_of<PeerLost>(errors[rank]),
                 Catch::Contains("rank " + std::to_string(lost) + " is lost") && Catch::Contains("round 1"));
    }
  }
}

TEST_CASE("the loss of one peer is noticed while another one is awaited") {
  LocalNetwork network(3);
  std::atomic<bool> over = false;
  std::array<double, 3> seconds{};
  const auto errors = run_ranks(network, [&](int rank, Channels channels) {
    Communicator communicator = connect(rank, 3, std::move(channels));
    if (rank == 2) {
      std::this_thread::sleep_for(milliseconds(100));
      communicator.abort("Failure");
    } else if (rank == 0) {
      ByteVector data(8, std::byte{});
      const auto start = Clock::now();
      try {
        receive_from(communicator, 1, data);
      } catch (...) {
        seconds[0] = std::chrono::duration<double>(Clock::now() - start).count();
        over = true;
        throw;
      }
    } else {
      while (!over) std::this_thread::sleep_for(milliseconds(5));  // never sends
    }
  });
  CHECK_THAT(text_of<PeerAborted>(errors[0]), Catch::Contains("rank 2 failed: Failure"));
  CHECK(seconds[0] < 1);
}

TEST_CASE("a peer that is alive but silent is PeerStalled after the round timeout, and learns that it was given up") {
  RunOptions options;
  options.config.set("communicator.round_timeout", "0.3");
  std::array<double, 2> seconds{};
  const auto errors = outcomes(
      2,
      [&](Communicator& communicator) {
        all_to_all(communicator);
        if (communicator.rank() == 1) std::this_thread::sleep_for(milliseconds(1000));
        const auto start = Clock::now();
        try {
          all_to_all(communicator);
        } catch (...) {
          seconds[communicator.rank()] = std::chrono::duration<double>(Clock::now() - start).count();
          throw;
        }
      },
      options);
  CHECK_THAT(text_of<PeerStalled>(errors[0]), Catch::Contains("rank 1 does not answer") && Catch::Contains("0.3 s"));
  CHECK(seconds[0] >= 0.3);
  CHECK(seconds[0] < 0.9);
  CHECK_THAT(text_of<PeerAborted>(errors[1]), Catch::Contains("rank 0 failed: PeerStalled"));
}

TEST_CASE("a sender may run ahead of its receiver, and nothing is lost or mixed up") {
  const int rounds = 20;
  const auto received = run_communicators(3, [&](Communicator& communicator) {
    ByteVector seen;
    for (int round = 0; round < rounds; ++round) {
      ByteVector data(100, std::byte(round));
      if (communicator.rank() == 0) send_to(communicator, 1, data);
      if (communicator.rank() == 1) {
        ByteVector in(100, std::byte{});
        receive_from(communicator, 0, in);
        seen.push_back(in[99]);
      }
      if (communicator.rank() == 2) communicator.exchange(std::vector<Communicator::Gather>(3), std::vector<Communicator::Scatter>(3));
    }
    all_to_all(communicator);
    return seen;
  });
  REQUIRE(received[1].size() == static_cast<size_t>(rounds));
  for (int round = 0; round < rounds; ++round) CHECK(received[1][round] == std::byte(round));
}

TEST_CASE("spoilt bytes are MalformedFrame where they arrive, and the other side hears of it") {
  // byte → what it is: magic, kind, session, sender, receiver, sequence, payload size
  for (size_t byte : {0, 4, 8, 16, 20, 24, 48}) {
    LocalNetwork network(2);
    const auto errors = run_ranks(network, [&](int rank, Channels channels) {
      auto armed = std::make_shared<bool>(false);
      if (rank == 0) {
        auto tapped = std::make_unique<TappedChannel>(std::move(channels[1]));
        tapped->spoil_received = [byte, armed](ByteVector& message) {
          if (*armed) message.at(byte) ^= std::byte{8};
        };
        channels[1] = std::move(tapped);
      }
      Communicator communicator = connect(rank, 2, std::move(channels));
      with_last_words(communicator, [&](Communicator& c) {
        all_to_all(c);
        *armed = true;
        all_to_all(c);
        all_to_all(c);  // rank 1 hears of it here at the latest
      });
    });
    INFO("byte " << byte << ": " << text_of<MalformedFrame>(errors[0]));
    CHECK_THAT(text_of<MalformedFrame>(errors[0]), Catch::Contains("a frame from rank 1") && Catch::Contains("round 2"));
    CHECK_THAT(text_of<PeerAborted>(errors[1]), Catch::Contains("rank 0 failed: MalformedFrame"));
  }
}

// Rank 2 was lost when the handshake was over on rank 0, but not yet on rank 1.
TEST_CASE("a refusal that comes after the own handshake is told as its reason, not as a spoilt frame or a loss") {
  const bool gone = GENERATE(false, true);  // the refusing peer has closed its connection
  LocalEnds ends = local_link();
  Session session;
  session.world_size = 2;
  Channels channels(2);
  channels[1] = std::move(ends.first);
  Communicator communicator(session, std::move(channels));
  const Refusal refusal = refusal_of(PeerLost(201, "rank 2 is lost", "rank 1, handshake", "its connection ended", "look at rank 2"));
  const auto message = encode_step(HandshakeStep::refused, encode(refusal), kProtocolRevision);
  const Bytes piece(message);
  REQUIRE(ends.second->send(std::span(&piece, 1)) == Wire::ok);
  if (gone) ends.second->close();
  try {
    all_to_all(communicator);
    FAIL("nothing was thrown");
  } catch (const PeerLost& error) {
    CHECK(error.problem() == "rank 2 is lost");
    CHECK_THAT(error.where(), Catch::Contains("found by rank 1"));
  }
}

TEST_CASE("an interrupt ends a wait in a round, and the peers hear of it") {
  std::atomic<std::thread::id> victim{};
  set_interrupt_check([&] {
    if (victim.load() == std::this_thread::get_id()) throw std::domain_error("Ctrl-C");
  });
  std::atomic<double> seconds = 0;
  const auto errors = outcomes(2, [&](Communicator& communicator) {
    all_to_all(communicator);
    if (communicator.rank() == 1) {
      std::this_thread::sleep_for(milliseconds(600));
    } else {
      victim = std::this_thread::get_id();
    }
    const auto start = Clock::now();
    try {
      all_to_all(communicator);
    } catch (...) {
      if (communicator.rank() == 0) seconds = std::chrono::duration<double>(Clock::now() - start).count();
      throw;
    }
  });
  set_interrupt_check({});
  CHECK_THROWS_AS(std::rethrow_exception(errors[0]), std::domain_error);
  CHECK(seconds < 0.5);
  CHECK_THAT(text_of<PeerAborted>(errors[1]), Catch::Contains("rank 0 failed: std::domain_error"));
}
