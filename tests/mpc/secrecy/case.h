// What is examined: a program of production verbs, run on all values of its secrets under all values of the random words.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "mpc/party.h"
#include "mpc/protocol/share.h"
#include "mpc/sharing/binary_shared.h"
#include "tests/mpc/secrecy/words.h"
#include "tests/support/aten.h"

namespace crypten::secrecy {

// One value of each element, `bits` wide.
struct Column {
  int bits;
  at::Tensor values;  // int64 [elements]
};

// One party's side of a run. Tensors are of shape [elements]: programs keep that dimension last, and every other dimension 1 where bits are
// opened, unless the case says how many rows each opening has.
class Run {
 public:
  using Words = std::function<at::Tensor(size_t input, Draw::Unit unit)>;
  Run(int rank, int bits, std::vector<at::Tensor> inputs, Words xor_words, Words sum_words)
      : rank_(rank), bits_(bits), inputs_(std::move(inputs)), xor_words_(std::move(xor_words)), sum_words_(std::move(sum_words)) {}

  int rank() const { return rank_; }
  int64_t elements() const { return inputs_.empty() ? 0 : inputs_[0].numel(); }

  // Input j in clear: for owners, and to say what the result should be.
  at::Tensor plain(size_t j) const { return inputs_[j]; }
  // The same as a signed number of the ring's width.
  at::Tensor number(size_t j) const { return number_of(inputs_[j]); }
  at::Tensor number_of(const at::Tensor& words) const {
    return at::bitwise_right_shift(at::bitwise_left_shift(words, 64 - bits_), 64 - bits_);
  }
  // Input j as it arrives from an earlier step that nobody here had a part in: uniformly shared.
  ArithmeticShared secret(size_t j) const { return ArithmeticShared(RingTensor(sum_words_(j, Draw::Unit::words))); }
  BitShared secret_bit(size_t j) const { return BitShared(xor_words_(j, Draw::Unit::planes).view({-1, 1, kTileWords}), {elements()}); }
  BinaryShared secret_words(size_t j) const { return BinaryShared(RingTensor(xor_words_(j, Draw::Unit::words))); }
  // Input j of a party, shared by the production verb.
  ArithmeticShared owned(Party& party, size_t j, int owner) const {
    return share(party, rank_ == owner ? RingTensor(inputs_[j]) : RingTensor(), inputs_[j].sizes(), owner);
  }

  // What this party is meant to learn: `value` modulo 2^bits.
  void entitle(const at::Tensor& value, int bits) {
    outputs.push_back({bits, at::bitwise_and(value.flatten(), static_cast<int64_t>(low_mask(bits)))});
  }
  // A result that everybody learns, which must be `expected` modulo the ring.
  void learn(const RingTensor& revealed, const at::Tensor& expected) { learn(revealed, expected, bits_); }
  void learn(const RingTensor& revealed, const at::Tensor& expected, int bits) {
    check(revealed.words(), expected, bits);
    entitle(revealed.words(), bits);
  }
  void check(const at::Tensor& actual, const at::Tensor& expected, int bits) {
    right = right &&
            at::bitwise_and(at::sub(actual.flatten(), expected.flatten()), static_cast<int64_t>(low_mask(bits))).eq(0).all().item<bool>();
  }

  std::vector<Column> outputs;
  bool right = true;

 private:
  int rank_, bits_;
  std::vector<at::Tensor> inputs_;
  Words xor_words_, sum_words_;
};

using Program = std::function<void(Run&, Party&)>;
using ComparedInputs = std::vector<std::vector<uint64_t>>;

struct Case {
  int parties = 2;
  Ring ring{.bits = 3, .chunk_bits = 1, .arity = 2};
  ComparedInputs inputs;  // the values compared with one another
  Program program;
  std::vector<int> owners = {};                   // of the inputs; empty: nobody's, and then the coalitions of all but one party are enough
  std::vector<std::vector<int>> coalitions = {};  // empty: those
  int budget =
      12;  // bits of what a coalition knows that are enumerated too, as far as all bits together stay below this; the rest is fixed …
  int settings = 2;          // … at so many random values
  int rows = 1;              // of what is opened as ring elements: tensors of [rows, elements]
  std::vector<int> opened_rows = {};  // of each opening, in order, bits included; empty: all have `rows`
  int word_bits = 0;         // random words of this width instead of the ring's
  bool in_turn = false;      // corrections go to all ranks in turn, as in production; false: to the last one, so that few bits are hidden
  // For planted defects: changes the words of the run; a rank that corrections reach although they are not meant for it; the dealer's first
  // answer given to all requests.
  std::function<void(Layout&)> plant = {};
  int misdelivered_to = -1;
  bool replayed = false;
};

struct Verdict {
  bool right = true;     // every result that the program checks
  std::string leak;      // empty: none
  int64_t elements = 0;  // assignments met, over all coalitions and settings
  int hidden_bits = 0;   // most that any coalition could not see
  int seen_bits = 0;     // fewest that any coalition saw, constant ones not counted
  bool safe() const { return right && leak.empty(); }
};

std::vector<std::vector<int>> all_coalitions(int parties);  // but the one of all parties
ComparedInputs grid(int bits, int count);                   // all tuples of `count` values of `bits` bits

}  // namespace crypten::secrecy
