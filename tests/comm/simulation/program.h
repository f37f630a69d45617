// Program: a few collectives in a row, of random kinds and sizes, whose results every party knows beforehand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "tests/comm/simulation/dice.h"

namespace crypten::simulation {

struct Step {
  enum class Kind { all_reduce, all_gather, broadcast, gather, reduce, scatter, barrier, exchange };
  Kind kind = Kind::barrier;
  int64_t words = 0;
  int root = 0;
  uint64_t pairs = 0;  // of exchange: bit from · n + to is set where there is a frame
};

struct Program {
  uint64_t seed = 0;  // of what the tensors hold
  int parties = 2;
  std::vector<Step> steps;
  bool named = true;  // steps have names and words of their own (Transcript); else nothing but the order of frames tells them apart
};

Program random_program(Dice& dice, int parties);
std::string text(const Step& step);

// Step `index` of the program, by one party. False: the result is not the right one.
bool run_step(const Program& program, size_t index, Communicator& communicator);

// Names the step that a party is in.
class ProgramTranscript final : public Transcript {
 public:
  explicit ProgramTranscript(const Program& program) : program_(program) {}
  void enter(size_t step) { step_ = step; }
  uint64_t word() const override { return (program_.seed << 16) + step_; }
  std::string scope() const override { return text(program_.steps[step_]); }

 private:
  const Program& program_;
  size_t step_ = 0;
};

}  // namespace crypten::simulation
