// run_parties: fn(party) on one thread per rank, over the local network; results by rank. The first exception aborts the session and is rethrown here.
// Catch2's assertions belong to the main thread: return what is to be asserted.
#pragma once

#include <type_traits>
#include <vector>

#include "mpc/simulate.h"

namespace crypten {

struct RunPartiesOptions {
  Config config;
  LocalOptions local;
};

// fn takes Party& or const std::shared_ptr<Party>&.
template <class Fn>
auto run_parties(int n, Fn fn, const RunPartiesOptions& options = {}) {
  const auto call = [&fn](const std::shared_ptr<Party>& party) {
    if constexpr (std::is_invocable_v<Fn&, Party&>) return fn(*party);
    else return fn(party);
  };
  using Result = std::invoke_result_t<decltype(call), const std::shared_ptr<Party>&>;
  if constexpr (std::is_void_v<Result>) {
    simulate(n, options.config, call, options.local);
  } else {
    // The threads would share the words of a vector<bool>.
    std::vector<std::conditional_t<std::is_same_v<Result, bool>, char, Result>> results(static_cast<size_t>(n));
    simulate(n, options.config, [&](const std::shared_ptr<Party>& party) { results[static_cast<size_t>(party->rank())] = call(party); }, options.local);
    return results;
  }
}

namespace testing {
using crypten::run_parties;
using crypten::RunPartiesOptions;
}  // namespace testing

}  // namespace crypten
