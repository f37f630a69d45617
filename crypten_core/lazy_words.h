// LazyWords: int64 words that lie in memory as a tensor, or are made where they are read: from a stream, a block at a time while it is in
// the first-level cache. What is read once is then never an array; whoever needs a tensor gets one, which is made once and kept.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "crypten_core/ring_tensor.h"

namespace crypten {

// A value type: copies share what is made. Used by one thread at a time, but for block().
class LazyWords {
 public:
  static constexpr int64_t kBlock = 1024;  // words: what a kernel reads at once
  // Fewer are in the second-level cache anyway: as a tensor they cost less than as a function.
  static constexpr int64_t kFewest = 16 * kBlock;

  // Writes words first … first + out.size() − 1, in row-major order: always the same words, on any thread.
  using Read = std::function<void(int64_t first, std::span<uint64_t> out)>;

  LazyWords() = default;
  LazyWords(at::Tensor words) : words_(std::move(words)) {}      // NOLINT(google-explicit-constructor): a tensor is one way to have words
  LazyWords(const RingTensor& words) : words_(words.words()) {}  // NOLINT(google-explicit-constructor)
  LazyWords(std::vector<int64_t> sizes, Read read);              // on the CPU
  operator RingTensor() const { return defined() ? RingTensor(words()) : RingTensor(); }  // NOLINT(google-explicit-constructor)

  bool defined() const { return made_ || words_.defined(); }
  bool there() const { return !made_ || made_->words.defined(); }  // nothing is left to be made
  at::IntArrayRef sizes() const { return made_ ? at::IntArrayRef(made_->sizes) : words_.sizes(); }
  int64_t numel() const { return made_ ? made_->count : words_.numel(); }
  at::Device device() const { return made_ ? at::Device(at::kCPU) : words_.device(); }

  // All of them. Contiguous where they were made here.
  const at::Tensor& words() const;
  // Words first … first + room.size() − 1: where they lie, or made in `room`. Not of a tensor that is elsewhere, or not contiguous.
  const uint64_t* block(int64_t first, std::span<uint64_t> room) const;

 private:
  struct Made {
    std::vector<int64_t> sizes;
    int64_t count;
    Read read;  // until there is a tensor
    at::Tensor words;
  };
  at::Tensor words_;
  std::shared_ptr<Made> made_;  // where not null, words_ is undefined
};

}  // namespace crypten
