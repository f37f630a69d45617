#include "comm/grpc/settings.h"

#include <absl/synchronization/mutex.h>
#include <grpc/support/log.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>

#include <cstdlib>
#include <mutex>

#include "crypten_core/error.h"

namespace crypten {

namespace {

constexpr int kHandshakeTime = 5000;  // ms, for TCP, TLS and HTTP/2 together: several journeys there and back, or turns of a busy machine

std::mutex failures_mutex;
TlsFailures failures;

void keep_log_line(gpr_log_func_args* line) {
  const std::string text = line->message ? line->message : "";
  if (text.find("andshake failed") == std::string::npos) return;
  std::lock_guard holding(failures_mutex);
  ++failures.count;
  const auto words = text.rfind("SSL routines::");  // "… error:0A000086:SSL routines::certificate verify failed."
  if (words != std::string::npos) failures.last = text.substr(words + 14);
  else if (failures.last.empty()) failures.last = text;
}

template <class Set>
void common_arguments(Set set) {
  set(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, static_cast<int>(kMaxMessage));
  set(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, static_cast<int>(kMaxMessage));
  set(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);  // a peer that is stopped or unreachable is noticed in 1 + 3 s
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 3000);
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);                    // the default stops pinging an idle stream after two
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 300);  // the default takes our pings for an attack
  set(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  set(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);         // sessions in one process must not share a connection
  set(GRPC_ARG_ENABLE_RETRIES, 0);                    // nothing is sent twice behind our back
  set(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);  // shares do not compress; bombs would
  set(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 4 << 20);  // on a busy machine each request for more costs several turns of the scheduler
  set("grpc.enable_http_proxy", 0);                   // parties' traffic does not go where the environment says
}

}  // namespace

void prepare_grpc() {
  static const bool done = [] {
    setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "500", 0);  // a client that computes still answers pings
    gpr_set_log_function(keep_log_line);
    // Builds of Abseil with assertions, Debian's among them, draw a graph of all locks, under a lock of its own, with each lock that gRPC
    // takes.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    return true;
  }();
  (void)done;
}

TlsFailures tls_failures() {
  std::lock_guard holding(failures_mutex);
  return failures;
}

std::shared_ptr<grpc::Channel> make_channel(const std::string& address, const std::string& name, const Credentials& credentials,
                                            bool insecure_plaintext) {
  prepare_grpc();
  grpc::ChannelArguments arguments;
  common_arguments([&](const char* key, int value) { arguments.SetInt(key, value); });
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kHandshakeTime);  // in truth how long an attempt may take
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);         // peers start in any order
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  if (insecure_plaintext) return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  arguments.SetSslTargetNameOverride(name);
  grpc::SslCredentialsOptions tls{credentials.authority, credentials.key, credentials.certificate};
  return grpc::CreateCustomChannel(address, grpc::SslCredentials(tls), arguments);
}

void set_up_server(grpc::ServerBuilder& builder, const std::string& address, const Credentials& credentials, bool insecure_plaintext,
                   int* port) {
  prepare_grpc();
  common_arguments([&](const char* key, int value) { builder.AddChannelArgument(key, value); });
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTime);  // half-open handshakes do not pile up
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 4);                    // of one connection
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);                           // or a second process silently takes half of the connections
  builder.SetResourceQuota(grpc::ResourceQuota("crypten").Resize(size_t{512} << 20));
  if (insecure_plaintext) {
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), port);
    return;
  }
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = credentials.authority;
  tls.pem_key_cert_pairs.push_back({credentials.key, credentials.certificate});
  builder.AddListeningPort(address, grpc::SslServerCredentials(tls), port);
}

void check_address(const std::string& address, const std::string& what) {
  const auto colon = address.rfind(':');
  bool good = colon != std::string::npos && colon > 0 && address.find_first_of("/ \t") == std::string::npos;
  if (good && address.substr(0, colon).find(':') != std::string::npos) good = address[0] == '[' && address[colon - 1] == ']';
  if (good) {
    const std::string port = address.substr(colon + 1);
    good = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos && std::stoi(port) <= 65535;
  }
  if (!good) {
    throw InvalidArgument(240, "not an address: \"" + address + "\"", what, "expected host:port, for example 10.0.0.7:29500 or [::1]:29500",
                          "Correct the address of " + what + ".");
  }
}

}  // namespace crypten
