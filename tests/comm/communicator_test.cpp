#include "comm/communicator.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "crypten_core/error.h"
#include "tests/support/run_communicators.h"

using namespace crypten;
using crypten::testing::connect;
using crypten::testing::outcomes;
using crypten::testing::run_communicators;
using crypten::testing::run_ranks;
using crypten::testing::RunOptions;

namespace {

using Words = std::vector<uint64_t>;
using Channels = std::vector<std::unique_ptr<Channel>>;

// Each rank sends `count` words that only it and the receiver can know, and returns what it received from each.
std::vector<Words> swap_words(Communicator& communicator, size_t count) {
  const int size = communicator.world_size();
  std::vector<Words> out(size), in(size, Words(count));
  std::vector<Communicator::Gather> send(size);
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer) {
    for (size_t i = 0; i < count; ++i) out[peer].push_back(1000000 * communicator.rank() + 1000 * peer + i);
    const Bytes all = std::as_bytes(std::span(out[peer]));
    send[peer] = {all.first(all.size() / 3), all.subspan(all.size() / 3)};  // pieces need not be aligned
    receive[peer] = {std::as_writable_bytes(std::span(in[peer]))};
  }
  communicator.exchange(send, receive);
  return in;
}

}  // namespace

TEST_CASE("exchange brings everyone what was meant for him, of any size and number of parties") {
  for (int size : {1, 2, 3, 5}) {
    for (size_t count : {size_t{0}, size_t{1}, size_t{511}, size_t{8185}, size_t{8186}, size_t{40000}}) {
      RunOptions options;
      options.max_message = 8192;
      const auto received = run_communicators(
          size, [&](Communicator& c) { return swap_words(c, count); }, options);
      for (int rank = 0; rank < size; ++rank) {
        for (int peer = 0; peer < size; ++peer) {
          if (peer == rank) continue;
          Words expected(count);
          std::iota(expected.begin(), expected.end(), 1000000 * peer + 1000 * rank);
          REQUIRE(received[rank][peer] == expected);
        }
      }
    }
  }
}

TEST_CASE("16 MiB in both directions at once pass without an agreed order") {
  const auto received =
      run_communicators(3, [](Communicator& c) { return swap_words(c, size_t{2} << 20).at(c.rank() == 0 ? 1 : 0).back(); });
  CHECK(received[0] == 1000000 + (2 << 20) - 1);
  CHECK(received[2] == 2000 + (2 << 20) - 1);
}

TEST_CASE("what has arrived of a frame is told after each of its messages, and is in the buffers then") {
  RunOptions options;
  options.max_message = 8192;
  const auto good = run_communicators(
      3,
      [](Communicator& c) {
        constexpr size_t kWords = 3000;  // three messages
        const Words own(kWords, static_cast<uint64_t>(c.rank() + 1));
        std::vector<Words> theirs(3, Words(kWords));
        std::vector<Communicator::Scatter> receive(3);
        for (int peer = 0; peer < 3; ++peer)
          if (peer != c.rank()) receive[static_cast<size_t>(peer)] = {std::as_writable_bytes(std::span(theirs[static_cast<size_t>(peer)]))};
        std::vector<std::vector<size_t>> told(3);
        bool there = true;
        c.exchange_with_all({std::as_bytes(std::span(own))}, receive, {.needed = {}, .arrived = [&](int peer, size_t bytes) {
                                                                         const auto& words = theirs[static_cast<size_t>(peer)];
                                                                         for (size_t i = 0; i < bytes / 8; ++i)
                                                                           there = there && words[i] == static_cast<uint64_t>(peer + 1);
                                                                         told[static_cast<size_t>(peer)].push_back(bytes);
                                                                       }});
        for (int peer = 0; peer < 3; ++peer)
          if (peer != c.rank()) there = there && told[static_cast<size_t>(peer)] == std::vector<size_t>{8136, 16312, 24000};
        return there && told[static_cast<size_t>(c.rank())].empty() ? 1 : 0;
      },
      options);
  CHECK(good == std::vector<int>{1, 1, 1});
}

TEST_CASE("what is sent may be computed part by part, just before it is needed") {
  RunOptions options;
  options.max_message = 8192;
  const auto good = run_communicators(
      3,
      [](Communicator& c) {
        constexpr size_t kWords = 3000;  // three messages
        Words own(kWords, 0);
        std::vector<Words> theirs(3, Words(kWords));
        std::vector<Communicator::Scatter> receive(3);
        for (int peer = 0; peer < 3; ++peer)
          if (peer != c.rank()) receive[static_cast<size_t>(peer)] = {std::as_writable_bytes(std::span(theirs[static_cast<size_t>(peer)]))};
        std::vector<std::vector<size_t>> told(3);
        size_t there = 0;
        c.exchange_with_all({std::as_bytes(std::span(own))}, receive,
                            {.needed =
                                 [&](int peer, size_t bytes) {
                                   told[static_cast<size_t>(peer)].push_back(bytes);
                                   for (; there < (bytes + 7) / 8; ++there) own[there] = 1000 * static_cast<uint64_t>(c.rank()) + there;
                                 },
                             .arrived = {}});
        bool right = told[static_cast<size_t>(c.rank())].empty();
        for (int peer = 0; peer < 3; ++peer) {
          if (peer == c.rank()) continue;
          right = right && told[static_cast<size_t>(peer)] == std::vector<size_t>{8136, 16312, 24000};
          for (size_t i = 0; i < kWords; ++i)
            right = right && theirs[static_cast<size_t>(peer)][i] == 1000 * static_cast<uint64_t>(peer) + i;
        }
        return right ? 1 : 0;
      },
      options);
  CHECK(good == std::vector<int>{1, 1, 1});
}

TEST_CASE("traffic is counted to the byte") {
  RunOptions options;
  options.max_message = 8192;
  for (int size : {1, 2, 3, 5}) {
    const auto counted = run_communicators(
        size,
        [](Communicator& communicator) {
          swap_words(communicator, 1);
          const Traffic before = communicator.traffic();
          swap_words(communicator, 10);
          swap_words(communicator, 3000);  // 24,000 bytes: 8,136 + 8,176 + 7,688
          swap_words(communicator, 0);     // a frame with nothing in it
          return communicator.traffic() - before;
        },
        options);
    const uint64_t peers = size - 1;
    for (const Traffic& traffic : counted) {
      CHECK(traffic.rounds == 3);
      CHECK(traffic.bytes_sent == peers * (80 + 24000));
      CHECK(traffic.bytes_received == peers * (80 + 24000));
      CHECK(traffic.wire_bytes_sent == peers * (80 + 24000 + 3 * 56 + 2 * 16));
      CHECK(traffic.wire_bytes_received <=
            peers * (80 + 24000 + 4 * 56 + 2 * 16));  // a peer that is ahead may have sent its last words already
      CHECK(traffic.wire_bytes_received >= peers * (80 + 24000 + 3 * 56 + 2 * 16));
      CHECK(traffic.messages_sent == peers * (1 + 3 + 1));
      CHECK(traffic.wait_seconds >= 0);
      CHECK(traffic.wait_seconds < 60);
    }
  }
}

TEST_CASE("empty lists send and await no frame, and the round is counted all the same") {
  const auto counted = run_communicators(2, [](Communicator& communicator) {
    communicator.exchange(std::vector<Communicator::Gather>(2), std::vector<Communicator::Scatter>(2));
    return communicator.traffic();
  });
  for (const Traffic& traffic : counted) {
    CHECK(traffic.rounds == 1);
    CHECK(traffic.messages_sent == 0);
    CHECK(traffic.wire_bytes_received == 0);
  }
}

TEST_CASE("an exchange that is not for this session is refused before anything is sent") {
  const auto counted = run_communicators(2, [](Communicator& communicator) {
    int refused = 0;
    const std::vector<Communicator::Gather> send(3);
    const std::vector<Communicator::Scatter> receive(2), too_few(1);
    for (int i = 0; i < 2; ++i) {
      try {
        if (i == 0) communicator.exchange(send, receive);
        else communicator.exchange_with_all({}, too_few);
      } catch (const InvalidArgument&) {
        ++refused;
      }
    }
    swap_words(communicator, 1);  // all is as before
    return std::pair(refused, communicator.traffic().rounds);
  });
  for (const auto& [refused, rounds] : counted) {
    CHECK(refused == 2);
    CHECK(rounds == 1);
  }
}

TEST_CASE("after close and after abort every exchange is SessionClosed, also with one party") {
  for (int size : {1, 2}) {
    const auto texts = run_communicators(size, [](Communicator& communicator) {
      swap_words(communicator, 1);
      communicator.close();
      communicator.close();        // a second time: nothing happens
      communicator.abort("late");  // nor then
      try {
        swap_words(communicator, 1);
      } catch (const SessionClosed& error) {
        return error.why();
      }
      return std::string("nothing was thrown");
    });
    for (const std::string& text : texts) CHECK(text == "this party closed it");
  }
  const auto errors = outcomes(1, [](Communicator& communicator) {
    communicator.abort("Failure");
    swap_words(communicator, 1);
  });
  CHECK_THROWS_AS(std::rethrow_exception(errors[0]), SessionClosed);
}

TEST_CASE("after a failed round the session is over, and says why") {
  const auto texts = run_communicators(2, [](Communicator& communicator) {
    if (communicator.rank() == 1) return std::string();
    for (int i = 0; i < 2; ++i) {
      try {
        swap_words(communicator, 1);
      } catch (const PeerFinished&) {
      } catch (const SessionClosed& error) {
        return error.why();
      }
    }
    return std::string("nothing was thrown");
  });
  CHECK_THAT(texts[0], Catch::Contains("PeerFinished") && Catch::Contains("round 1"));
}

TEST_CASE("a communicator that goes away says finished, or aborted while an exception unwinds") {
  for (bool fails : {false, true}) {
    LocalNetwork network(2);
    const auto errors = run_ranks(network, [&](int rank, Channels channels) {
      Communicator communicator = connect(rank, 2, std::move(channels));
      if (rank == 0) swap_words(communicator, 1);
      else if (fails) throw std::runtime_error("a secret");
    });
    REQUIRE(errors[0]);
    if (fails) CHECK_THROWS_AS(std::rethrow_exception(errors[0]), PeerAborted);
    else CHECK_THROWS_AS(std::rethrow_exception(errors[0]), PeerFinished);
  }
}

TEST_CASE("a communicator can be moved, and knows its session") {
  const auto facts = run_communicators(3, [](Communicator& communicator) {
    Communicator moved = std::move(communicator);
    swap_words(moved, 1);
    const int rank = moved.rank();
    const bool same = moved.session().rank == rank && moved.session().world_size == moved.world_size();
    communicator = connect(0, 1, LocalNetwork(1).channels(0));  // what is left can be assigned to
    return std::pair(rank, same);
  });
  for (int rank = 0; rank < 3; ++rank) CHECK(facts[rank] == std::pair(rank, true));
}

TEST_CASE("a communicator needs a channel to every other rank, and a round timeout above zero") {
  Session session;
  session.world_size = 2;
  CHECK_THROWS_AS(Communicator(session, LocalNetwork(3).channels(0)), InvalidArgument);
  CHECK_THROWS_AS(Communicator(session, LocalNetwork(2).channels(1)), InvalidArgument);
  Communicator communicator(session, LocalNetwork(2).channels(0));
  CHECK_THROWS_AS(communicator.set_round_timeout(0), InvalidArgument);
  CHECK_THROWS_AS(communicator.set_round_timeout(-1), InvalidArgument);
}
