// What only gRPC streams promise; the rest is the channel contract's.
#include "comm/grpc/stream.h"

#include <dirent.h>
#include <netinet/tcp.h>

#include <catch2/catch.hpp>

#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// The kernel's tcp_info goes on where the C library's ends (linux/tcp.h, which cannot be included beside netinet/tcp.h).
struct SegmentCounts {
  tcp_info common;
  uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
  uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
};

// TCP segments with data that this process has sent so far, on all its connections: one for each write of a few bytes.
uint64_t segments_sent() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  uint64_t sum = 0;
  while (const dirent* entry = readdir(folder.get())) {
    SegmentCounts counts{};
    socklen_t length = sizeof counts;
    if (getsockopt(std::atoi(entry->d_name), IPPROTO_TCP, TCP_INFO, &counts, &length) == 0) sum += counts.data_segs_out;
  }
  return sum;
}

Wire say(Channel& channel, const ByteVector& message) {
  const Bytes whole(message);
  return channel.send({&whole, 1});
}

// The messages that come until the end, in bytes.
std::vector<size_t> all_received(Channel& channel) {
  std::vector<size_t> sizes;
  for (ByteVector got; channel.receive(got, in_seconds(5)) == Wire::ok;) sizes.push_back(got.size());
  return sizes;
}

}  // namespace

TEST_CASE("a message of more than 1 MiB is refused before anything is sent") {
  auto meshes = connect_all(TestRun(2));
  Channel& channel = *meshes[0].channels[1];
  CHECK(channel.max_message() == size_t{1} << 20);
  const auto data = pattern(channel.max_message(), 1);
  const Bytes whole(data);
  const std::vector<Bytes> pieces = {whole, whole.first(1)};
  CHECK(starts_with(told_by([&] { channel.send(pieces); }), "InvalidArgument: message too large"));
  ByteVector got;
  CHECK(meshes[1].channels[0]->receive(got, in_seconds(0.2)) == Wire::deadline);
  CHECK(channel.send({&whole, 1}) == Wire::ok);
  CHECK(meshes[1].channels[0]->receive(got, in_seconds(5)) == Wire::ok);
}

TEST_CASE("a peer that does not read is not read ahead of without bound", "[slow]") {
  auto meshes = connect_all(TestRun(2));
  Channel& sender = *meshes[1].channels[0];
  const ByteVector data(size_t{96} << 20, std::byte{});
  send_all(sender, data);
  CHECK(sender.flush(in_seconds(3)) == Wire::deadline);  // the peer's keeper reads 16 MiB; HTTP/2's window and the sockets hold up to as much again, each
  ByteVector got(data.size(), std::byte{});
  together([&] { receive_all(*meshes[0].channels[1], got); }, [&] { expect(sender.flush(in_seconds(30)) == Wire::ok, "flush"); });
  CHECK(got == data);
}

TEST_CASE("who leaves waits for a peer that reads late", "[slow]") {
  auto meshes = connect_all(TestRun(2));
  const auto data = pattern(size_t{40} << 20, 3);  // more than a peer reads ahead
  ByteVector got(data.size(), std::byte{});
  together(
      [&] {
        send_all(*meshes[1].channels[0], data);
        expect(meshes[1].channels[0]->flush(in_seconds(30)) == Wire::ok, "flush");
        meshes[1].channels[0].reset();
      },
      [&] {
        std::this_thread::sleep_for(std::chrono::seconds(4));
        receive_all(*meshes[0].channels[1], std::span(got).first(size_t{22} << 20));  // what is left is on its way, not all of it read
        std::this_thread::sleep_for(std::chrono::seconds(4));
        receive_all(*meshes[0].channels[1], std::span(got).subspan(size_t{22} << 20));
      });
  CHECK(got == data);
}

TEST_CASE("flush after the peer has left frees the buffers and keeps what was received") {
  auto meshes = connect_all(TestRun(2));
  for (int leaver : {0, 1}) {
    auto fresh = connect_all(TestRun(2));
    Channel& survivor = *fresh[1 - leaver].channels[leaver];
    const auto words = pattern(20, 1);
    const Bytes last(words);
    CHECK(fresh[leaver].channels[1 - leaver]->send({&last, 1}) == Wire::ok);
    auto data = std::make_unique<ByteVector>(size_t{40} << 20, std::byte{});
    send_all(survivor, *data);
    std::thread leaving([&] { fresh[leaver].channels[1 - leaver].reset(); });
    Wire wire = Wire::ok;
    for (const auto end = in_seconds(10); Clock::now() < end && (wire = survivor.flush(in_seconds(0.05))) == Wire::deadline;) {
    }
    leaving.join();
    if (wire == Wire::ok) continue;  // the leaver's discarding reader was quick enough for everything
    CHECK(wire == Wire::closed);
    data.reset();  // ASan would tell if gRPC still read it
    ByteVector got;
    CHECK(survivor.receive(got, in_seconds(1)) == Wire::ok);
    CHECK(got == words);
    CHECK(survivor.receive(got, in_seconds(1)) == Wire::closed);
  }
}

TEST_CASE("small messages that are answered take one write each, none for flow control") {
  constexpr int kExchanges = 200;
  for (const bool plaintext : {false, true}) {
    auto meshes = connect_all(TestRun(2), plaintext);
    Channel &left = *meshes[0].channels[1], &right = *meshes[1].channels[0];
    const auto question = pattern(800, 1), answer = pattern(100, 2);
    ByteVector got;
    const uint64_t before = segments_sent();
    for (int i = 0; i < kExchanges; ++i) {
      REQUIRE(say(left, question) == Wire::ok);
      REQUIRE(right.receive(got, in_seconds(5)) == Wire::ok);
      REQUIRE(say(right, answer) == Wire::ok);
      REQUIRE(left.receive(got, in_seconds(5)) == Wire::ok);
    }
    const uint64_t sent = segments_sent() - before;
    CHECK(sent >= 2 * kExchanges);
    CHECK(sent < 3 * kExchanges);  // 4 if each message were acknowledged by itself; pings, and what is late on a busy machine, come on top
  }
}

TEST_CASE("the end of a peer is noticed while nobody waits for it, also behind a small message") {
  for (int leaver : {0, 1}) {
    auto meshes = connect_all(TestRun(2));
    Channel& survivor = *meshes[1 - leaver].channels[leaver];
    REQUIRE(say(*meshes[leaver].channels[1 - leaver], pattern(20, 1)) == Wire::ok);
    ByteVector got;
    REQUIRE(survivor.receive(got, in_seconds(5)) == Wire::ok);
    std::thread leaving([&] { meshes[leaver].channels[1 - leaver].reset(); });
    for (const auto end = in_seconds(5); Clock::now() < end && survivor.detail().empty();)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    CHECK_FALSE(survivor.detail().empty());
    leaving.join();
  }
}

TEST_CASE("what a peer said before the connection broke under a write is received, all of it") {
  for (int leaver : {0, 1}) {
    auto meshes = connect_all(TestRun(2));
    Channel& survivor = *meshes[1 - leaver].channels[leaver];
    ByteVector got;
    const auto words = pattern(30, 1);
    REQUIRE(say(*meshes[leaver].channels[1 - leaver], words) == Wire::ok);
    REQUIRE(survivor.receive(got, in_seconds(5)) == Wire::ok);  // the read behind it has not begun
    for (int i = 0; i < 50; ++i) REQUIRE(say(*meshes[leaver].channels[1 - leaver], words) == Wire::ok);
    const ByteVector data(size_t{40} << 20, std::byte{});
    send_all(survivor, data);
    std::thread leaving([&] { meshes[leaver].channels[1 - leaver].reset(); });
    for (const auto end = in_seconds(10); Clock::now() < end && survivor.flush(in_seconds(0.05)) == Wire::deadline;) {
    }
    CHECK(all_received(survivor) == std::vector<size_t>(50, words.size()));
    leaving.join();
  }
}
