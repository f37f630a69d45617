#include "mpc/connect.h"

#include <chrono>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "crypten_core/error.h"
#include "crypten_core/tensor_memory.h"
#include "mpc/error_codes.h"
#include "mpc/simulate.h"

#if CRYPTEN_WITH_GRPC
#include "comm/grpc/rendezvous.h"
#include "mpc/provider/dealer_client.h"
#endif

namespace crypten {

#if CRYPTEN_WITH_GRPC

std::shared_ptr<Party> connect(const Config& config) {
  const Rendezvous place = rendezvous_from_environment();
  if (place.world_size == 1 && place.dealer_addresses.empty()) return local_parties(1, config).front();
  if (place.dealer_addresses.empty())
    throw SessionError(mpc_code::no_session, "there is no dealer", "connect", std::to_string(place.world_size) + " parties, and CRYPTEN_DEALER is not set",
                       "start crypten-dealer on a host that none of the parties controls, or use crypten-launch --dealer");
  share_heap();
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(config.rendezvous_timeout_s));
  ConnectedSession connected = connect_session(place, config);
  Session session = handshake(connected.options, connected.mesh.channels, deadline);
  std::vector<DealerReplica> dealers;
  for (ServiceAddress dealer : connected.dealers) {
    dealer.read_ahead = kPrefetchWindow + kReadAhead;  // what was asked for between two calls arrives between them
    dealers.push_back({dealer.address, [endpoint = connected.mesh.endpoint, dealer](Clock::time_point until) { return connect_service(endpoint, dealer, until); }});
  }
  auto provider = dealer_provider(session, std::move(dealers), deadline);
  auto communicator = std::make_unique<Communicator>(std::move(session), std::move(connected.mesh.channels));
  return std::make_shared<Party>(std::move(communicator), std::move(provider), connected.mesh.endpoint);
}

#else

std::shared_ptr<Party> connect(const Config& config) {
  const char* const size = std::getenv("WORLD_SIZE");
  if (!size || std::string_view(size) == "1") return local_parties(1, config).front();
  throw SessionError(mpc_code::no_session, "this library was built without the network", "connect", std::string("WORLD_SIZE is ") + size,
                     "build with -DCRYPTEN_GRPC=ON, or use simulate()");
}

#endif

}  // namespace crypten
