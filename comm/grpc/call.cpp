#include "comm/grpc/call.h"

#include <grpcpp/security/auth_context.h>

#include <vector>

#include "comm/grpc/credentials.h"

namespace crypten {

ClientCall::ClientCall(std::shared_ptr<grpc::Channel> channel, const std::string& method, grpc::CompletionQueue* queue)
    : channel_(std::move(channel)), stub_(channel_), stream_(stub_.PrepareCall(&context_, method, queue)) {}

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

grpc::Status ask_once(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& question,
                      grpc::ClientContext* context, std::string* answer) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const grpc::Slice bytes(question);
  const auto call = stub.PrepareUnaryCall(context, method, grpc::ByteBuffer(&bytes, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer message;
  grpc::Status status;
  call->Finish(&message, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (status.ok()) *answer = contents_of(message);
  return status;
}

}  // namespace crypten
