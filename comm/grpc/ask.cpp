#include "comm/grpc/ask.h"

#include <grpcpp/generic/generic_stub.h>

#include "comm/grpc/call.h"
#include "comm/grpc/settings.h"
#include "crypten_core/error.h"

namespace crypten {

grpc::Status ask_once(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, const std::string& question, grpc::ClientContext* context,
                      std::string* answer) {
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

grpc::Status ask_member(const ServiceAddress& member, const std::string& method, Clock::time_point deadline, grpc::ClientContext* context, std::string* answer) {
  check_address(member.address, member.name);
  if (!member.insecure_plaintext) check_own_certificate(member.credentials, "", "");
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now()));
  grpc::Status status = ask_once(make_channel(member.address, member.name, member.credentials, member.insecure_plaintext), method, "", context, answer);
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)
    throw RendezvousTimeout(255, member.name + " does not answer", member.address, status.error_message(), "Start it, and check address, port, firewalls and certificates.");
  const auto found = peer_fingerprint(context->auth_context());
  if (!member.insecure_plaintext && found != member.fingerprint)
    throw PeerIdentityMismatch(243, member.name + " is not who it claims to be", member.address, "its certificate is not the roster's (" + found.substr(0, 16) + "…)",
                               "Check the address, and that both sides use one run folder.");
  return status;
}

ServiceAddress member_at(const std::string& address, const std::string& run_folder, std::optional<int> rank) {
  const Roster roster = load_roster(run_folder);
  if (rank && (*rank < 0 || static_cast<size_t>(*rank) >= roster.parties.size()))
    throw InvalidArgument(251, "no such rank", run_folder, "rank " + std::to_string(*rank) + " of " + std::to_string(roster.parties.size()), "Name a rank of the roster.");
  ServiceAddress member;
  member.address = address;
  member.name = rank ? party_name(*rank, roster.run_id) : dealer_name(roster.run_id);
  member.fingerprint = rank ? roster.parties[static_cast<size_t>(*rank)].fingerprint : roster.dealer;
  member.credentials = load_own_credentials(run_folder, roster);
  return member;
}

}  // namespace crypten
