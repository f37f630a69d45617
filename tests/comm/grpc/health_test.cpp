#include "comm/grpc/health.h"

#include <catch2/catch.hpp>
#include <thread>

#include "comm/grpc/ask.h"
#include "comm/grpc/service.h"
#include "comm/grpc/settings.h"
#include "tests/comm/grpc/connect_all.h"
#include "tests/comm/grpc/error_text.h"
#include "tests/support/channel_contract.h"

using namespace crypten;
using namespace crypten::test;
using namespace std::literals;

namespace {

void until_closed(ByteStream& client) {
  ByteVector message;
  while (client.receive(message, in_seconds(60)) == Wire::ok) {
  }
}

struct Probed {
  Probed() : run(2), service({"127.0.0.1:0", run.dealer}, until_closed) {}
  ServiceAddress from(const Credentials& credentials) const {
    return {service.address(), dealer_name(run.run_id), fingerprint(run.dealer.certificate), credentials, false};
  }
  // What a probe by another implementation would send, byte by byte; the answer's bytes, or the status.
  std::string probe(const std::string& question, const std::string& method = kHealthMethod) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    std::string answer;
    const grpc::Status status = ask_once(make_channel(service.address(), dealer_name(run.run_id), run.dealer, false), method, question, &context, &answer);
    return status.ok() ? answer : "status " + std::to_string(status.error_code());
  }

  TestRun run;
  Service service;
};

}  // namespace

TEST_CASE("HealthCheckRequest: one name, unknown fields are passed over, everything else is refused") {
  CHECK(parse_health_request("") == "");
  CHECK(parse_health_request("\x0a\x03"s "abc") == "abc");
  CHECK(parse_health_request("\x0a\x00"s) == "");
  CHECK(parse_health_request("\x10\xff\x01\x0a\x01x"s) == "x");                                      // a number before it
  CHECK(parse_health_request("\x0a\x01x\x11" "01234567\x1d" "0123\x22\x02yz"s) == "x");                // after it 64 bits, 32 bits, a text
  CHECK(parse_health_request("\x0a\x01x\x0a\x01y"s) == "y");                                          // the last one counts
  for (const auto& bad : {"\x0a"s, "\x0a\x02x"s, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"s, "\x0b"s, "\x0c"s, "\x11"s "0123", "\x80"s, "\x10"s, std::string(257, '\0')}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_health_request(bad).has_value());
  }
}

TEST_CASE("HealthCheckResponse: what is written is read; other states are unknown") {
  for (const auto health : {Health::unknown, Health::serving, Health::not_serving}) CHECK((parse_health_response(health_response(health)) == health));
  CHECK(health_response(Health::serving) == "\x08\x01"s);
  CHECK((parse_health_response("") == Health::unknown));
  CHECK((parse_health_response("\x08\x03"s) == Health::unknown));  // SERVICE_UNKNOWN, of Watch
  CHECK_FALSE(parse_health_response("\x08"s).has_value());
  CHECK_FALSE(parse_health_response("\x0a\x05x"s).has_value());
}

TEST_CASE("a service that is ready says SERVING to whoever has a certificate of the run, also while clients are served") {
  Probed probed;
  CHECK((check_health(probed.from(probed.run.dealer), in_seconds(20)) == Health::serving));
  auto client = connect_service(probed.from(probed.run.parties[0]), in_seconds(20));
  CHECK((check_health(probed.from(probed.run.parties[1]), in_seconds(20)) == Health::serving));
  CHECK(probed.probe("") == "\x08\x01"s);
  CHECK(probed.probe("\x0a\x0f"s "crypten.Service") == "\x08\x01"s);
  CHECK(probed.probe("\x0a\x05other"s) == "status " + std::to_string(grpc::StatusCode::NOT_FOUND));
  CHECK(probed.probe("\xff"s) == "status " + std::to_string(grpc::StatusCode::INVALID_ARGUMENT));
  CHECK(probed.probe(std::string(100'000, 'x')) == "status " + std::to_string(grpc::StatusCode::INVALID_ARGUMENT));
  CHECK(probed.probe("", "/grpc.health.v1.Health/Watch") == "status " + std::to_string(grpc::StatusCode::UNIMPLEMENTED));
  CHECK(probed.service.counters().accepted == 1);  // probes are no clients
}

TEST_CASE("a service that drains says NOT_SERVING, and goes on with its clients") {
  Probed probed;
  auto client = connect_service(probed.from(probed.run.parties[0]), in_seconds(20));
  std::thread stopping([&] { probed.service.shutdown(in_seconds(60)); });
  Health health = Health::serving;
  for (const auto end = in_seconds(20); health == Health::serving && Clock::now() < end;) health = check_health(probed.from(probed.run.dealer), in_seconds(20));
  CHECK((health == Health::not_serving));
  CHECK(probed.service.connections() == 1);
  CHECK(probed.service.counters().draining);
  client->close();
  client.reset();
  stopping.join();
  CHECK(starts_with(told_by([&] { check_health(probed.from(probed.run.dealer), in_seconds(0.5)); }), "RendezvousTimeout"));
}

TEST_CASE("a probe needs a certificate of the run, and knows the service's") {
  Probed probed;
  const TestRun foreign(1, probed.run.run_id, "another authority");
  auto stranger = probed.from(foreign.dealer);
  CHECK(starts_with(told_by([&] { check_health(stranger, in_seconds(5)); }), "RendezvousTimeout"));
  auto pinned = probed.from(probed.run.dealer);
  pinned.fingerprint = fingerprint(probed.run.parties[0].certificate);
  CHECK(starts_with(told_by([&] { check_health(pinned, in_seconds(20)); }), "PeerIdentityMismatch"));
}

TEST_CASE("probes that ask nothing hold few places, for seconds, and no client's") {
  Probed probed;
  Poller poller(std::make_unique<grpc::CompletionQueue>(), Poller::Keeper::own_thread);
  struct Silent final : Operation {
    void completed(bool) noexcept override { ++completions; }
    int completions = 0;
  } silent;
  std::vector<std::unique_ptr<ClientCall>> calls;
  for (int i = 0; i < 20; ++i) {  // beyond the 8 that are answered at one time
    calls.push_back(std::make_unique<ClientCall>(make_channel(probed.service.address(), dealer_name(probed.run.run_id), probed.run.parties[1], false), kHealthMethod, poller.queue()));
    calls.back()->start(&silent);
  }
  auto client = connect_service(probed.from(probed.run.parties[0]), in_seconds(20));
  CHECK(probed.service.connections() == 1);
  // 2 s later they are gone.
  std::string answer;
  for (const auto end = in_seconds(20); answer != "\x08\x01"s && Clock::now() < end;) answer = probed.probe("");
  CHECK(answer == "\x08\x01"s);
  for (auto& call : calls) call->cancel();
  std::vector<grpc::Status> ends(calls.size());
  {
    auto lock = poller.lock();
    for (size_t i = 0; i < calls.size(); ++i) calls[i]->status(&ends[i], &silent);
    CHECK(poller.wait(
        lock, [&] { return silent.completions == 40; }, in_seconds(20), Poller::Interrupts::ignored));
  }
  calls.clear();
}
