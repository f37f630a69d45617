#include "mpc/simulate.h"

#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "comm/last_words.h"
#include "comm/local/local_network.h"
#include "mpc/provider/in_process.h"

namespace crypten {
namespace {

// Runs body(rank) on one thread for each rank. `failed` is called by the first that throws, whose exception is rethrown when all have ended.
void on_threads(int n, const std::function<void(int)>& body, const std::function<void(int, std::exception_ptr)>& failed) {
  std::mutex mutex;
  std::exception_ptr first;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < n; ++rank)
    threads.emplace_back([&, rank] {
      try {
        body(rank);
      } catch (...) {
        const auto error = std::current_exception();
        {
          const std::lock_guard lock(mutex);
          if (!first) first = error;
        }
        failed(rank, error);
      }
    });
  for (auto& thread : threads) thread.join();
  if (first) std::rethrow_exception(first);
}

std::string class_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return error_class(known);
  } catch (...) {
    return "unknown";
  }
}

}  // namespace

std::vector<std::shared_ptr<Party>> local_parties(int n, const Config& config, const LocalOptions& options) {
  LocalNetwork network(n, kLocalMaxMessage, options.line);
  auto dealer = options.dealer_streams.empty() ? std::make_shared<InProcessDealer>(n) : std::make_shared<InProcessDealer>(options.dealer_streams);
  std::vector<std::vector<std::unique_ptr<Channel>>> channels;
  for (int rank = 0; rank < n; ++rank) channels.push_back(network.channels(rank));
  std::vector<std::shared_ptr<Party>> parties(static_cast<size_t>(n));
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(config.rendezvous_timeout_s));
  on_threads(
      n,
      [&](int rank) {
        auto& own = channels[static_cast<size_t>(rank)];
        Session session = handshake({.rank = rank, .world_size = n, .config = config, .run_id = "simulation"}, own, deadline);
        if (options.tap)
          for (int peer = 0; peer < n; ++peer)
            if (auto& channel = own[static_cast<size_t>(peer)]) channel = options.tap(rank, peer, std::move(channel));
        auto provider = in_process_provider(session, dealer, options.ring);
        parties[static_cast<size_t>(rank)] =
            std::make_shared<Party>(std::make_unique<Communicator>(std::move(session), std::move(own)), std::move(provider), dealer, options.streams);
      },
      [&](int, const std::exception_ptr&) { network.abort("another rank failed"); });
  return parties;
}

void simulate(int n, const Config& config, const PartyProgram& program, const LocalOptions& options) {
  const auto parties = local_parties(n, config, options);
  on_threads(
      n,
      [&](int rank) {
        const auto& party = parties[static_cast<size_t>(rank)];
        program(party);
        party->close();
      },
      [&](int rank, const std::exception_ptr& error) { parties[static_cast<size_t>(rank)]->abort(class_of(error)); });
}

}  // namespace crypten
