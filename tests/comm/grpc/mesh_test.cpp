#include "comm/grpc/mesh.h"

#include <catch2/catch.hpp>

#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// What each rank of two sees with these options; meshes that came about are dropped together.
std::vector<std::string> outcome(std::vector<MeshOptions> options) {
  std::vector<PartyMesh> meshes(options.size());
  const auto failures = in_parallel(static_cast<int>(options.size()), [&](int i) { meshes[i] = connect_mesh(options[i]); });
  std::vector<std::string> texts;
  for (const auto& failure : failures) texts.push_back(told(failure));
  return texts;
}

}  // namespace

TEST_CASE("every pair of ranks is joined, and knows the other's certificate") {
  for (int world_size : {1, 2, 3}) {
    const TestRun run(world_size);
    auto meshes = connect_all(run);
    for (int a = 0; a < world_size; ++a) {
      REQUIRE(meshes[a].channels.size() == static_cast<size_t>(world_size));
      CHECK(meshes[a].channels[a] == nullptr);
      for (int b = 0; b < world_size; ++b) {
        if (a == b) continue;
        CHECK(meshes[a].channels[b]->peer_identity() == run.roster[b]);
        const auto sent = pattern(1000, a * 10 + b);
        const Bytes whole(sent);
        REQUIRE(meshes[a].channels[b]->send({&whole, 1}) == Wire::ok);
        ByteVector got;
        REQUIRE(meshes[b].channels[a]->receive(got, in_seconds(5)) == Wire::ok);
        CHECK(got == sent);
      }
    }
  }
}

TEST_CASE("ranks may start in any order") {
  const TestRun run(2);
  for (int late : {0, 1}) {
    const auto addresses = free_addresses(2);
    std::vector<PartyMesh> meshes(2);
    const auto failures = in_parallel(2, [&](int rank) {
      if (rank == late) std::this_thread::sleep_for(std::chrono::milliseconds(700));
      meshes[rank] = connect_mesh(mesh_options(run, rank, addresses));
    });
    CHECK(told(failures[0]) == "");
    CHECK(told(failures[1]) == "");
  }
}

TEST_CASE("what was sent before leaving arrives, even if the peer comes late to read it", "[slow]") {
  auto meshes = connect_all(TestRun(2));
  const auto sent = pattern(size_t{6} << 20, 1);
  for (int leaver : {0, 1}) {
    auto fresh = connect_all(TestRun(2));
    std::thread leaving([&] {
      auto& channel = *fresh[leaver].channels[1 - leaver];
      send_all(channel, sent);
      channel.flush(in_seconds(10));
      fresh[leaver].channels.clear();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));  // only the keeper polls
    ByteVector got(sent.size(), std::byte{});
    receive_all(*fresh[1 - leaver].channels[leaver], got);
    leaving.join();
    CHECK(got == sent);
  }
}

TEST_CASE("idle parties stay connected: the keeper answers pings") {
  auto meshes = connect_all(TestRun(2));
  std::this_thread::sleep_for(std::chrono::seconds(6));  // longer than keepalive time and timeout together
  ByteVector got;
  const Bytes nothing;
  CHECK(meshes[0].channels[1]->send({&nothing, 1}) == Wire::ok);
  CHECK(meshes[1].channels[0]->receive(got, in_seconds(5)) == Wire::ok);
}

TEST_CASE("a missing rank is named with its address") {
  const TestRun run(3);
  const auto addresses = free_addresses(3);
  const auto texts = outcome({mesh_options(run, 0, addresses, 1.5), mesh_options(run, 1, addresses, 1.5)});
  for (const auto& text : texts) {
    INFO(text);
    CHECK(starts_with(text, "RendezvousTimeout: not all parties came: missing rank 2"));
    CHECK(has(text, addresses[2]));
  }
  const auto upper = outcome({mesh_options(run, 2, addresses, 1.0)});
  INFO(upper[0]);
  CHECK(starts_with(upper[0], "RendezvousTimeout: not all parties came: missing rank 0, 1"));
  CHECK(has(upper[0], addresses[0]));
}

TEST_CASE("a certificate of the same authority that the roster does not pin is refused, on both sides by name") {
  const TestRun run(2);
  const auto addresses = free_addresses(2);
  for (int impostor : {0, 1}) {
    std::vector<MeshOptions> options = {mesh_options(run, 0, addresses, 2), mesh_options(run, 1, addresses, 2)};
    options[impostor].credentials = run.authority.issue(party_name(impostor, run.run_id));  // the right name, another key
    options[impostor].roster[impostor] = fingerprint(options[impostor].credentials.certificate);
    const auto texts = outcome(options);
    INFO(texts[0] << "\n" << texts[1]);
    CHECK(starts_with(texts[1], "PeerIdentityMismatch"));  // the caller learns at once
    if (impostor == 1) CHECK(starts_with(texts[0], "PeerIdentityMismatch"));
    CHECK(has(texts[1], "nobody in the roster"));
  }
}

TEST_CASE("another rank's certificate is found before dialling") {
  const TestRun run(3);
  const auto addresses = free_addresses(3);
  MeshOptions options = mesh_options(run, 1, addresses);
  options.credentials = run.parties[2];
  CHECK(starts_with(outcome({options})[0], "CertificateUntrusted"));  // not made out to party-1
  options.roster[1] = options.roster[2];
  CHECK(starts_with(outcome({options})[0], "CertificateUntrusted"));
}

TEST_CASE("a peer of a foreign authority is not trusted") {
  const TestRun run(2);
  for (const char* name : {"test authority", "another authority"}) {  // the same name with another key, and another name
    const TestRun foreign(2, run.run_id, name);
    const auto addresses = free_addresses(2);
    const auto texts = outcome({mesh_options(run, 0, addresses, 2), mesh_options(foreign, 1, addresses, 2)});
    INFO(texts[0] << "\n" << texts[1]);
    CHECK(starts_with(texts[1], "CertificateUntrusted"));
    CHECK(starts_with(texts[0], "RendezvousTimeout: not all parties came: missing rank 1"));
    CHECK(has(texts[0], "TLS handshakes failed"));
  }
}

TEST_CASE("the own certificate is checked before dialling") {
  const TestRun run(2);
  const auto addresses = free_addresses(2);
  auto with = [&](const Credentials& credentials) {
    MeshOptions options = mesh_options(run, 1, addresses);
    options.credentials = credentials;
    options.roster[1] = fingerprint(credentials.certificate);
    return outcome({options})[0];
  };
  const std::string name = party_name(1, run.run_id);
  CHECK(starts_with(with(run.authority.issue(name, -3, -1)), "CertificateExpired: the own certificate has expired"));
  CHECK(starts_with(with(run.authority.issue(name, 1, 2)), "CertificateExpired: the own certificate is not valid yet"));
  CHECK(starts_with(with(run.authority.issue("party-1.other-run.crypten")), "CertificateUntrusted"));
  Credentials foreign = TestAuthority().issue(name);
  foreign.authority = run.authority.pem();
  CHECK(has(with(foreign), "does not vouch"));
  Credentials mixed = run.parties[1];
  mixed.key = run.parties[0].key;
  CHECK(has(with(mixed), "private key"));
  Credentials rootless = run.parties[1];
  rootless.authority.clear();
  CHECK(has(with(rootless), "authority"));
  MeshOptions unpinned = mesh_options(run, 1, addresses);
  unpinned.roster[1] = std::string(64, '0');
  CHECK(starts_with(outcome({unpinned})[0], "PeerIdentityMismatch"));
}

TEST_CASE("TLS on one side only is told apart") {
  const TestRun run(2);
  for (int plain : {0, 1}) {
    const auto addresses = free_addresses(2);
    std::vector<MeshOptions> options = {mesh_options(run, 0, addresses, 2), mesh_options(run, 1, addresses, 2)};
    options[plain].insecure_plaintext = true;
    const auto texts = outcome(options);
    INFO(texts[0] << "\n" << texts[1]);
    if (plain == 0) {
      CHECK(starts_with(texts[1], "ConfigMismatch"));
      CHECK(has(texts[1], "insecure_plaintext"));
      CHECK(starts_with(texts[0], "RendezvousTimeout"));
    } else {
      CHECK(starts_with(texts[0], "RendezvousTimeout"));
      CHECK(has(texts[0], "TLS handshakes failed"));
      CHECK(starts_with(texts[1], "RendezvousTimeout"));
      CHECK(has(texts[1], "closes connections"));
    }
  }
}

TEST_CASE("a second process of the same rank is refused and the first is not disturbed") {
  const TestRun run(2);
  const auto addresses = free_addresses(2);
  std::vector<PartyMesh> meshes(2);
  in_parallel(2, [&](int rank) { meshes[rank] = connect_mesh(mesh_options(run, rank, addresses)); });
  REQUIRE(meshes[0].channels.size() == 2);
  const auto second = outcome({mesh_options(run, 1, addresses)});
  INFO(second[0]);
  CHECK(starts_with(second[0], "RankTaken"));
  const auto server = outcome({mesh_options(run, 0, addresses)});
  CHECK(has(server[0], "cannot listen on " + addresses[0]));
  const Bytes nothing;
  ByteVector got;
  CHECK(meshes[1].channels[0]->send({&nothing, 1}) == Wire::ok);
  CHECK(meshes[0].channels[1]->receive(got, in_seconds(5)) == Wire::ok);
}

TEST_CASE("a rank that went away before all were there may come again") {
  const TestRun run(3);
  const auto addresses = free_addresses(3);
  std::vector<PartyMesh> meshes(3);
  bool timed_out = false;
  const auto failures = in_parallel(3, [&](int rank) {
    if (rank == 1) {
      try {
        connect_mesh(mesh_options(run, 1, addresses, 1.0));  // rank 2 is not there yet
      } catch (const RendezvousTimeout&) {
        timed_out = true;
      }
    }
    if (rank == 2) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    meshes[rank] = connect_mesh(mesh_options(run, rank, addresses));
  });
  CHECK(timed_out);
  for (const auto& failure : failures) CHECK(told(failure) == "");
}

TEST_CASE("another run or another world is named") {
  const TestRun run(2), bigger(3);
  const auto addresses = free_addresses(3);
  MeshOptions low = mesh_options(run, 0, {addresses[0], addresses[1]}, 1.5), high = low;
  low.insecure_plaintext = high.insecure_plaintext = true;
  high.rank = 1;
  high.run_id = "yesterday";
  auto texts = outcome({low, high});
  CHECK(starts_with(texts[1], "ConfigMismatch"));
  CHECK(has(texts[1], "test-run"));
  low.deadline = high.deadline = in_seconds(1.5);
  high.run_id = low.run_id;
  high.rank = 2;
  high.addresses = {addresses[0], addresses[0], addresses[2]};
  texts = outcome({low, high});
  INFO(texts[1]);
  CHECK(starts_with(texts[1], "ConfigMismatch"));
}

TEST_CASE("addresses are checked") {
  const TestRun run(2);
  for (const char* bad : {"localhost", ":1", "host:", "host:99999", "unix:/tmp/x", "a:b:1", "host:1x"}) {
    MeshOptions options = mesh_options(run, 0, {"127.0.0.1:1", bad});
    const auto text = outcome({options})[0];
    INFO(text);
    CHECK(starts_with(text, "InvalidArgument: not an address"));
  }
}
