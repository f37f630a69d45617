// Endpoint: what the streams of one session share in one process: a completion queue with its poller and, if the process serves, the
// listening server.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "comm/grpc/credentials.h"
#include "comm/grpc/poller.h"

namespace crypten {

class Admission;

class Endpoint {
 public:
  Endpoint();  // dials only
  // Listens on `address`. Throws SessionError: the address is taken, or not of this host.
  Endpoint(const std::string& address, const Credentials& credentials, bool insecure_plaintext);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  Poller& poller() { return *poller_; }
  grpc::AsyncGenericService& service() { return service_; }
  grpc::ServerCompletionQueue* server_queue() { return server_queue_; }
  int port() const { return port_; }
  void stop_serving();                              // cuts the calls that are left
  void keep(std::unique_ptr<Admission> admission);  // as long as calls may arrive

 private:
  int port_ = 0;
  std::unique_ptr<Admission> admission_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::Server> server_;
  grpc::ServerCompletionQueue* server_queue_ = nullptr;
  std::unique_ptr<Poller> poller_;
};

// Throws the SessionError of a port that could not be had.
[[noreturn]] void throw_port_taken(const std::string& address);

}  // namespace crypten
