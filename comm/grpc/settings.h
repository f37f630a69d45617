// Settings of gRPC that this transport relies on, in one place. Everything not named here keeps gRPC's default on purpose: frame size,
// look-ahead, bandwidth probe and buffers gained nothing when measured.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server_builder.h>

#include <cstddef>
#include <memory>
#include <string>

#include "comm/grpc/credentials.h"

namespace crypten {

inline constexpr size_t kMaxMessage = size_t{1} << 20;  // one gRPC message; larger payloads are cut by the frame layer
inline constexpr const char* kMeshMethod = "/crypten.Mesh/Stream";
inline constexpr const char* kServiceName = "crypten.Service";
inline constexpr const char* kServiceMethod = "/crypten.Service/Stream";

// Before the first use of gRPC in this process: its own log lines go to tls_failures(), its timers are set, Abseil does not check the order
// of its locks. Idempotent, thread-safe.
void prepare_grpc();

// TLS handshakes that failed in this process. gRPC tells a server about them only by its log.
struct TlsFailures {
  int count = 0;
  std::string last;  // OpenSSL's words
};
TlsFailures tls_failures();

// A connection to `address` that expects `name` in the peer's certificate.
std::shared_ptr<grpc::Channel> make_channel(const std::string& address, const std::string& name, const Credentials& credentials,
                                            bool insecure_plaintext);

// Listens on `address` when built; *port receives the port in use, 0 if it could not be had.
void set_up_server(grpc::ServerBuilder& builder, const std::string& address, const Credentials& credentials, bool insecure_plaintext,
                   int* port);

// host:port with a host and a port of 0 … 65535 (IPv6 in brackets); throws InvalidArgument that names `what`.
void check_address(const std::string& address, const std::string& what);

}  // namespace crypten
