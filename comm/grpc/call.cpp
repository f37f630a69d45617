#include "comm/grpc/call.h"

#include <grpcpp/security/auth_context.h>

#include <vector>

#include "comm/grpc/credentials.h"
#include "comm/grpc/version.h"

namespace crypten {

ClientCall::ClientCall(std::shared_ptr<grpc::Channel> channel, const std::string& method, grpc::CompletionQueue* queue)
    : channel_(std::move(channel)), stub_(channel_), stream_(stub_.PrepareCall(&context_, method, queue)) {}

void ServerCall::refuse(const grpc::Status& why, Operation* done) {
  context_.AddTrailingMetadata(kVersionKey, text_of(own_version()));
  stream_.Finish(why, done);
}

std::string ServerCall::metadata(const std::string& key) const {
  const auto& all = context_.client_metadata();
  const auto found = all.find(key);
  return found == all.end() ? std::string() : std::string(found->second.data(), found->second.size());
}

std::string peer_fingerprint(const std::shared_ptr<const grpc::AuthContext>& context) {
  if (context) {
    const auto certificates = context->FindPropertyValues("x509_pem_cert");
    if (!certificates.empty()) return fingerprint(std::string(certificates[0].data(), certificates[0].size()));
  }
  return "plaintext";
}

std::string contents_of(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!message.Dump(&slices).ok()) return bytes;
  for (const auto& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace crypten
