#include "comm/grpc/endpoint.h"

#include "comm/grpc/admission.h"
#include "comm/grpc/settings.h"
#include "crypten_core/error.h"

namespace crypten {

Endpoint::Endpoint() {
  prepare_grpc();
  poller_ = std::make_unique<Poller>(std::make_unique<grpc::CompletionQueue>(), Poller::Keeper::own_thread);
}

Endpoint::Endpoint(const std::string& address, const Credentials& credentials, bool insecure_plaintext) {
  grpc::ServerBuilder builder;
  set_up_server(builder, address, credentials, insecure_plaintext, &port_);
  builder.RegisterAsyncGenericService(&service_);
  auto queue = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (!server_ || port_ == 0) {
    if (server_) server_->Shutdown();
    queue->Shutdown();
    void* tag;
    bool ok;
    while (queue->Next(&tag, &ok)) {
    }
    throw_port_taken(address);
  }
  server_queue_ = queue.get();
  poller_ = std::make_unique<Poller>(std::move(queue), Poller::Keeper::own_thread);
}

void Endpoint::stop_serving() {
  if (server_) server_->Shutdown(std::chrono::system_clock::now());
}

Endpoint::~Endpoint() {
  stop_serving();
  poller_.reset();  // delivers what was still under way, to the admission among others
}

void Endpoint::keep(std::unique_ptr<Admission> admission) { admission_ = std::move(admission); }

void throw_port_taken(const std::string& address) {
  throw SessionError(242, "cannot listen on " + address, "rendezvous",
                     "the port is taken by another process (perhaps one of the same rank), or the address is not one of this host",
                     "Stop the other process, or choose another port or address.");
}

}  // namespace crypten
