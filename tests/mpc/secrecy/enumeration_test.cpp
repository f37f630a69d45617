// The examination itself: its words take every value, and it tells safe programs from others.

#include <catch2/catch.hpp>
#include <map>

#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "tests/mpc/secrecy/codes.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::secrecy;

TEST_CASE("Enumerated words: every combination of variables is met by equally many elements", "[mpc][secrecy]") {
  const StreamName name{.role = StreamName::Role::mask, .first = 0};
  auto layout = std::make_shared<Layout>();
  layout->elements = 512;
  const Variable a{.width = 3, .at = 0}, b{.width = 2, .at = 3}, low{.width = 1, .at = 5}, high{.width = 1, .at = 8};
  layout->streams[name] = {{Draw::Unit::words, {a, b}}, {Draw::Unit::planes, {low, high}}, {Draw::Unit::narrow, {b, a}, 5}};
  std::vector<uint64_t> words(2 * 512 + 2 * 8 + 2 * 40);
  const PrescribedWords stream(layout, name);
  stream.fill(words, 0);
  std::map<std::vector<uint64_t>, int> seen;
  int equal = 0;
  for (uint64_t e = 0; e < 512; ++e) {
    const auto plane = [&](uint64_t p) { return words[1024 + 8 * p + e / 64] >> (e % 64) & 1; };
    // Five bits an element, bit by bit.
    const auto narrow = [&](uint64_t variable) {
      uint64_t value = 0;
      for (uint64_t i = 0; i < 5; ++i) {
        const uint64_t at = 5 * e + i;
        value |= (words[1040 + 40 * variable + at / 64] >> (at % 64) & 1) << i;
      }
      return value;
    };
    equal += narrow(0) == words[512 + e] && narrow(1) == words[e];
    ++seen[{words[e], words[512 + e], plane(0), plane(1)}];
  }
  CHECK(equal == 512);
  CHECK(seen.size() == 8 * 4 * 2 * 2);
  for (const auto& [values, count] : seen) CHECK(count == 4);
  std::vector<uint64_t> part(200);
  stream.fill(part, 900);  // random access across draws
  CHECK(std::equal(part.begin(), part.end(), words.begin() + 900));
  CHECK_THROWS_AS(stream.fill(part, 1000), std::logic_error);
}

TEST_CASE("Codes are equal for equal columns, however many there are", "[mpc][secrecy]") {
  constexpr size_t kElements = 4096;
  Codes few(kElements), many(kElements);
  few.append(6, [](size_t e) { return e % 64; });
  for (int i = 0; i < 20; ++i)
    many.append(6, [i](size_t e) { return (e % 64 + static_cast<size_t>(i)) % 64; });  // 120 bits: compacted on the way
  many.append(40, [](size_t e) { return (e % 64) << 30; });
  many.append(5, [](size_t) { return uint64_t{3}; });
  CHECK(few.compact() == 64);
  CHECK(many.compact() == 64);
  CHECK(many.seen_bits() == 160);
  size_t equal = 0;
  for (size_t e = 0; e < kElements; ++e) equal += many[e] == many[e % 64];
  CHECK(equal == kElements);
}

TEST_CASE("Views that differ in how often, or where, are told apart", "[mpc][secrecy]") {
  const auto apart = [](auto group, auto view) {
    Codes groups(512), views(512);
    groups.append(8, group);
    views.append(8, view);
    return told_apart(512, 2, groups, views);
  };
  const auto none = [](size_t) { return uint64_t{0}; };
  CHECK_FALSE(apart(none, [](size_t e) { return e % 256 / 3; }));
  CHECK_FALSE(apart(none, [](size_t e) { return e < 256 ? e : 511 - e; }));                                      // another order
  CHECK(apart(none, [](size_t e) { return e == 300 ? size_t{1} : e % 2; }) == std::pair<size_t, size_t>(0, 1));  // one element more
  CHECK_FALSE(apart([](size_t e) { return e / 256; }, [](size_t e) { return e / 256; }));  // what tells them apart is meant to be learned
  // Groups of different sizes: distributions are compared, not counts.
  CHECK_FALSE(apart([](size_t e) { return size_t{e < 256 ? e % 4 == 0 : e % 2 == 0}; }, [](size_t e) { return e / 4 % 2; }));
}

TEST_CASE("A reveal is safe exactly where its value is meant to be learned", "[mpc][secrecy]") {
  const auto program = [](int entitled) {
    return [entitled](Run& run, Party& party) {
      const auto value = reveal(party, square(party, run.secret(0)));
      if (entitled) run.entitle(value.words(), entitled);
    };
  };
  check_safe({.inputs = grid(3, 1), .program = program(3)});
  check_leaks({.inputs = grid(3, 1), .program = program(1)});
  check_leaks({.inputs = grid(3, 1), .program = program(0)});
}

TEST_CASE("A wrong result, nothing enumerated, and too much to enumerate are noticed", "[mpc][secrecy]") {
  CHECK_FALSE(
      examine({.inputs = grid(3, 1), .program = [](Run& run, Party& party) { run.learn(reveal(party, run.secret(0)), run.plain(0) + 1); }})
          .right);
  const auto idle = examine({.inputs = grid(3, 1), .program = [](Run& run, Party&) { run.secret(0); }});
  CHECK(idle.hidden_bits == 0);
  CHECK_THROWS_AS(examine({.ring = {.bits = 8},
                           .inputs = grid(1, 1),
                           .program =
                               [](Run& run, Party& party) {
                                 for (int i = 0; i < 4; ++i) open(party, {mask(party, ArithmeticShared(run.secret(0).share()))});
                               }}),
                  std::logic_error);
}
