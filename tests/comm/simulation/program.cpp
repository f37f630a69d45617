#include "tests/comm/simulation/program.h"

#include <array>

#include "comm/collective/all_gather.h"
#include "comm/collective/all_reduce.h"
#include "comm/collective/barrier.h"
#include "comm/collective/broadcast.h"
#include "comm/collective/gather.h"
#include "comm/collective/reduce.h"
#include "comm/collective/scatter.h"

namespace crypten::simulation {

namespace {

// What `rank` contributes to a step; `part` tells several tensors of one rank apart.
RingTensor contribution(const Program& program, size_t step, int rank, int part = 0) {
  RingTensor tensor = RingTensor::empty({program.steps[step].words});
  Dice dice(program.seed * 1000003 + step * 1009 + rank * 31 + part);
  auto* words = static_cast<int64_t*>(tensor.words().data_ptr());
  for (int64_t i = 0; i < program.steps[step].words; ++i) words[i] = static_cast<int64_t>(dice.word());
  return tensor;
}

RingTensor sum(const Program& program, size_t step) {
  RingTensor total = contribution(program, step, 0);
  for (int rank = 1; rank < program.parties; ++rank) total = total + contribution(program, step, rank);
  return total;
}

bool equal(const RingTensor& a, const RingTensor& b) { return a.words().equal(b.words()); }

bool all_equal(const Program& program, size_t step, const std::vector<RingTensor>& got) {
  if (static_cast<int>(got.size()) != program.parties) return false;
  for (int rank = 0; rank < program.parties; ++rank) {
    if (!equal(got[rank], contribution(program, step, rank))) return false;
  }
  return true;
}

Bytes bytes(const RingTensor& tensor) { return {static_cast<const std::byte*>(tensor.words().data_ptr()), static_cast<size_t>(tensor.numel()) * 8}; }

// Frames between some pairs only; two buffers on each side.
bool exchange(const Program& program, size_t index, Communicator& communicator) {
  const int rank = communicator.rank();
  const uint64_t pairs = program.steps[index].pairs;
  const auto frame = [&](int from, int to) { return from != to && ((pairs >> (from * program.parties + to)) & 1) != 0; };
  std::vector<RingTensor> out(program.parties);
  std::vector<ByteVector> in(program.parties);
  std::vector<Communicator::Gather> send(program.parties);
  std::vector<Communicator::Scatter> receive(program.parties);
  for (int peer = 0; peer < program.parties; ++peer) {
    if (frame(rank, peer)) {
      out[peer] = contribution(program, index, rank, 1 + peer);
      const Bytes all = bytes(out[peer]);
      send[peer] = {all.first(all.size() / 3), all.subspan(all.size() / 3)};
    }
    if (frame(peer, rank)) {
      in[peer].resize(static_cast<size_t>(program.steps[index].words) * 8);
      const MutableBytes all(in[peer]);
      receive[peer] = {all.first(all.size() / 2), all.subspan(all.size() / 2)};
    }
  }
  communicator.exchange(send, receive);
  for (int peer = 0; peer < program.parties; ++peer) {
    if (!frame(peer, rank)) continue;
    const RingTensor expected = contribution(program, index, peer, 1 + rank);
    if (!std::equal(in[peer].begin(), in[peer].end(), bytes(expected).begin())) return false;
  }
  return true;
}

}  // namespace

Program random_program(Dice& dice, int parties) {
  Program program;
  program.seed = dice.word() >> 24;
  program.parties = parties;
  program.named = dice.chance(70);
  const int steps = 1 + dice.below(8);
  for (int i = 0; i < steps; ++i) {
    Step step;
    step.kind = static_cast<Step::Kind>(dice.below(8));
    step.words = dice.chance(60) ? dice.below(6) : dice.below(3000);
    step.root = dice.below(parties);
    step.pairs = dice.word();
    const bool again = i > 0 && dice.chance(30);
    program.steps.push_back(again ? program.steps.back() : step);
  }
  return program;
}

std::string text(const Step& step) {
  constexpr std::array kNames{"all_reduce", "all_gather", "broadcast", "gather", "reduce", "scatter", "barrier", "exchange"};
  return std::string(kNames[static_cast<size_t>(step.kind)]) + " (" + std::to_string(step.words) + ") root " + std::to_string(step.root);
}

bool run_step(const Program& program, size_t index, Communicator& communicator) {
  const Step& step = program.steps[index];
  const int rank = communicator.rank();
  const RingTensor own = contribution(program, index, rank);
  switch (step.kind) {
    case Step::Kind::all_reduce: return equal(all_reduce(communicator, own), sum(program, index));
    case Step::Kind::all_gather: return all_equal(program, index, all_gather(communicator, own));
    case Step::Kind::broadcast: return equal(broadcast(communicator, own, step.root), contribution(program, index, step.root));
    case Step::Kind::gather: {
      const std::vector<RingTensor> all = gather(communicator, own, step.root);
      return rank == step.root ? all_equal(program, index, all) : all.empty();
    }
    case Step::Kind::reduce: {
      const RingTensor total = reduce(communicator, own, step.root);
      return rank == step.root ? equal(total, sum(program, index)) : !total.defined();
    }
    case Step::Kind::scatter: {
      std::vector<RingTensor> parts;
      for (int to = 0; rank == step.root && to < program.parties; ++to) parts.push_back(contribution(program, index, rank, 1 + to));
      const std::array<int64_t, 1> sizes{step.words};
      return equal(scatter(communicator, parts, sizes, step.root), contribution(program, index, step.root, 1 + rank));
    }
    case Step::Kind::barrier: barrier(communicator); return true;
    case Step::Kind::exchange: return exchange(program, index, communicator);
  }
  return false;
}

}  // namespace crypten::simulation
