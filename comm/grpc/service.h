// Service: a listening port that serves streams of messages to many clients, each on a thread of its own. The dealer is one.
// Clients are authenticated by TLS against the run's authority; which client may do what is the handler's matter
// (ByteStream::peer_identity()). Standard probes (grpc.health.v1.Health/Check) are answered to whoever has a certificate of the run:
// SERVING, and NOT_SERVING from the moment that shutdown() was called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "comm/byte_stream.h"
#include "comm/grpc/credentials.h"

namespace crypten {

struct ServiceOptions {
  std::string address;              // host:port to listen on; port 0: any free one
  Credentials credentials;          // ignored with insecure_plaintext
  bool insecure_plaintext = false;  // tests and measurements only
  int max_connections = 256;        // more clients at one time are refused with a reason
  int max_connections_each = 0;     // the same for one certificate, so that nobody takes all places; 0: no bound of its own
};

struct ServiceCounters {
  uint64_t accepted = 0, refused = 0;  // clients, ever; refused here, because of the bounds above
  int connected = 0;                   // now
  bool draining = false;               // shutdown() was called
  uint64_t tls_failures = 0;           // handshakes that failed in this process
};

class Service {
 public:
  // Listens when the constructor returns. An exception that leaves `on_client` ends that client's stream and goes to `on_error` (default:
  // one line on stderr). Throws SessionError: the port is taken or not ours; CertificateUntrusted: unusable credentials.
  Service(const ServiceOptions& options, StreamHandler on_client, std::function<void(const std::string&)> on_error = {});
  ~Service();  // shutdown() with 1 s
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::string address() const;  // with the port in use
  int connections() const;      // clients served at this moment
  ServiceCounters counters() const;
  void wait();                  // until shutdown() was called and done
  // No new clients; those connected may finish until `deadline`, then their streams are cut. Returns when every handler has returned.
  void shutdown(Clock::time_point deadline);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace crypten
