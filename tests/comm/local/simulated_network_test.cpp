#include "comm/local/simulated_network.h"

#include <array>
#include <catch2/catch.hpp>

#include "crypten_core/error.h"

using namespace crypten;
using namespace std::chrono_literals;

namespace {

using Channels = std::vector<std::unique_ptr<Channel>>;
using Message = SimulatedNetwork::Message;

// Two parties; what each does with its channel to the other.
struct Two {
  VirtualTime time;
  SimulatedNetwork network{time, 2, WireModel{.max_message = 1000}};

  void run(const std::function<void(Channel&)>& first, const std::function<void(Channel&)>& second) {
    const auto party = [this](int rank, const std::function<void(Channel&)>& work) {
      return [this, rank, &work] {
        const Channels channels = network.channels(rank);
        try {
          work(*channels[1 - rank]);
        } catch (const SimulatedNetwork::Crashed&) {
          crashed[rank] = true;
        }
      };
    };
    ended = time.run({party(0, first), party(1, second)}, 1h, 100000);
  }

  std::array<bool, 2> crashed{};
  VirtualTime::End ended{};
};

Wire send(Channel& channel, std::string_view text) {
  const Bytes piece = std::as_bytes(std::span(text));
  return channel.send(std::span(&piece, 1));
}

std::string receive(Channel& channel, Clock::duration patience = 1min) {
  Message message;
  const Wire wire = channel.receive(message, Clock::now() + patience);
  if (wire == Wire::deadline) return "(nothing)";
  if (wire == Wire::closed) return "(closed: " + channel.detail() + ")";
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

// What the second party receives of "a", "b", "c", "d" and the end.
std::string received(const std::function<SimulatedNetwork::Treatment(uint64_t, Message&)>& treat) {
  Two two;
  std::string all;
  two.network.on_message = [&](int from, int, uint64_t index, Message& message) {
    return from == 0 ? treat(index, message) : SimulatedNetwork::Treatment{};
  };
  two.run(
      [](Channel& channel) {
        for (const char* text : {"a", "b", "c", "d"}) send(channel, text);
        channel.flush(Clock::now() + 1s);
      },
      [&](Channel& channel) {
        for (std::string text; !text.starts_with("(");) all += text = receive(channel);
      });
  return all;
}

}  // namespace

TEST_CASE("messages come whole and in order, after a while; then the end") {
  CHECK(received([](uint64_t, Message&) { return SimulatedNetwork::Treatment{}; }) == "abcd(closed: closed by the peer)");
  Two two;
  ByteVector got(5, std::byte{});
  two.run(
      [&](Channel& channel) {
        send(channel, "12345");
        CHECK(channel.flush(Clock::now() + 1s) == Wire::ok);
        CHECK(two.time.now() < 50us);
        CHECK(receive(channel, 10us) == "(nothing)");
        CHECK_THROWS_AS(send(channel, std::string(1001, 'x')), InvalidArgument);
      },
      [&](Channel& channel) {
        const MutableBytes all(got);
        const std::array pieces{all.first(2), all.subspan(2)};
        CHECK(channel.receive_into(pieces, Clock::now() + 1s) == Wire::ok);
        CHECK(two.time.now() > 50us);
        send(channel, "1234");
        CHECK(channel.flush(Clock::now() + 1s) == Wire::ok);
      });
  CHECK(std::string(reinterpret_cast<const char*>(got.data()), 5) == "12345");
  CHECK(two.ended == VirtualTime::End::all_returned);
}

TEST_CASE("a message of another length closes with the reason") {
  Two two;
  std::string detail;
  two.run([](Channel& channel) { send(channel, "12345"); },
          [&](Channel& channel) {
            std::array<std::byte, 6> buffer{};
            const MutableBytes into(buffer);
            if (channel.receive_into(std::span(&into, 1), Clock::now() + 1s) == Wire::closed) detail = channel.detail();
          });
  CHECK(detail == "a message of 5 bytes came where 6 were expected");
}

TEST_CASE("a broken transport loses, repeats, turns round, spoils, delays and breaks") {
  const auto at = [](uint64_t which, SimulatedNetwork::Treatment treatment) {
    return [=](uint64_t index, Message&) { return index == which ? treatment : SimulatedNetwork::Treatment{}; };
  };
  const std::string end = "(closed: closed by the peer)";
  CHECK(received(at(1, {.drop = true})) == "acd" + end);
  CHECK(received(at(1, {.copy_after = 0})) == "abbcd" + end);
  CHECK(received(at(1, {.copy_after = 2})) == "abcdb" + end);
  CHECK(received(at(1, {.behind_next = true})) == "acbd" + end);
  CHECK(received(at(1, {.late = 30s})) == "abcd" + end);
  CHECK(received(at(1, {.late = 90s})) == "a(nothing)");  // those behind it wait as well
  CHECK(received(at(1, {.cut = "broken"})) == "(closed: broken)");
  CHECK(received([](uint64_t, Message& message) {
          message.push_back(std::byte{'!'});
          return SimulatedNetwork::Treatment{};
        }) == "a!b!c!d!" + end);
}

TEST_CASE("the buffers are read when a message leaves, not when it is sent") {
  Two two;
  std::string got;
  two.run(
      [](Channel& channel) {
        std::string text = "before";
        send(channel, text);
        text = "after!";
        channel.flush(Clock::now() + 1s);
      },
      [&](Channel& channel) { got = receive(channel); });
  CHECK(got == "after!");
}

TEST_CASE("a crashed party does nothing more, and its peers see its connections end") {
  Two two;
  two.network.on_call = [&](int rank, uint64_t call) {
    if (rank == 0 && call == 3) two.network.crash(0);
  };
  std::string seen;
  two.run(
      [](Channel& channel) {
        send(channel, "a");
        channel.flush(Clock::now() + 1s);
        receive(channel, 1ms);
        send(channel, "b");
        receive(channel);
        send(channel, "c");
      },
      [&](Channel& channel) {
        seen = receive(channel);
        seen += receive(channel);
      });
  CHECK(two.crashed[0]);
  CHECK(seen == "a(closed: the process is gone)");
  CHECK(two.time.now() < 1s);
}

TEST_CASE("a new process goes on with the old connections") {
  Two two;
  two.network.on_call = [&](int rank, uint64_t call) {
    if (rank == 0 && call == 1) two.network.crash_unseen(0);
  };
  std::string seen;
  two.run(
      [&](Channel& channel) {
        send(channel, "a");
        try {
          receive(channel);
        } catch (const SimulatedNetwork::Crashed&) {
          two.time.spend(5s);
          two.network.come_back(0);
        }
        const Channels again = two.network.channels(0);
        send(*again[1], "b");
      },
      [&](Channel& channel) {
        for (int i = 0; i < 3; ++i) seen += receive(channel);
      });
  CHECK(seen == "b(closed: closed by the peer)(closed: closed by the peer)");  // "a" had not left the old process
}

TEST_CASE("silence and a suspended peer are found after the time of silence, a short pause is not") {
  for (const auto pause : {3s, 30s}) {
    Two two;
    two.network.on_call = [&](int rank, uint64_t call) {
      if (rank == 0 && call == 0) two.network.suspend(0, pause);
    };
    std::string seen;
    VirtualTime::Duration when{};
    two.run([](Channel& channel) { send(channel, "a"); },
            [&](Channel& channel) {
              seen = receive(channel);
              when = two.time.now();
            });
    CHECK(seen == (pause == 3s ? "a" : "(closed: no sign of life)"));
    CHECK(std::chrono::round<std::chrono::seconds>(when) == (pause == 3s ? 3s : 4s));
  }
  Two two;
  std::array<std::string, 2> seen;
  two.network.on_call = [&](int rank, uint64_t call) {
    if (rank == 0 && call == 0) two.network.fall_silent(0, 1);
  };
  two.run(
      [&](Channel& channel) {
        send(channel, "a");
        seen[0] = receive(channel);
      },
      [&](Channel& channel) { seen[1] = receive(channel); });
  for (const std::string& one : seen) CHECK(one == "(closed: no sign of life)");
}
