#include "mpc/scope.h"

#include <catch2/catch.hpp>
#include <set>

using namespace crypten;

TEST_CASE("The scope is a path with the facts of each level", "[mpc][scope]") {
  ScopeStack stack;
  CHECK(stack.scope().empty());
  CHECK(stack.innermost() == "program");
  {
    const Scope model(stack, "resnet18");
    const Scope verb(stack, "multiply");
    stack.fact(at::IntArrayRef{2, 3});
    stack.fact(at::IntArrayRef{});
    stack.fact("by 3");
    CHECK(stack.scope() == "resnet18/multiply (2,3) () by 3");
    CHECK(stack.innermost() == "multiply");
  }
  CHECK(stack.scope().empty());
}

TEST_CASE("The transcript word is equal exactly for equal histories", "[mpc][scope]") {
  const std::vector<std::function<void(ScopeStack&)>> histories{
      [](ScopeStack&) {},
      [](ScopeStack& s) { s.push("a"); },
      [](ScopeStack& s) { s.push("a"), s.pop(); },
      [](ScopeStack& s) { s.push("a"), s.push("b"); },
      [](ScopeStack& s) { s.push("a/b"); },
      [](ScopeStack& s) { s.push("ab"); },
      [](ScopeStack& s) { s.push("a"), s.fact("b"); },
      [](ScopeStack& s) { s.push("a"), s.pop(), s.push("b"); },
      [](ScopeStack& s) { s.push("b"), s.pop(), s.push("a"); },
      [](ScopeStack& s) { s.push("a"), s.fact(at::IntArrayRef{2, 3}); },
      [](ScopeStack& s) { s.push("a"), s.fact(at::IntArrayRef{3, 2}); },
      [](ScopeStack& s) { s.push("a"), s.fact(at::IntArrayRef{6}); },
      [](ScopeStack& s) { s.push("a"), s.fact(at::IntArrayRef{2}), s.fact(at::IntArrayRef{3}); },
      [](ScopeStack& s) { s.push("a"), s.fact(at::IntArrayRef{}); },
      [](ScopeStack& s) { s.push("abcdefgh"); },
      [](ScopeStack& s) { s.push("abcdefgh "); },
      [](ScopeStack& s) { s.push(""); },
      [](ScopeStack& s) { s.fact(""); },
  };
  std::set<uint64_t> words;
  for (const auto& history : histories) {
    ScopeStack once, again;
    history(once), history(again);
    CHECK(once.word() == again.word());
    words.insert(once.word());
  }
  CHECK(words.size() == histories.size());
}

TEST_CASE("A lane's stack is saved and restored; the transcript goes on", "[mpc][scope]") {
  ScopeStack stack;
  stack.push("lane");
  const auto saved = stack.save();
  const auto word = stack.word();
  stack.push("other");
  stack.restore(saved);
  CHECK(stack.scope() == "lane");
  CHECK(stack.word() != word);
}
