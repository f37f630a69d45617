#include <absl/strings/str_cat.h>

#include <algorithm>

#include "tests/comm/simulation/run.h"

namespace crypten::simulation {

namespace {

using Kind = Fault::Kind;

constexpr double kKeepalive = 4;   // as in WireModel
constexpr double kAtOnce = 2;      // an end that can be seen: looks every 50 ms, and at most 500 ms of last words for each of two peers
constexpr double kScopeWait = 5;

double seconds(const Fault& fault) { return std::chrono::duration<double>(fault.amount).count(); }
bool costs_time(const Fault& fault) {
  return fault.kind == Kind::compute || fault.kind == Kind::delay || fault.kind == Kind::jump || fault.kind == Kind::suspend || fault.kind == Kind::restart;
}
bool harmless(const Fault& fault) { return fault.kind == Kind::restart || (costs_time(fault) && !(fault.kind == Kind::suspend && seconds(fault) >= kKeepalive)); }
bool kills(const Fault& fault) {
  return fault.kind == Kind::crash || fault.kind == Kind::interrupt || (fault.kind == Kind::suspend && seconds(fault) >= kKeepalive);
}

double time_lost(const Scenario& scenario) {
  double sum = 0;
  for (const Fault& fault : scenario.faults) sum += costs_time(fault) && fault.kind != Kind::restart ? seconds(fault) : fault.kind == Kind::takeover ? seconds(fault) : 0;
  return sum;
}

std::string told(int rank, const Outcome& outcome) {
  constexpr const char* kNames[] = {"did not end", "is right", "has a wrong result", "failed", "was interrupted", "crashed", "failed without a name"};
  return absl::StrCat("rank ", rank, " ", kNames[static_cast<size_t>(outcome.kind)], " at ", outcome.at, " s ", outcome.error_class, " ", outcome.text);
}

bool right(const Outcome& outcome) { return outcome.kind == Outcome::Kind::right; }
bool names(const Outcome& outcome, int rank, const char* error_class) {
  return outcome.error_class == error_class && outcome.problem.starts_with(absl::StrCat("rank ", rank, " "));
}

// One party was killed, or one connection, and otherwise only time was lost.
std::string after_a_death(const Scenario& scenario, const Report& report, size_t which) {
  const Fault& death = scenario.faults[which];
  const bool killed = kills(death), visible = death.kind == Kind::crash || death.kind == Kind::interrupt || death.kind == Kind::cut;
  const bool may_stall = !visible && kKeepalive + time_lost(scenario) > kRoundTimeout - 1;
  const double in_time = report.struck[which] + (visible ? kAtOnce : kKeepalive + kAtOnce) + time_lost(scenario);
  for (int rank = 0; rank < scenario.program.parties; ++rank) {
    const Outcome& outcome = report.first[rank];
    if (right(outcome) || (killed && rank == death.a)) continue;
    if (outcome.at > in_time) return absl::StrCat("later than ", in_time, " s: ", told(rank, outcome));
    bool good = false;
    for (int culprit : {death.a, death.b}) {
      good |= (!killed || culprit == death.a) && (names(outcome, culprit, "PeerLost") || (may_stall && names(outcome, culprit, "PeerStalled")) || ((death.kind == Kind::interrupt || !killed) && names(outcome, culprit, "PeerAborted")));
    }
    if (!good) return absl::StrCat("another than ", death.a, killed ? "" : absl::StrCat(" or ", death.b), " is blamed: ", told(rank, outcome));
  }
  return {};
}

std::string of_first_session(const Scenario& scenario, const Report& report) {
  const double longest = std::chrono::duration<double>(kRendezvous).count() + 2 * kRoundTimeout + kScopeWait + kKeepalive + 2 * kAtOnce + 2 * time_lost(scenario);
  int dead = -1;
  bool broken = false, several = false;
  for (size_t i = 0; i < scenario.faults.size(); ++i) {
    if (report.struck[i] < 0 || harmless(scenario.faults[i])) continue;
    const Kind kind = scenario.faults[i].kind;
    several |= dead >= 0;
    if (kills(scenario.faults[i]) || kind == Kind::cut || kind == Kind::silence) dead = static_cast<int>(i);
    else broken = true;
  }
  for (int rank = 0; rank < scenario.program.parties; ++rank) {
    const Outcome& outcome = report.first[rank];
    const auto struck_by = [&](Kind one, Kind other) {
      return std::any_of(scenario.faults.begin(), scenario.faults.end(), [&](const Fault& fault) { return fault.a == rank && (fault.kind == one || fault.kind == other); });
    };
    switch (outcome.kind) {
      case Outcome::Kind::right:
      case Outcome::Kind::named_error: break;
      case Outcome::Kind::crashed:
        if (!struck_by(Kind::crash, Kind::takeover)) return told(rank, outcome);
        break;
      case Outcome::Kind::interrupted:
        if (!struck_by(Kind::interrupt, Kind::interrupt)) return told(rank, outcome);
        break;
      default: return told(rank, outcome);
    }
    if (outcome.at > longest) return absl::StrCat("later than ", longest, " s: ", told(rank, outcome));
    if (dead < 0 && !broken && time_lost(scenario) < kRoundTimeout - 1 && !right(outcome)) return absl::StrCat("only time was lost: ", told(rank, outcome));
  }
  if (dead >= 0 && !broken && !several && time_lost(scenario) < kRoundTimeout - 1) return after_a_death(scenario, report, static_cast<size_t>(dead));
  return {};
}

}  // namespace

std::string verdict(const Scenario& scenario, const Report& report) {
  if (report.hung) {
    std::string who;
    for (int rank = 0; rank < scenario.program.parties; ++rank) absl::StrAppend(&who, "; ", told(rank, report.first[rank]));
    return absl::StrCat("no end after ", report.ended, " s", who);
  }
  if (std::string wrong = of_first_session(scenario, report); !wrong.empty()) return wrong;
  const bool restarted = std::any_of(scenario.faults.begin(), scenario.faults.end(), [](const Fault& fault) { return fault.kind == Kind::restart; });
  for (int rank = 0; rank < scenario.program.parties; ++rank) {
    const Outcome& taken_over = report.taken_over[rank];
    if (taken_over.kind == Outcome::Kind::wrong || taken_over.kind == Outcome::Kind::unnamed_error) return "taken over: " + told(rank, taken_over);
    if (restarted && !right(report.second[rank])) return "after a restart: " + told(rank, report.second[rank]);
  }
  return {};
}

std::string examine(uint64_t seed, const Wrap& wrap) {
  Scenario worst = scenario(seed);
  std::string wrong = verdict(worst, run(worst, wrap));
  if (wrong.empty()) return {};
  for (size_t i = 0; i < worst.faults.size();) {  // without each fault in turn
    Scenario less = worst;
    less.faults.erase(less.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (std::string still = verdict(less, run(less, wrap)); !still.empty()) {
      worst = std::move(less);
      wrong = std::move(still);
    } else {
      ++i;
    }
  }
  std::string events;
  for (const std::string& event : run(worst, wrap, true).events) absl::StrAppend(&events, "  ", event, "\n");
  return absl::StrCat(wrong, "\n", events, "repeat it with: CRYPTEN_SIMULATION_SEED=", seed, " build/comm_tests '[simulation]'\nshortest list, ", text(worst), "\n", wrong);
}

}  // namespace crypten::simulation
