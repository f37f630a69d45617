#include "mpc/lanes.h"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

using crypten::Lanes;

namespace {

// A trace of what ran, with "|" for each round.
struct Trace {
  std::string text;
  Lanes lanes{[this] { text += "|"; }};
  std::function<void()> steps(std::string name, int waits) {
    return [this, name, waits] {
      for (int i = 0; i < waits; ++i) text += name, lanes.wait_for_round();
      text += name + ".";
    };
  }
};

struct Guard {
  std::string& text;
  std::string name;
  ~Guard() { text += "~" + name; }
};

}  // namespace

TEST_CASE("Outside of lanes a round happens at once", "[mpc][lanes]") {
  Trace trace;
  CHECK_FALSE(trace.lanes.inside());
  trace.lanes.wait_for_round();
  CHECK(trace.text == "|");
  trace.lanes.together({});
  CHECK(trace.text == "|");
  trace.lanes.together({trace.steps("a", 1)});
  CHECK(trace.text == "|a|a.");
}

TEST_CASE("Lanes run in the order given and share their rounds", "[mpc][lanes]") {
  Trace trace;
  trace.lanes.together({trace.steps("a", 2), trace.steps("b", 1), trace.steps("c", 3), trace.steps("d", 0)});
  CHECK(trace.text == "abcd.|ab.c|a.c|c.");
}

TEST_CASE("Nested lanes share rounds with all others, in tree order", "[mpc][lanes]") {
  Trace trace;
  bool inside = false;
  trace.lanes.together({trace.steps("a", 2),
                        [&] {
                          trace.lanes.together({trace.steps("x", 1), trace.steps("y", 2)});
                          inside = trace.lanes.inside();
                          trace.steps("b", 1)();
                        },
                        trace.steps("c", 1)});
  CHECK(trace.text == "axyc|ax.yc.|a.y.b|b.");
  CHECK(inside);
  CHECK_FALSE(trace.lanes.inside());
}

TEST_CASE("Two nested groups with nothing to wait for take no round", "[mpc][lanes]") {
  Trace trace;
  trace.lanes.together({[&] { trace.lanes.together({trace.steps("a", 0), trace.steps("b", 0)}); }, trace.steps("c", 0)});
  CHECK(trace.text == "a.b.c.");
}

TEST_CASE("An exception unwinds the other lanes and is rethrown; the first in lane order wins", "[mpc][lanes]") {
  Trace trace;
  const auto fails = [&](std::string name, int waits) {
    return [&trace, name, waits] {
      Guard guard{trace.text, name};
      for (int i = 0; i < waits; ++i) trace.lanes.wait_for_round();
      throw std::runtime_error(name);
    };
  };
  const auto waits_for_ever = [&](std::string name) {
    return [&trace, name] {
      Guard guard{trace.text, name};
      while (true) trace.lanes.wait_for_round();
    };
  };
  CHECK_THROWS_WITH(trace.lanes.together({waits_for_ever("a"), fails("b", 1), fails("c", 1), waits_for_ever("d")}), "b");
  CHECK(trace.text == "|~b~a~c~d");
  // Usable afterwards.
  trace.text.clear();
  trace.lanes.together({trace.steps("a", 1), trace.steps("b", 1)});
  CHECK(trace.text == "ab|a.b.");
}

TEST_CASE("A failure among nested lanes unwinds the whole tree", "[mpc][lanes]") {
  Trace trace;
  const auto hold = [&](std::string name) {
    return [&trace, name] {
      Guard guard{trace.text, name};
      while (true) trace.lanes.wait_for_round();
    };
  };
  CHECK_THROWS_WITH(trace.lanes.together({[&] {
                                            Guard guard{trace.text, "outer"};
                                            trace.lanes.together({hold("x"), hold("y")});
                                          },
                                          [&] {
                                            trace.lanes.wait_for_round();
                                            throw std::runtime_error("late");
                                          }}),
                    "late");
  CHECK(trace.text == "|~x~y~outer");
}

TEST_CASE("A lane may catch what its nested lanes throw and go on", "[mpc][lanes]") {
  Trace trace;
  trace.lanes.together({[&] {
                          bool failed = false;
                          try {
                            trace.lanes.together({trace.steps("x", 5), [&] {
                                                    trace.lanes.wait_for_round();
                                                    throw std::runtime_error("inner");
                                                  }});
                          } catch (const std::runtime_error&) {
                            failed = true;
                          }
                          if (failed) trace.steps("a", 1)();
                        },
                        trace.steps("b", 2)});
  CHECK(trace.text == "xb|xab|a.b.");
}

TEST_CASE("An exception of the round itself unwinds all lanes", "[mpc][lanes]") {
  std::string text;
  Lanes lanes([] { throw std::runtime_error("peer lost"); });
  const auto lane = [&] {
    Guard guard{text, "lane"};
    lanes.wait_for_round();
    text += "never";
  };
  CHECK_THROWS_WITH(lanes.together({lane, lane}), "peer lost");
  CHECK(text == "~lane~lane");
}

TEST_CASE("Many short lanes, and many levels", "[mpc][lanes]") {
  int rounds = 0, done = 0;
  Lanes lanes([&] { ++rounds; });
  std::vector<std::function<void()>> work(500, [&] {
    lanes.wait_for_round();
    ++done;
  });
  for (int i = 0; i < 3; ++i) lanes.together(work);
  CHECK(rounds == 3);
  CHECK(done == 1500);
  std::function<void(int)> descend = [&](int depth) {
    if (depth == 0) return lanes.wait_for_round();
    lanes.together({[&] { descend(depth - 1); }, [&] { lanes.wait_for_round(); }});
  };
  descend(50);
  CHECK(rounds == 4);
}
