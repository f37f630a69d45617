// The dealer as a process of its own, behind mutual TLS.
#ifdef CRYPTEN_TEST_DEALER
#include "dealer_process.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <thread>

#include "comm/grpc/health.h"
#include "comm/last_words.h"
#include "reference.h"

using namespace crypten;
using test::DealerProcess;

namespace {

// The class of the error that a client meets which holds the certificate of rank `holder` and says that it is `claimed`; empty: it was given that rank's key.
std::string meet(const DealerProcess& dealer, const test::TestRun& run, int holder, int claimed) {
  try {
    dealer_provider(test::session_of(run, claimed), test::reached(connect_service(dealer.from(holder), test::soon())), test::soon());
  } catch (const std::exception& error) {
    return error_class(error);
  }
  return "";
}

ShareRequest share(int64_t words, uint64_t offset = 0) { return {{{reference::mask_term(reference::mask({words}, offset)), 64}}}; }

bool is_mask(const Provider& first, const Provider& second, const RingTensor& own, const RingTensor& others, uint64_t offset) {
  const auto count = static_cast<size_t>(own.numel());
  std::vector<uint64_t> a(count), b(count);
  first.streams().masks(0)->fill(a, offset);
  second.streams().masks(0)->fill(b, offset);
  const auto* x = own.words().const_data_ptr<int64_t>();
  const auto* y = others.words().const_data_ptr<int64_t>();
  for (size_t i = 0; i < count; ++i)
    if (static_cast<uint64_t>(x[i]) + static_cast<uint64_t>(y[i]) != a[i] + b[i]) return false;
  return true;
}

// Whether a text contains the first half of what is in this file, as it is or in hexadecimal digits.
bool reveals(const std::string& text, const std::string& key) {
  std::ifstream in(key, std::ios::binary);
  const std::string secret(std::istreambuf_iterator<char>(in), {});
  REQUIRE(secret.size() == 16);
  std::string hex;
  for (const char c : secret.substr(0, 8)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return text.find(secret.substr(0, 8)) != std::string::npos || text.find(hex) != std::string::npos;
}

}  // namespace

TEST_CASE("between processes, a rank's key goes to the holder of its certificate only", "[mpc][dealer]") {
  const test::TestRun run(3);
  const DealerProcess dealer(run);
  for (int holder = 0; holder < 3; ++holder)
    for (int claimed = 0; claimed < 3; ++claimed) {
      CAPTURE(holder, claimed);
      CHECK(meet(dealer, run, holder, claimed) == (holder == claimed ? "" : "PeerIdentityMismatch"));
    }
}

TEST_CASE("a dealer that is told to stop completes what clients are in the middle of, takes nobody new, says so, and ends in good order", "[dealer]") {
  const test::TestRun run(2);
  DealerProcess dealer(run, {"--drain-seconds", "120"});
  auto first = dealer_provider(test::session_of(run, 0), test::reached(connect_service(dealer.from(0), test::soon())), test::soon());
  auto second = dealer_provider(test::session_of(run, 1), test::reached(connect_service(dealer.from(1), test::soon())), test::soon());
  // 64 MiB, far more than is read ahead: the dealer is in the middle of sending it for as long as nobody reads.
  constexpr int64_t kWords = 8 << 20;
  const auto asked = second->request(share(kWords));
  const auto others = first->request(share(kWords));
  second->flush();
  for (const auto end = test::soon(); dealer.fact("VmRSS") < 64 << 10 && Clock::now() < end;) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  dealer.signal(SIGTERM);
  Health health = Health::serving;
  for (const auto end = test::soon(); health == Health::serving && Clock::now() < end;) {
    try {
      health = check_health(dealer.from(0), test::soon());
    } catch (const RendezvousTimeout&) {  // on a slow machine a handshake may take longer than the dealer gives it: asked again
    }
  }
  CHECK((health == Health::not_serving));
  CHECK_THROWS_AS(connect_service(dealer.from(0), Clock::now() + std::chrono::milliseconds(300)), RendezvousTimeout);
  CHECK(is_mask(*first, *second, others.ring(), asked.ring(), 0));
  // Nor is a session cut that goes on asking.
  const auto more = second->request(share(1000, kWords));
  CHECK(is_mask(*first, *second, first->request(share(1000, kWords)).ring(), more.ring(), kWords));
  const auto before = Clock::now();
  first.reset();
  second.reset();
  CHECK(dealer.ended() == 0);
  CHECK(Clock::now() - before < std::chrono::seconds(60));  // without waiting for the 120 s
  CHECK(dealer.said().find("2 clients (0 refused), 2 requests, 67116864 bytes of corrections") != std::string::npos);
  CHECK_FALSE(reveals(dealer.said(), dealer.master_key()));
}

TEST_CASE("a dealer that is told to stop cuts clients that do not leave when its time is up", "[dealer]") {
  const test::TestRun run(1);
  DealerProcess dealer(run, {"--drain-seconds", "0.2"});
  const auto only = dealer_provider(test::session_of(run, 0), test::reached(connect_service(dealer.from(0), test::soon())), test::soon());
  REQUIRE(only->request(share(10)).ring().numel() == 10);
  dealer.signal(SIGINT);
  CHECK(dealer.ended() == 0);
  CHECK_THROWS_AS(only->request(share(10, 10)).ring(), DealerLost);
}

// Not on instrumented libraries: no shell runs with their runtime in front of it.
TEST_CASE("a dealer starts with a master key that only its owner may read, and never says it", "[dealer][slow]") {
  const test::TestRun run(1);
  test::TemporaryFolder folder;
  test::write_run_folder(run, folder);
  const std::string key = folder.path() + "/master.key", said = folder.path() + "/said";
  const auto start = [&](const std::string& options) {
    const int status = std::system(("timeout 60 " CRYPTEN_TEST_DEALER " --run-folder " + folder.path() + " " + options + " > " + said + " 2>&1").c_str());
    std::stringstream text;
    text << std::ifstream(said).rdbuf();
    return std::to_string(WEXITSTATUS(status)) + " " + text.str();
  };
  CHECK(start("").find("2 crypten-dealer: --master-key is missing") == 0);
  CHECK(start("--create-master-key " + key) == "0 ");
  struct stat facts {};
  REQUIRE(stat(key.c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(facts.st_size == 16);
  const auto tells = [&](const std::string& text) { return reveals(text, key); };
  for (const mode_t mode : {0640, 0604}) {
    chmod(key.c_str(), mode);
    const auto text = start("--master-key " + key);
    CAPTURE(mode, text);
    CHECK(text.find("1 crypten-dealer: CRY-0360") == 0);
    CHECK_FALSE(tells(text));
  }
  chmod(key.c_str(), 0600);
  CHECK(start("--create-master-key " + key).find("1 crypten-dealer: CRY-0360") == 0);  // never over another
}
#endif
