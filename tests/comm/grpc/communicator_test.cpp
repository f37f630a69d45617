// A Communicator over gRPC: what its counters say is what gRPC was given, and payloads of every size pass in both directions at once.
#include "comm/communicator.h"

#include <catch2/catch.hpp>

#include "comm/grpc/stream.h"
#include "comm/session.h"
#include "tests/comm/grpc/connect_all.h"

using namespace crypten;
using namespace crypten::test;

namespace {

Communicator start(int rank, int world_size, PartyMesh& mesh, const TestRun& run) {
  SessionOptions options;
  options.rank = rank;
  options.world_size = world_size;
  options.run_id = run.run_id;
  options.roster = run.roster;
  Session session = handshake(options, mesh.channels, Clock::now() + std::chrono::seconds(10));
  return {std::move(session), std::move(mesh.channels)};
}

struct Counted {
  Traffic traffic;        // of the rounds below
  uint64_t handed_over = 0;  // buffers given to gRPC meanwhile, all peers
};

// Rounds of a few bytes, of several messages, and of different sizes for each peer.
Counted run_rounds(int rank, int world_size, PartyMesh mesh, const TestRun& run) {
  std::vector<Stream*> streams;
  for (auto& channel : mesh.channels)
    if (channel) streams.push_back(&dynamic_cast<Stream&>(*channel));
  const auto handed_over = [&] {
    uint64_t sum = 0;
    for (const Stream* stream : streams) sum += stream->bytes_handed_over();
    return sum;
  };
  Communicator communicator = start(rank, world_size, mesh, run);

  const Traffic before = communicator.traffic();
  const uint64_t handed_before = handed_over();
  for (const size_t size : {size_t{1}, size_t{5'000}, size_t{3'000'000}}) {
    std::vector<ByteVector> out(world_size), in(world_size);
    std::vector<Communicator::Gather> send(world_size);
    std::vector<Communicator::Scatter> receive(world_size);
    for (int peer = 0; peer < world_size; ++peer) {
      if (peer == rank) continue;
      out[peer].resize(size + static_cast<size_t>(peer));
      in[peer].resize(size + static_cast<size_t>(rank));
      send[peer] = {Bytes(out[peer]).first(size / 2), Bytes(out[peer]).subspan(size / 2)};
      receive[peer] = {MutableBytes(in[peer])};
    }
    communicator.exchange(send, receive);
  }
  Counted counted{communicator.traffic() - before, handed_over() - handed_before};
  communicator.close();
  return counted;
}

// Every rank sends `size` bytes to every other one in one round, word by word of its own, and compares what it gets.
void exchange_at_once(int world_size, size_t size) {
  const TestRun run(world_size);
  auto meshes = connect_all(run);
  const auto word = [](int rank, uint64_t i) { return (i + 1) * (2 * static_cast<uint64_t>(rank) + 0x9e3779b97f4a7c15); };
  const auto failures = in_parallel(world_size, [&](int rank) {
    Communicator communicator = start(rank, world_size, meshes[rank], run);
    std::vector<uint64_t> own(size / 8);
    for (uint64_t i = 0; i < own.size(); ++i) own[i] = word(rank, i);
    std::vector<std::vector<uint64_t>> theirs(world_size);
    std::vector<Communicator::Scatter> receive(world_size);
    for (int peer = 0; peer < world_size; ++peer) {
      if (peer == rank) continue;
      theirs[peer].resize(size / 8);
      receive[peer] = {std::as_writable_bytes(std::span(theirs[peer]))};
    }
    communicator.exchange_with_all({std::as_bytes(std::span(own))}, receive);
    for (int peer = 0; peer < world_size; ++peer)
      for (uint64_t i = 0; i < theirs[peer].size(); ++i)
        if (theirs[peer][i] != word(peer, i)) throw std::runtime_error("a word of rank " + std::to_string(peer) + " came wrong");
    communicator.close();
  });
  for (const auto& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace

TEST_CASE("64 MiB in both directions at once between two parties, 16 MiB between five", "[slow]") {
  exchange_at_once(2, size_t{64} << 20);
  exchange_at_once(5, size_t{16} << 20);
}

TEST_CASE("2 GiB in both directions at once between two parties, 256 MiB between five", "[.][long]") {
  exchange_at_once(2, size_t{2} << 30);
  exchange_at_once(5, size_t{256} << 20);
}

TEST_CASE("counted wire bytes are the bytes of the buffers handed to gRPC") {
  for (const int world_size : {2, 3}) {
    CAPTURE(world_size);
    const TestRun run(world_size);
    auto meshes = connect_all(run);
    std::vector<Counted> counted(world_size);
    const auto failures = in_parallel(world_size, [&](int rank) { counted[rank] = run_rounds(rank, world_size, std::move(meshes[rank]), run); });
    for (const auto& failure : failures)
      if (failure) std::rethrow_exception(failure);
    for (int rank = 0; rank < world_size; ++rank) {
      uint64_t payload = 0;
      for (const uint64_t size : {1, 5'000, 3'000'000})
        for (int peer = 0; peer < world_size; ++peer) payload += peer == rank ? 0 : size + static_cast<uint64_t>(peer);
      CHECK(counted[rank].traffic.rounds == 3);
      CHECK(counted[rank].traffic.bytes_sent == payload);
      CHECK(counted[rank].handed_over == counted[rank].traffic.wire_bytes_sent);
      CHECK(counted[rank].handed_over > payload);                        // headers
      CHECK(counted[rank].handed_over < payload + 1000 * static_cast<uint64_t>(world_size));
    }
  }
}
