// The contract of Channel over memory, gRPC in plaintext, and gRPC with mutual TLS.
#include "tests/support/channel_contract.h"

#include <catch2/catch.hpp>

#include "comm/byte_stream.h"
#include "tests/comm/grpc/connect_all.h"

using namespace crypten;
using namespace crypten::test;

namespace {

ChannelPair grpc_pair(bool insecure_plaintext) {
  auto meshes = connect_all(TestRun(2), insecure_plaintext);
  return {std::move(meshes[0].channels[1]), std::move(meshes[1].channels[0])};
}

ChannelPair reversed(ChannelPair pair) { return {std::move(pair.second), std::move(pair.first)}; }

void check(const ConnectPair& connect) {
  for (const auto& one : channel_contract()) {
    CHECK(verdict(one, connect) == "");
    CHECK(verdict(one, [&] { return reversed(connect()); }) == "");
  }
  CHECK(verdict_on_destruction(connect) == "");
  CHECK(verdict_on_destruction([&] { return reversed(connect()); }) == "");
}

}  // namespace

TEST_CASE("channel contract: memory") { check(local_stream_pair); }
TEST_CASE("channel contract: gRPC, insecure plaintext") {
  check([] { return grpc_pair(true); });
}
TEST_CASE("channel contract: gRPC, mutual TLS") {
  check([] { return grpc_pair(false); });
}
