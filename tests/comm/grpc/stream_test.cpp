// What only gRPC streams promise; the rest is the channel contract's.
#include "comm/grpc/stream.h"

#include <catch2/catch.hpp>

#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

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
