#include "mpc/scope.h"

#include <cstring>
#include <utility>

namespace crypten {
namespace {

// Finaliser of splitmix64 (Steele, Lea, Flood 2014): spreads every bit over the word. Not cryptographic: it finds diverging programs, not attackers.
uint64_t mix(uint64_t word, uint64_t value) {
  word += value + 0x9e3779b97f4a7c15;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

uint64_t mix(uint64_t word, std::string_view text) {
  word = mix(word, text.size());
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t eight;
    std::memcpy(&eight, text.data(), 8);
    word = mix(word, eight);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return mix(word, rest);
}

enum Mark : uint64_t { pushed = 1, popped = 2, text_fact = 3, shape_fact = 4 };  // keeps "a", "b" apart from "a/b"

}  // namespace

std::string ScopeStack::scope() const {
  std::string path;
  for (const auto& name : stack_) path += (path.empty() ? "" : "/") + name;
  return path;
}

void ScopeStack::push(std::string_view name) {
  word_ = mix(mix(word_, pushed), name);
  stack_.emplace_back(name);
}

void ScopeStack::pop() {
  word_ = mix(word_, popped);
  stack_.pop_back();
}

void ScopeStack::fact(std::string_view text) {
  word_ = mix(mix(word_, text_fact), text);
  if (!stack_.empty()) stack_.back().append(" ").append(text);
}

void ScopeStack::fact(at::IntArrayRef sizes) {
  word_ = mix(mix(word_, shape_fact), sizes.size());
  for (const int64_t size : sizes) word_ = mix(word_, static_cast<uint64_t>(size));
  if (stack_.empty()) return;
  auto& text = stack_.back();
  text += " (";
  for (size_t i = 0; i < sizes.size(); ++i) text.append(i ? "," : "").append(std::to_string(sizes[i]));
  text += ')';
}

std::string_view ScopeStack::innermost() const {
  if (stack_.empty()) return "program";
  const std::string_view name = stack_.back();
  return name.substr(0, name.find(' '));
}

std::vector<std::string> ScopeStack::save() const { return stack_; }

void ScopeStack::restore(std::vector<std::string> stack) { stack_ = std::move(stack); }

}  // namespace crypten
