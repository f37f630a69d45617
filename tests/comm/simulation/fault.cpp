#include "tests/comm/simulation/fault.h"

#include <absl/strings/str_cat.h>

#include <array>

namespace crypten::simulation {

namespace {

using Kind = Fault::Kind;
using std::chrono::microseconds;

// Spread over the orders of magnitude, from a millisecond to `most`.
microseconds some_time(Dice& dice, microseconds most) {
  microseconds time(1000 + dice.below(9000));
  for (int i = dice.below(5); i > 0 && time * 10 <= most; --i) time *= 10;
  return std::min(time, most);
}

Fault fault_of(Dice& dice, Kind kind, const Program& program, microseconds most) {
  Fault fault;
  fault.kind = kind;
  fault.a = dice.below(program.parties);
  fault.b = (fault.a + 1 + dice.below(program.parties - 1)) % program.parties;
  fault.amount = some_time(dice, most);
  fault.detail = dice.word();
  const int steps = static_cast<int>(program.steps.size());
  switch (kind) {
    case Kind::compute: fault.index = dice.below(steps); break;
    case Kind::delay:
    case Kind::drop:
    case Kind::duplicate:
    case Kind::reorder:
    case Kind::truncate:
    case Kind::flip: fault.index = dice.below(dice.chance(70) ? 6 + steps : 6 + 6 * steps); break;  // the handshake has four
    default: fault.index = dice.below(30 + 12 * steps); break;
  }
  return fault;
}

template <size_t N>
Kind one_of(Dice& dice, const std::array<Kind, N>& kinds) {
  return kinds[dice.below(static_cast<int>(N))];
}

constexpr std::array kHarmless{Kind::compute, Kind::delay, Kind::suspend, Kind::jump};
constexpr std::array kMortal{Kind::crash, Kind::crash, Kind::interrupt, Kind::suspend, Kind::cut, Kind::silence};
constexpr std::array kBroken{Kind::drop, Kind::duplicate, Kind::reorder, Kind::truncate, Kind::flip, Kind::takeover};

}  // namespace

std::string text(const Fault& fault) {
  constexpr std::array kNames{"compute", "suspend", "jump", "delay", "drop",      "duplicate", "reorder", "truncate",
                              "flip",    "cut",     "silence", "interrupt", "crash", "takeover", "restart"};
  const std::string name = kNames[static_cast<size_t>(fault.kind)];
  const std::string time = absl::StrCat(" for ", fault.amount.count(), " us");
  switch (fault.kind) {
    case Kind::compute: return absl::StrCat(name, " rank ", fault.a, " step ", fault.index, time);
    case Kind::delay: return absl::StrCat(name, " ", fault.a, ">", fault.b, " message ", fault.index, time);
    case Kind::drop:
    case Kind::duplicate:
    case Kind::reorder:
    case Kind::truncate:
    case Kind::flip: return absl::StrCat(name, " ", fault.a, ">", fault.b, " message ", fault.index, " detail ", fault.detail);
    case Kind::cut:
    case Kind::silence: return absl::StrCat(name, " ", fault.a, "-", fault.b, " call ", fault.index);
    case Kind::restart: return absl::StrCat(name, time);
    case Kind::crash:
    case Kind::interrupt: return absl::StrCat(name, " rank ", fault.a, " call ", fault.index);
    default: return absl::StrCat(name, " rank ", fault.a, " call ", fault.index, time);
  }
}

Scenario scenario(uint64_t seed) {
  Dice dice(seed);
  Scenario scenario;
  scenario.seed = seed;
  scenario.max_message = std::array<size_t, 3>{2048, 8192, size_t{1} << 20}[dice.below(3)];
  scenario.program = random_program(dice, 2 + dice.below(2));
  const auto add = [&](Kind kind, microseconds most) { scenario.faults.push_back(fault_of(dice, kind, scenario.program, most)); };
  const microseconds little = std::chrono::seconds(2), long_time = std::chrono::seconds(30);
  for (int i = dice.below(4); i > 0; --i) add(one_of(dice, kHarmless), little);
  const int theme = dice.below(100);
  if (theme >= 20 && theme < 55) add(one_of(dice, kMortal), long_time);
  if (theme >= 55 && theme < 85) {
    for (int i = 1 + dice.below(2); i > 0; --i) add(one_of(dice, kBroken), little);
  }
  if (theme >= 85) {
    for (int i = 1 + dice.below(4); i > 0; --i) {
      const int which = dice.below(3);
      add(which == 0 ? one_of(dice, kHarmless) : which == 1 ? one_of(dice, kMortal) : one_of(dice, kBroken), long_time);
    }
  }
  if (theme >= 20 && dice.chance(25)) add(Kind::restart, long_time);
  return scenario;
}

std::string text(const Scenario& scenario) {
  std::string out = absl::StrCat("seed ", scenario.seed, ": ", scenario.program.parties, " parties, messages up to ", scenario.max_message, " bytes\n  program", scenario.program.named ? ":" : " without a transcript:");
  for (const Step& step : scenario.program.steps) absl::StrAppend(&out, " ", text(step), ";");
  for (const Fault& fault : scenario.faults) absl::StrAppend(&out, "\n  ", text(fault));
  return out;
}

}  // namespace crypten::simulation
