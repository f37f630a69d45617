// crypten-dealer: the dealer as a program of its own. It sees no input, no share and no opened value; it knows every mask, so run it on a host
// and under a person of its own, and never let it see the parties' traffic.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "comm/grpc/ask.h"
#include "comm/grpc/credentials.h"
#include "comm/grpc/health.h"
#include "comm/grpc/service.h"
#include "crypten_core/error.h"
#include "mpc/provider/dealer_server.h"
#include "mpc/provider/master_key.h"
#include "tools/dealer/metrics.h"

namespace {

using namespace crypten;

struct Arguments {
  std::string listen = "127.0.0.1:0", run_folder, master_key, new_key, metrics, check;
  bool plaintext = false, core_dumps = false;
  double drain_seconds = 5;
  int max_clients = 512;
  uint64_t memory_mib = 0, kept_masks_mib = DealerOptions{}.kept_masks >> 20;
};

// Half of this machine's, unless something else was asked for.
uint64_t memory(const Arguments& arguments) {
  if (arguments.memory_mib > 0) return arguments.memory_mib << 20;
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) / 2 : 0;
}

// No key reaches a core file or another process of the same user.
void protect_memory() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0 || ::prctl(PR_SET_DUMPABLE, 0) != 0) {
    throw SessionError(600, "core dumps cannot be switched off", "crypten-dealer", "the system refuses", "start with --insecure-core-dumps if that is meant");
  }
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// 0: it serves. 1: it is there and does not (any more), or cannot be reached.
int check(const Arguments& arguments) {
  const ServiceAddress plain{.address = arguments.check, .name = "dealer", .fingerprint = "", .credentials = {}, .insecure_plaintext = true};
  const ServiceAddress service = arguments.plaintext ? plain : member_at(arguments.check, arguments.run_folder, std::nullopt);
  const Health health = check_health(service, Clock::now() + std::chrono::seconds(5));
  std::cout << (health == Health::serving ? "serving" : health == Health::not_serving ? "draining" : "unknown") << std::endl;
  return health == Health::serving ? 0 : 1;
}

int serve(const Arguments& arguments) {
  // Blocked in every thread that is started from here on; taken below by sigwait.
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  ServiceOptions service_options{.address = arguments.listen, .credentials = {}, .insecure_plaintext = arguments.plaintext, .max_connections = arguments.max_clients};
  DealerOptions dealer_options;
  dealer_options.memory = memory(arguments);
  dealer_options.kept_masks = arguments.kept_masks_mib << 20;
  if (!arguments.plaintext) {
    const Roster roster = load_roster(arguments.run_folder);
    service_options.credentials = load_dealer_credentials(arguments.run_folder);
    dealer_options.roster = roster.fingerprints();
    dealer_options.fingerprint = fingerprint(service_options.credentials.certificate);
    if (roster.parties.size() > 1) service_options.max_connections_each = (arguments.max_clients + 1) / 2;
    DealerServer(Key(), dealer_options);  // a dealer that is a party is told so before anything else
    check_own_certificate(service_options.credentials, dealer_name(roster.run_id), roster.dealer);
  }
  DealerServer dealer(load_master_key(arguments.master_key), dealer_options);
  Service service(service_options, [&](ByteStream& client) { dealer.serve(client); });
  if (arguments.plaintext) std::cerr << "crypten-dealer: --insecure-plaintext: no encryption and no identities; for tests only" << std::endl;
  std::optional<DealerMetrics> metrics;
  if (!arguments.metrics.empty()) std::cerr << "crypten-dealer: metrics at http://" << metrics.emplace(arguments.metrics, service, dealer).address() << "/metrics" << std::endl;
  std::cout << "ready " << service.address() << std::endl;

  int signal = 0;
  ::sigwait(&signals, &signal);
  service.shutdown(Clock::now() + std::chrono::microseconds(static_cast<int64_t>(arguments.drain_seconds * 1e6)));
  const DealerCounters counters = dealer.counters();
  std::cerr << "crypten-dealer: " << counters.clients << " clients (" << counters.refused << " refused), " << counters.requests << " requests, "
            << counters.correction_bytes << " bytes of corrections" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Each client's thread waits for its own connection. By default gRPC lets one of the threads wait for all of them and wake the one that is meant, which takes longer than dealing
  // for a small operation.
  setenv("GRPC_POLL_STRATEGY", "poll", 0);
  Arguments arguments;
  if (const char* folder = std::getenv("CRYPTEN_RUN_FOLDER")) arguments.run_folder = folder;
  CLI::App app("Deals correlated randomness to the parties of a run.");
  app.add_option("--listen", arguments.listen, "host:port to listen on; port 0: any free one")->capture_default_str();
  app.add_option("--run-folder", arguments.run_folder, "certificates and roster, as crypten-cert makes them (default: CRYPTEN_RUN_FOLDER)");
  app.add_option("--master-key", arguments.master_key, "file of 16 bytes, mode 0600; replicas share it");
  app.add_option("--create-master-key", arguments.new_key, "write a fresh master key to this new file and exit");
  app.add_option("--drain-seconds", arguments.drain_seconds, "how long clients may finish after SIGTERM or SIGINT")->capture_default_str()->check(CLI::Range(0.0, 3600.0));
  app.add_option("--metrics", arguments.metrics, "host:port (or a port of 127.0.0.1) for Prometheus; port 0: any free one (default: none)");
  app.add_option("--max-clients", arguments.max_clients, "clients at one time; one certificate has at most half of these places")->capture_default_str()->check(CLI::Range(1, 100000));
  app.add_option("--memory", arguments.memory_mib, "MiB for all requests at one time, of which one may take half (default: half of the machine's)")->check(CLI::Range(4, 1 << 30));
  app.add_option("--keep-masks", arguments.kept_masks_mib, "MiB for masks of static values (models' weights) of all sessions, so that they are not expanded for each request; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 30));
  app.add_option("--check", arguments.check, "ask the dealer at host:port whether it is ready, with any certificate of the run, and exit: 0 if it serves");
  app.add_flag("--insecure-plaintext", arguments.plaintext, "no TLS: tests and measurements only");
  app.add_flag("--insecure-core-dumps", arguments.core_dumps, "allow core dumps, which contain keys");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!arguments.core_dumps) protect_memory();
    if (!arguments.new_key.empty()) {
      create_master_key(arguments.new_key);
      return 0;
    }
    if (arguments.master_key.empty() && arguments.check.empty()) {
      std::cerr << "crypten-dealer: --master-key is missing; create one with --create-master-key FILE\n";
      return 2;
    }
    if (!arguments.plaintext && arguments.run_folder.empty()) {
      std::cerr << "crypten-dealer: no run folder; name it with --run-folder or CRYPTEN_RUN_FOLDER, or make one with crypten-cert\n";
      return 2;
    }
    return arguments.check.empty() ? serve(arguments) : check(arguments);
  } catch (const std::exception& error) {
    std::cerr << "crypten-dealer: " << error.what() << '\n';
    return 1;
  }
}
