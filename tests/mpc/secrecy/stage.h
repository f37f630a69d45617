// The stage of an examination: production parties, dealer function and channels, with prescribed words and a tap on everything that is
// sent.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "comm/session.h"
#include "mpc/provider/requests.h"
#include "tests/mpc/secrecy/case.h"

namespace crypten::secrecy {

using Piece = ByteVector;

struct Correction {
  int rank = 0;  // whose share it is
  std::vector<DealtShape> tensors;
  ByteVector bytes;
};

class Stage {
 public:
  // Without a layout: the rehearsal, on one tile, under words that are all zero.
  Stage(const Case& examined, std::shared_ptr<const Layout> layout, std::vector<at::Tensor> inputs, int derived_rank)
      : case_(examined), layout_(std::move(layout)), inputs_(std::move(inputs)), derived_rank_(derived_rank) {}

  void run();

  Layout rehearsed() const;  // variables without places
  // After run(): what rank `from` sent to rank `to`, opening by opening; what the dealer sent; what each rank may learn.
  std::map<std::pair<int, int>, std::vector<Piece>> sent;
  std::vector<Correction> corrections;
  std::vector<std::vector<Column>> outputs;
  bool right = true;

 private:
  class Streams;
  class Corrections;
  uint64_t elements() const { return layout_ ? layout_->elements : kTileElements; }
  int bits() const { return case_.word_bits ? case_.word_bits : case_.ring.bits; }
  std::shared_ptr<const WordSource> source(int reader, const StreamName& name);
  void deliver(const Request& request, const ByteVector& bytes);
  StreamName output_stream(int rank, const Digest& digest);
  void announce(const Request& request);
  void note_rows(const Request& request);
  at::Tensor secret_share(int rank, size_t input, Draw::Unit unit, bool exclusive_or);
  StreamFactory pairwise(const Session& session);
  std::unique_ptr<Channel> tapped(int rank, int peer, std::unique_ptr<Channel> channel);
  void play(int rank, std::vector<std::unique_ptr<Channel>> channels);

  const Case& case_;
  std::shared_ptr<const Layout> layout_;
  std::vector<at::Tensor> inputs_;
  int derived_rank_;
  std::mutex mutex_;
  std::condition_variable news_;
  bool failed_ = false;
  std::map<Digest, std::pair<uint64_t, uint64_t>> requests_;  // call and index
  std::map<std::pair<int, StreamName>, std::shared_ptr<CountedWords>> counted_;
  std::map<std::pair<uint64_t, uint64_t>, int> bit_rows_;  // by call and offset: blocks of mask bits that requests name, of the rehearsal
  Layout dealt_;  // of the rehearsal: draws of output streams and of earlier shares
};

}  // namespace crypten::secrecy
