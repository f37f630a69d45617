// run_communicators: n parties as threads over the local network, each with a Communicator after a real handshake.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "comm/communicator.h"
#include "comm/last_words.h"
#include "comm/local/local_network.h"

namespace crypten::testing {

struct RunOptions {
  Config config;                                          // of all ranks
  std::function<void(int rank, SessionOptions&)> adjust;  // what one rank does otherwise
  size_t max_message = kLocalMaxMessage;
  double handshake_seconds = 20;
};

// Runs body(rank, channels) on one thread per rank; errors[rank] is what it threw. Then, or when `on_error` (called at once, one at a time) has ended the
// network, all threads are joined.
inline std::vector<std::exception_ptr> run_ranks(LocalNetwork& network, const std::function<void(int, std::vector<std::unique_ptr<Channel>>)>& body,
                                                 const std::function<void(std::exception_ptr)>& on_error = {}) {
  std::vector<std::exception_ptr> errors(network.size());
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < network.size(); ++rank) {
    threads.emplace_back([&, rank, channels = network.channels(rank)]() mutable {
      try {
        body(rank, std::move(channels));
      } catch (...) {
        errors[rank] = std::current_exception();
        std::lock_guard lock(mutex);
        if (on_error) on_error(errors[rank]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return errors;
}

// The communicator of one rank, after the handshake.
inline Communicator connect(int rank, int size, std::vector<std::unique_ptr<Channel>> channels, const RunOptions& options = {}) {
  SessionOptions session;
  session.rank = rank;
  session.world_size = size;
  session.config = options.config;
  session.run_id = "test";
  if (options.adjust) options.adjust(rank, session);
  const auto deadline = Clock::now() + std::chrono::milliseconds(static_cast<int64_t>(options.handshake_seconds * 1000));
  Session agreed = handshake(session, channels, deadline);
  return Communicator(std::move(agreed), std::move(channels));
}

// fn(communicator), with last words as a program says them: finished at its end, aborted with the class of what it threw.
template <class Fn>
auto with_last_words(Communicator& communicator, Fn&& fn) {
  try {
    return fn(communicator);
  } catch (const std::exception& error) {
    communicator.abort(error_class(error));
    throw;
  } catch (...) {
    communicator.abort("unknown");
    throw;
  }
}

// Results by rank (nothing when fn returns nothing). The first exception, by time, ends the network and is rethrown here.
// Catch2's assertions belong to the main thread: return what is to be asserted.
template <class Fn>
auto run_communicators(int size, Fn fn, const RunOptions& options = {}) {
  using Result = std::invoke_result_t<Fn&, Communicator&>;
  constexpr bool returns = !std::is_void_v<Result>;
  static_assert(!std::is_same_v<Result, bool>, "the threads would share the words of a vector<bool>");
  LocalNetwork network(size, options.max_message);
  std::conditional_t<returns, std::vector<std::conditional_t<returns, Result, int>>, int> results{};
  if constexpr (returns) results.resize(size);
  std::exception_ptr first;
  run_ranks(
      network,
      [&](int rank, std::vector<std::unique_ptr<Channel>> channels) {
        Communicator communicator = connect(rank, size, std::move(channels), options);
        if constexpr (returns) results[rank] = with_last_words(communicator, fn);
        else with_last_words(communicator, fn);
      },
      [&](std::exception_ptr error) {
        if (!first) first = error;
        network.abort("another rank failed");
      });
  if (first) std::rethrow_exception(first);
  if constexpr (returns) return results;
}

// What each rank threw (null: nothing). Nobody ends the network: every rank must find out by itself.
template <class Fn>
std::vector<std::exception_ptr> outcomes(int size, Fn fn, const RunOptions& options = {}) {
  LocalNetwork network(size, options.max_message);
  return run_ranks(network, [&](int rank, std::vector<std::unique_ptr<Channel>> channels) {
    Communicator communicator = connect(rank, size, std::move(channels), options);
    with_last_words(communicator, fn);
  });
}

}  // namespace crypten::testing
