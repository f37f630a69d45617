#include "comm/grpc/service.h"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <list>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "comm/grpc/endpoint.h"
#include "comm/grpc/health.h"
#include "comm/grpc/settings.h"
#include "comm/grpc/stream.h"

namespace crypten {

using namespace std::chrono_literals;

namespace {

constexpr auto kHousekeeping = 100ms;  // between two rounds of housekeeping
constexpr auto kGlances = 5ms;       // for each client whose handler computes
constexpr auto kBetweenLooks = 10ms;   // for new clients, while others are being served
constexpr auto kProbeTime = 2s;        // for a probe's question to arrive
constexpr int kProbes = 8;             // answered at one time

void print_line(const std::string& text) { static_cast<void>(std::fprintf(stderr, "%s\n", text.c_str())); }

std::string with_port(const std::string& address, int port) { return address.substr(0, address.rfind(':') + 1) + std::to_string(port); }

}  // namespace

// One thread accepts and keeps house; each client has a thread and a completion queue of its own, so that clients do not wait for each
// other.
class Service::State {
 public:
  State(const ServiceOptions& options, StreamHandler on_client, std::function<void(const std::string&)> on_error)
      : options_(options), on_client_(std::move(on_client)), on_error_(on_error ? std::move(on_error) : print_line) {
    check_address(options.address, "the service");
    if (!options.insecure_plaintext) check_own_certificate(options.credentials, "", "");
    endpoint_ = std::make_unique<Endpoint>(options.address, options.credentials, options.insecure_plaintext);
    {
      auto holding = endpoint_->poller().lock();
      await_next();
    }
    acceptor_ = std::thread([this] { accept(); });
  }

  ~State() { shutdown(Clock::now() + 1s); }

  std::string address() const { return with_port(options_.address, endpoint_->port()); }

  int connections() const {
    std::lock_guard holding(mutex_);
    return serving_;
  }

  ServiceCounters counters() const {
    std::lock_guard holding(mutex_);
    return {.accepted = accepted_, .refused = refused_, .connected = serving_, .draining = stopping_, .tls_failures = static_cast<uint64_t>(tls_failures().count)};
  }

  void wait() {
    std::unique_lock holding(mutex_);
    changed_.wait(holding, [this] { return stopped_; });
  }

  void shutdown(Clock::time_point deadline) {
    std::lock_guard one_at_a_time(shutdown_mutex_);
    {
      std::unique_lock holding(mutex_);
      if (stopped_) return;
      stopping_ = true;
      changed_.wait_until(holding, deadline, [this] { return serving_ == 0; });
      for (auto& client : clients_)
        if (client->stream) client->stream->cancel();
      changed_.wait(holding, [this] { return serving_ == 0; });
      leaving_ = true;
    }
    acceptor_.join();
    endpoint_->stop_serving();  // completes the call that nobody made
    auto all_done = [this] {
      std::lock_guard holding(mutex_);
      for (auto& client : clients_)
        if (!client->done) client->poller.look();  // refusals that are on their way
      return std::all_of(clients_.begin(), clients_.end(), [](const auto& client) { return client->done.load(); });
    };
    for (const auto end = Clock::now() + 5s; !all_done() && Clock::now() < end;) {
      auto lock = endpoint_->poller().lock();
      endpoint_->poller().wait(
          lock, [] { return false; }, Clock::now() + kBetweenLooks, Poller::Interrupts::ignored);
    }
    reap();
    std::lock_guard holding(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  // A client's life: awaited, then served on its thread (or refused), then done.
  struct Client final : Operation {
    explicit Client(State& s) : state(s), poller(std::make_unique<grpc::CompletionQueue>(), Poller::Keeper::attended) {}
    void completed(bool ok) noexcept override { (this->*next)(ok); }

    void announced(bool ok) {  // on the server's queue
      if (!ok) {
        done = true;
        return;
      }
      state.await_next();
      state.welcome(*this);
    }
    // On its own queue:
    void refused(bool) { done = true; }
    void stepped(bool ok) { outcome = ok ? 1 : -1; }

    // One operation and its end, with the poller's lock held; false: it failed, or took too long and was cancelled.
    bool step(std::unique_lock<std::mutex>& lock, Clock::time_point deadline, auto start) {
      next = &Client::stepped;
      outcome = 0;
      start();
      auto over = [this] { return outcome != 0; };
      if (poller.wait(lock, over, deadline, Poller::Interrupts::ignored)) return outcome > 0;
      call->cancel();
      poller.wait(lock, over, Clock::time_point::max(), Poller::Interrupts::ignored);
      return false;
    }

    State& state;
    Poller poller;
    std::unique_ptr<ServerCall> call = std::make_unique<ServerCall>();
    void (Client::*next)(bool) = &Client::announced;
    int outcome = 0;       // of the last step
    std::string identity;  // of its certificate
    std::unique_ptr<Stream> stream;  // guarded by State::mutex_
    std::atomic<bool> done{false};
    std::thread thread;
  };

  void await_next() {
    auto client = std::make_unique<Client>(*this);
    client->call->request(endpoint_->service(), client->poller.queue(), endpoint_->server_queue(), client.get());
    std::lock_guard holding(mutex_);
    clients_.push_back(std::move(client));
  }

  void welcome(Client& client) {
    client.identity = peer_fingerprint(client.call->context().auth_context());
    const bool probe = client.call->context().method() == kHealthMethod;
    grpc::Status verdict = probe ? admit_probe() : admit(client);
    if (verdict.ok()) {
      try {
        client.thread = std::thread([this, &client, probe] { probe ? answer_probe(client) : serve(client); });
        return;
      } catch (const std::system_error&) {
        std::lock_guard holding(mutex_);
        probe ? static_cast<void>(--probes_) : leave(client);
        verdict = {grpc::StatusCode::RESOURCE_EXHAUSTED, "no thread is to be had"};
      }
    }
    auto lock = client.poller.lock();
    client.next = &Client::refused;
    client.call->refuse(verdict, &client);
  }

  grpc::Status admit_probe() {
    std::lock_guard holding(mutex_);
    if (probes_ >= kProbes) return {grpc::StatusCode::RESOURCE_EXHAUSTED, std::to_string(probes_) + " probes are being answered"};
    ++probes_;
    return grpc::Status::OK;
  }

  grpc::Status admit(const Client& client) {
    using grpc::StatusCode;
    std::lock_guard holding(mutex_);
    if (client.call->context().method() != kServiceMethod) return {StatusCode::UNIMPLEMENTED, "this address is that of a service, not of a party"};
    if (stopping_) return {StatusCode::UNAVAILABLE, "the service stops"};
    if (serving_ >= options_.max_connections) {
      ++refused_;
      return {StatusCode::RESOURCE_EXHAUSTED, std::to_string(serving_) + " clients are being served"};
    }
    int& own = serving_each_[client.identity];
    if (options_.max_connections_each > 0 && own >= options_.max_connections_each) {
      ++refused_;
      return {StatusCode::RESOURCE_EXHAUSTED, std::to_string(own) + " clients with this certificate are being served"};
    }
    ++own;
    ++serving_;
    ++accepted_;
    return grpc::Status::OK;
  }

  void leave(const Client& client) {  // with mutex_ held
    --serving_;
    if (--serving_each_[client.identity] == 0) serving_each_.erase(client.identity);
  }

  void answer_probe(Client& client) {
    const auto deadline = Clock::now() + kProbeTime;
    grpc::ByteBuffer question;
    const auto step = [&](auto start) {
      auto lock = client.poller.lock();
      return client.step(lock, deadline, start);
    };
    if (step([&] { client.call->read(&question, &client); })) {
      const auto service = question.Length() <= kLongestHealthRequest ? parse_health_request(contents_of(question)) : std::nullopt;
      grpc::Status verdict;
      if (!service) verdict = {grpc::StatusCode::INVALID_ARGUMENT, "no HealthCheckRequest"};
      else if (!service->empty() && *service != kServiceName) verdict = {grpc::StatusCode::NOT_FOUND, "another service"};
      const grpc::Slice answer(health_response(counters().draining ? Health::not_serving : Health::serving));
      const grpc::ByteBuffer message(&answer, 1);
      step([&] { verdict.ok() ? client.call->answer(message, &client) : client.call->refuse(verdict, &client); });
    }
    std::lock_guard holding(mutex_);
    --probes_;
    client.done = true;
  }

  void serve(Client& client) {
    const std::string who = "client " + client.identity.substr(0, 16);
    try {
      auto lock = client.poller.lock();
      const bool greeted = client.step(lock, Clock::time_point::max(), [&] { client.call->greet(&client); });
      lock.unlock();
      if (greeted) {
        auto stream = std::make_unique<Stream>(nullptr, client.poller, std::move(client.call), client.identity);
        Stream& open = *stream;
        {
          std::lock_guard holding(mutex_);
          client.stream = std::move(stream);
        }
        on_client_(open);
      }
    } catch (const std::exception& error) {
      on_error_(who + ": " + error.what());
    }
    std::unique_ptr<Stream> ending;
    {
      std::lock_guard holding(mutex_);
      ending = std::move(client.stream);
    }
    ending.reset();  // waits for what is on its way
    std::lock_guard holding(mutex_);
    leave(client);
    client.done = true;
    changed_.notify_all();
  }

  void accept() {
    Poller& poller = endpoint_->poller();
    for (bool leaving = false; !leaving;) {
      for (const auto end = Clock::now() + kHousekeeping; Clock::now() < end;) await_clients(poller, end);
      reap();
      std::lock_guard holding(mutex_);
      for (auto& client : clients_)
        if (!client->done) client->poller.attend(kGlances);  // answers pings of clients whose handler computes; ends refused ones
      leaving = leaving_;
    }
  }

  // gRPC lets one of the polling threads wait for all connections. If that were this one, each message would pass through it on its way
  // to the client's thread, which costs more than the message. So it only looks now and then while a client's thread can wait instead.
  void await_clients(Poller& poller, Clock::time_point until) {
    if (connections() > 0) {
      std::this_thread::sleep_for(kBetweenLooks);
      poller.look();
      return;
    }
    auto lock = poller.lock();
    poller.wait(
        lock, [this] { return connections() > 0; }, until, Poller::Interrupts::ignored);
  }

  void reap() {
    std::list<std::unique_ptr<Client>> gone;
    {
      std::lock_guard holding(mutex_);
      for (auto it = clients_.begin(); it != clients_.end();) {
        const auto here = it++;
        if ((*here)->done) gone.splice(gone.end(), clients_, here);
      }
    }
    for (auto& client : gone)
      if (client->thread.joinable()) client->thread.join();
  }

  const ServiceOptions options_;
  const StreamHandler on_client_;
  const std::function<void(const std::string&)> on_error_;
  std::unique_ptr<Endpoint> endpoint_;
  std::mutex shutdown_mutex_;
  mutable std::mutex mutex_;  // guards what follows; may be taken inside a poller's lock, never the other way round with a wait
  std::condition_variable changed_;
  std::list<std::unique_ptr<Client>> clients_;
  std::map<std::string, int> serving_each_;  // by certificate
  int serving_ = 0, probes_ = 0;
  uint64_t accepted_ = 0, refused_ = 0;
  bool stopping_ = false, leaving_ = false, stopped_ = false;
  std::thread acceptor_;
};

Service::Service(const ServiceOptions& options, StreamHandler on_client, std::function<void(const std::string&)> on_error)
    : state_(std::make_unique<State>(options, std::move(on_client), std::move(on_error))) {}
Service::~Service() = default;
std::string Service::address() const { return state_->address(); }
int Service::connections() const { return state_->connections(); }
ServiceCounters Service::counters() const { return state_->counters(); }
void Service::wait() { state_->wait(); }
void Service::shutdown(Clock::time_point deadline) { state_->shutdown(deadline); }

}  // namespace crypten
