// Scope: where in the program a party is ("resnet18/layer1.0.conv1/conv2d"), and the transcript of public facts that makes a divergence of programs visible in the same round.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator.h"

namespace crypten {

class ScopeStack final : public Transcript {
 public:
  uint64_t word() const override { return word_; }
  std::string scope() const override;          // "a/b/multiply (2,3) (3,4)"
  std::string_view innermost() const;          // "multiply": what the ledger calls an opening; valid until the stack changes
  void push(std::string_view name);            // no blanks in it; also enters the transcript
  void pop();
  void fact(std::string_view text);            // a public fact (shape, scale, rank, tag): enters the transcript and the innermost scope's text
  void fact(at::IntArrayRef sizes);
  std::vector<std::string> save() const;       // lanes keep their own stack
  void restore(std::vector<std::string> stack);

 private:
  std::vector<std::string> stack_;
  uint64_t word_ = 0x63727970746e2f31;         // "cryptn/1"
};

// Pushes for the lifetime of the object.
class Scope {
 public:
  Scope(ScopeStack& stack, std::string_view name) : stack_(stack) { stack_.push(name); }
  ~Scope() { stack_.pop(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  ScopeStack& stack_;
};

}  // namespace crypten
