// WordTree: one party's side of the rounds of a WordPlan, bit-sliced, a tile of 512 elements at a time: carries within chunks from dealt products, then merges on opened bits.
// Knows no party and opens nothing: it is given what was opened and says what to open next.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "crypten_core/kernels/compare_bits.h"
#include "mpc/provider/word_plan.h"

namespace crypten {

class WordTree {
 public:
  // words: public planes: of a and then b as they were opened; of Kind::lift, of X. products, masks: own shares. All int64 [tiles, planes, 8], on one device.
  // `holds_one`: this party's share of the constant 1 is 1 (rank 0). The plan must outlive the tree.
  WordTree(const WordPlan& plan, WordRequest::Kind kind, const at::Tensor& words, const at::Tensor& products, const at::Tensor& masks, bool holds_one);

  bool finished() const { return opened_.size() == plan_.levels.size(); }
  // Own shares of the bits that are opened in the next round, [tiles, bits, 8] before masking, and their masks.
  at::Tensor next() const;
  at::Tensor masks() const;
  // What that round opened, b XOR mask.
  void opened(at::Tensor planes) { opened_.push_back(std::move(planes)); }

  // Once finished, own shares: of the sum, [tiles, word_bits, 8], lowest bit first; of Kind::carry, of the carry out of the top bit, [tiles, 1, 8].
  at::Tensor result() const;

 private:
  void look_at_chunks();
  at::Tensor merge(const std::vector<const WordPlan::Merge*>& merges, const std::vector<ComparisonPlan::Pair>& results, int64_t planes) const;
  Plane opened_bit(int bit) const;
  at::Tensor own_bits() const;

  const WordPlan& plan_;
  WordRequest::Kind kind_;
  at::Tensor words_, products_, masks_;
  bool holds_one_;
  at::Tensor generated_, first_;    // G of chunks' prefixes, by chunk's bits: plane low_bit + j − 1; what the first round opens
  std::vector<at::Tensor> opened_;  // by level
};

}  // namespace crypten
