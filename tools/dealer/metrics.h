// What a dealer tells Prometheus: totals and states, in the text format, on a listening address of its own. No label names a party, a certificate, a session or a key.
#pragma once

#include <memory>
#include <string>

#include "comm/grpc/service.h"
#include "mpc/provider/dealer_server.h"

namespace crypten {

class DealerMetrics {
 public:
  // "host:port", or a port alone, which is 127.0.0.1's; port 0: any free one. Both objects must outlive this one.
  // Throws InvalidArgument: built without prometheus-cpp; SessionError: no address of this host, or the port is taken.
  DealerMetrics(const std::string& address, const Service& service, const DealerServer& dealer);
  ~DealerMetrics();

  std::string address() const;  // with the port in use

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
