// Ahead: a step of a function that asks the dealer when it is made. Of few elements all steps are made before the first is taken, so that the dealer computes for
// the later ones during the rounds of those before; of many each is made when it begins, since what the dealer answers waits in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "mpc/party.h"

namespace crypten {

inline constexpr int64_t kMostElementsAhead = int64_t{1} << 16;

template <class Step>
class Ahead {
 public:
  // `make` reserves masks and asks, in program order: here, or in begin().
  Ahead(Party& party, int64_t elements, std::function<Step(Party&)> make) : make_(std::move(make)) {
    if (elements <= kMostElementsAhead) begin(party);
  }

  // Before the round in which the step is taken. Any number of times.
  Step& begin(Party& party) {
    if (!step_) step_.emplace(make_(party)), make_ = nullptr;
    return *step_;
  }

 private:
  std::function<Step(Party&)> make_;  // until it was called
  std::optional<Step> step_;
};

}  // namespace crypten
