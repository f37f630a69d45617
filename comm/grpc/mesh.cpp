#include "comm/grpc/mesh.h"

#include <algorithm>

#include "comm/grpc/admission.h"
#include "comm/grpc/dial.h"
#include "comm/grpc/endpoint.h"
#include "comm/grpc/settings.h"
#include "comm/grpc/stream.h"
#include "crypten_core/error.h"

namespace crypten {

using namespace std::chrono_literals;

namespace {

constexpr auto kLook = 50ms;  // between two looks at dials that rest and streams that died

void check(const MeshOptions& options) {
  const int world_size = static_cast<int>(options.addresses.size());
  const std::string where = "rank " + std::to_string(options.rank) + " of " + std::to_string(world_size);
  if (options.rank < 0 || options.rank >= world_size)
    throw InvalidArgument(251, "rank outside the world", where, "ranks are 0 … world size − 1, and every rank has an address",
                          "Correct RANK or the addresses.");
  if (world_size > 1)
    for (int p = 0; p < world_size; ++p) check_address(options.addresses[p], "rank " + std::to_string(p));
  if (options.insecure_plaintext || world_size == 1) return;
  if (options.roster.size() != options.addresses.size())
    throw InvalidArgument(
        252, "roster and addresses differ", where, std::to_string(options.roster.size()) + " parties in the roster",
        "Use a run folder made for this number of parties: `crypten-cert init DIR -n " + std::to_string(world_size) + "`.");
  check_own_certificate(options.credentials, party_name(options.rank, options.run_id), options.roster[options.rank]);
}

std::shared_ptr<Endpoint> make_endpoint(const MeshOptions& options) {
  const bool serves = options.rank + 1 < static_cast<int>(options.addresses.size());
  if (!serves) return std::make_shared<Endpoint>();
  return std::make_shared<Endpoint>(options.addresses[options.rank], options.credentials, options.insecure_plaintext);
}

// The streams as they come about. Lower ranks are dialled, higher ones are admitted.
class Gathering {
 public:
  explicit Gathering(const MeshOptions& options)
      : options_(options), endpoint_(make_endpoint(options)), poller_(endpoint_->poller()), peers_(world_size()) {
    if (options.rank + 1 < world_size()) {
      AdmissionRules rules{options.rank, world_size(), options.run_id,
                           options.insecure_plaintext ? std::vector<std::string>{} : options.roster};
      auto admission = std::make_unique<Admission>(*endpoint_, std::move(rules));
      admission_ = admission.get();
      endpoint_->keep(std::move(admission));
      auto lock = poller_.lock();
      admission_->ask([this](int p) { return peers_[p].stream && !peers_[p].stream->over(); });
    }
    for (int p = 0; p < options.rank; ++p) peers_[p].dial = std::make_unique<Dial>(poller_, target(p));
  }

  ~Gathering() {
    if (!admission_) return;
    auto lock = poller_.lock();
    admission_->ask([](int) { return true; });  // nobody joins later, or instead
  }

  PartyMesh run() {
    for (bool complete = false; !complete;) {
      wait();
      complete = true;
      for (int p = 0; p < world_size(); ++p) complete &= p == options_.rank || settle(p);
      if (!complete && Clock::now() >= options_.deadline) throw_missing();
    }
    PartyMesh mesh{endpoint_, {}};
    for (auto& peer : peers_) mesh.channels.push_back(std::move(peer.stream));
    return mesh;
  }

 private:
  struct Peer {
    std::unique_ptr<Dial> dial;  // until it is connected
    std::unique_ptr<Stream> stream;
  };

  int world_size() const { return static_cast<int>(options_.addresses.size()); }

  DialTarget target(int p) const {
    DialTarget target{"rank " + std::to_string(p), options_.addresses[p], kMeshMethod, party_name(p, options_.run_id)};
    target.credentials = options_.credentials;
    target.insecure_plaintext = options_.insecure_plaintext;
    target.metadata = {{kRunKey, options_.run_id}, {kRankKey, std::to_string(options_.rank)}, {kTowardsKey, std::to_string(p)}};
    if (!options_.insecure_plaintext) target.roster = options_.roster, target.fingerprint = options_.roster[p];
    return target;
  }

  void wait() {
    auto lock = poller_.lock();
    for (auto& peer : peers_)
      if (peer.dial) peer.dial->tick();
    auto news = [this] {
      for (int p = 0; p < world_size(); ++p) {
        const auto& dial = peers_[p].dial;
        if (dial ? dial->connected() || dial->failed() : p > options_.rank && admission_->has(p)) return true;
      }
      return false;
    };
    poller_.wait(lock, news, std::min(options_.deadline, Clock::now() + kLook));
  }

  // True if the stream to rank p stands.
  bool settle(int p) {
    Peer& peer = peers_[p];
    auto lock = poller_.lock();
    if (peer.stream && !peer.stream->over()) return true;
    if (peer.stream) {  // the process went away before the mesh was complete: it may come again
      auto gone = std::move(peer.stream);
      lock.unlock();
      gone.reset();
      if (p < options_.rank) peer.dial = std::make_unique<Dial>(poller_, target(p));
      return false;
    }
    if (p > options_.rank) {
      if (!admission_->has(p)) return false;
      auto guest = admission_->take(p);
      seat(p, std::move(guest.call), guest.fingerprint, lock);
      admission_->seated(p);
      return true;
    }
    if (peer.dial->failed()) peer.dial->throw_failure();
    if (!peer.dial->connected()) return false;
    seat(p, peer.dial->take(), peer.dial->fingerprint(), lock);
    lock.unlock();
    peer.dial.reset();
    return true;
  }

  void seat(int p, std::unique_ptr<Call> call, const std::string& fingerprint, std::unique_lock<std::mutex>& lock) {
    lock.unlock();
    auto stream = std::make_unique<Stream>(endpoint_, poller_, std::move(call), fingerprint);
    lock.lock();
    peers_[p].stream = std::move(stream);
  }

  [[noreturn]] void throw_missing() {
    std::string ranks, seen;
    for (int p = 0; p < world_size(); ++p) {
      const Peer& peer = peers_[p];
      if (p == options_.rank || peer.stream) continue;
      ranks += (ranks.empty() ? "" : ", ") + std::to_string(p);
      seen += seen.empty() ? "" : "; ";
      auto lock = poller_.lock();
      if (peer.dial) {
        seen += peer.dial->last_seen();
        continue;
      }
      if (const auto mismatch = admission_->mismatch(p); !mismatch.empty()) {
        throw PeerIdentityMismatch(243, "a process that claims to be rank " + std::to_string(p) + " has another certificate",
                                   "rank " + std::to_string(options_.rank) + " listening on " + options_.addresses[options_.rank], mismatch,
                                   "Start rank " + std::to_string(p) + " with the certificate that this side's roster pins to it.");
      }
      seen += "rank " + std::to_string(p) + " at " + options_.addresses[p] + " (did not call)";
    }
    if (const auto failures = tls_failures(); failures.count > failures_before_)
      seen += "; " + std::to_string(failures.count - failures_before_) + " TLS handshakes failed, the last with: " + failures.last;
    throw RendezvousTimeout(
        253, "not all parties came: missing rank " + ranks, "rank " + std::to_string(options_.rank) + " of " + std::to_string(world_size()),
        seen, "Start the missing ranks; check their addresses, ports and firewalls; communicator.rendezvous_timeout sets the limit.");
  }

  const MeshOptions& options_;
  const int failures_before_ = tls_failures().count;
  std::shared_ptr<Endpoint> endpoint_;
  Poller& poller_;
  Admission* admission_ = nullptr;  // the endpoint's
  std::vector<Peer> peers_;
};

}  // namespace

PartyMesh connect_mesh(const MeshOptions& options) {
  check(options);
  return Gathering(options).run();
}

std::unique_ptr<Channel> connect_service(const std::shared_ptr<Endpoint>& endpoint, const ServiceAddress& service, Clock::time_point deadline) {
  check_address(service.address, service.name);
  DialTarget target{service.name, service.address, kServiceMethod, service.name};
  target.fingerprint = service.insecure_plaintext ? "" : service.fingerprint;
  target.credentials = service.credentials;
  target.insecure_plaintext = service.insecure_plaintext;
  if (!service.insecure_plaintext) {
    if (service.fingerprint.empty())
      throw CertificateUntrusted(254, "no fingerprint is known of " + service.name, service.address, "its identity could not be checked",
                                 "Use a roster that has an entry for it (made by `crypten-cert init`).");
    check_own_certificate(service.credentials, "", "");
  }
  Poller& poller = endpoint->poller();
  Dial dial(poller, std::move(target));
  for (;;) {
    auto lock = poller.lock();
    dial.tick();
    poller.wait(
        lock, [&] { return dial.connected() || dial.failed(); }, std::min(deadline, Clock::now() + kLook));
    if (dial.failed()) dial.throw_failure();
    if (dial.connected()) {
      auto call = dial.take();
      lock.unlock();
      return std::make_unique<Stream>(endpoint, poller, std::move(call), dial.fingerprint(), service.read_ahead);
    }
    if (Clock::now() >= deadline)
      throw RendezvousTimeout(255, service.name + " does not answer", service.address, dial.last_seen(),
                              "Start it, and check address, port and firewalls.");
  }
}

std::unique_ptr<Channel> connect_service(const ServiceAddress& service, Clock::time_point deadline) {
  return connect_service(std::make_shared<Endpoint>(), service, deadline);
}

}  // namespace crypten
