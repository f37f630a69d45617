#include "comm/grpc/rendezvous.h"

#include <cstdlib>
#include <sstream>

#include "comm/grpc/settings.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

[[noreturn]] void unusable(const std::string& name, const std::string& why) {
  throw SessionError(
      260, "environment variable " + name + " cannot be used", "rendezvous", why,
      "Start the parties with `crypten-launch -n 2 program`, or set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun does.");
}

int number(const char* name, int low, int high) {
  const std::string text = variable(name);
  if (text.empty()) unusable(name, "it is not set");
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (*end != '\0' || value < low || value > high)
    unusable(name, "\"" + text + "\" is not a number from " + std::to_string(low) + " to " + std::to_string(high));
  return static_cast<int>(value);
}

std::vector<std::string> comma_separated(const std::string& list) {
  std::istringstream in(list);
  std::vector<std::string> parts;
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<std::string> addresses_from_environment(int world_size) {
  if (const std::string list = variable("CRYPTEN_ADDRESSES"); !list.empty()) {
    auto addresses = comma_separated(list);
    if (addresses.size() != static_cast<size_t>(world_size))
      unusable("CRYPTEN_ADDRESSES", std::to_string(addresses.size()) + " addresses for a world of " + std::to_string(world_size));
    return addresses;
  }
  const std::string host = variable("MASTER_ADDR");
  if (host.empty()) unusable("MASTER_ADDR", "it is not set");
  const int port = number("MASTER_PORT", 1, 65536 - world_size);
  const bool bare_ipv6 = host.find(':') != std::string::npos && host[0] != '[';
  std::vector<std::string> addresses;
  for (int p = 0; p < world_size; ++p) addresses.push_back((bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port + p));
  return addresses;
}

}  // namespace

Rendezvous rendezvous_from_environment() {
  Rendezvous rendezvous;
  rendezvous.run_folder = variable("CRYPTEN_RUN_FOLDER");
  rendezvous.dealer_addresses = comma_separated(variable("CRYPTEN_DEALER"));
  if (variable("RANK").empty() && variable("WORLD_SIZE").empty()) {
    rendezvous.addresses = {"localhost:0"};
    return rendezvous;
  }
  rendezvous.world_size = number("WORLD_SIZE", 1, 1024);
  rendezvous.rank = number("RANK", 0, rendezvous.world_size - 1);
  if (rendezvous.world_size == 1) rendezvous.addresses = {"localhost:0"};
  else rendezvous.addresses = addresses_from_environment(rendezvous.world_size);
  return rendezvous;
}

ConnectedSession connect_session(const Rendezvous& rendezvous, const Config& config) {
  MeshOptions mesh;
  mesh.rank = rendezvous.rank;
  mesh.addresses = rendezvous.addresses;
  mesh.insecure_plaintext = config.insecure_plaintext;
  mesh.run_id = "plaintext";
  ConnectedSession session;
  std::string dealer_fingerprint;
  const bool alone = rendezvous.world_size == 1 && rendezvous.dealer_addresses.empty();
  if (alone) {
    mesh.run_id = "alone";
  } else if (!config.insecure_plaintext) {
    if (rendezvous.run_folder.empty()) {
      throw SessionError(261, "no certificates", "rank " + std::to_string(rendezvous.rank), "CRYPTEN_RUN_FOLDER is not set",
                         "Run `crypten-cert init run -n " + std::to_string(rendezvous.world_size) +
                             "` once, give every party its folder, and set CRYPTEN_RUN_FOLDER=run/party-" +
                             std::to_string(rendezvous.rank) + "; or start all parties on one machine with `crypten-launch`.");
    }
    const Roster roster = load_roster(rendezvous.run_folder);
    mesh.credentials = load_party_credentials(rendezvous.run_folder, rendezvous.rank);
    mesh.run_id = roster.run_id;
    mesh.roster = roster.fingerprints();
    dealer_fingerprint = roster.dealer;
  }
  mesh.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(config.rendezvous_timeout_s));
  session.options.rank = rendezvous.rank;
  session.options.world_size = rendezvous.world_size;
  session.options.config = config;
  session.options.run_id = mesh.run_id;
  session.options.roster = mesh.roster;
  for (const auto& address : rendezvous.dealer_addresses) {
    check_address(address, "the dealer");
    session.dealers.push_back({address, dealer_name(mesh.run_id), dealer_fingerprint, mesh.credentials, config.insecure_plaintext});
  }
  session.mesh = connect_mesh(mesh);
  return session;
}

ConnectedSession connect_session_from_environment(const Config& config) { return connect_session(rendezvous_from_environment(), config); }

}  // namespace crypten
