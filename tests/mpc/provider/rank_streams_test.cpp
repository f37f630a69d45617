#include "mpc/provider/rank_streams.h"

#include <catch2/catch.hpp>
#include <set>

#include "reference.h"

using namespace crypten;

TEST_CASE("streams of one rank never meet: calls, masks and outputs have keys of their own") {
  const auto streams = reference::streams(2);
  std::set<uint64_t> words;
  size_t count = 0;
  const auto take = [&](const WordSource& source) {
    for (uint64_t position = 0; position < 64; ++position, ++count) words.insert(reference::word(source, position));
  };
  for (const auto& rank : streams) {
    for (uint64_t number = 0; number < 4; ++number) {
      Digest digest{};
      digest[0] = static_cast<uint8_t>(number);
      take(*rank->masks(number));
      take(*rank->outputs(digest));
    }
  }
  REQUIRE(words.size() == count);
}

TEST_CASE("streams are functions of the key") {
  const auto first = reference::streams(1), second = reference::streams(1);
  REQUIRE(reference::word(*first[0]->masks(3), 9) == reference::word(*second[0]->masks(3), 9));
  REQUIRE(reference::word(*first[0]->outputs({}), 9) == reference::word(*second[0]->outputs({}), 9));
}

TEST_CASE("mask streams that are kept are those of their calls, in any order") {
  const auto kept = reference::streams(1);
  for (const uint64_t call : {0, 3, 3, 0, 4, 3, 4, 0}) REQUIRE(reference::word(*kept[0]->masks(call), 9) == reference::word(*reference::streams(1)[0]->masks(call), 9));
}

TEST_CASE("a rank's key depends on master key, session, roster and rank") {
  const Key master = random_key(), other = random_key();
  Digest changed{};
  changed[31] = 1;
  const Key key = dealer_rank_key(master, {}, {}, 0);
  REQUIRE(bool(key == dealer_rank_key(master, {}, {}, 0)));
  REQUIRE_FALSE(bool(key == dealer_rank_key(other, {}, {}, 0)));
  REQUIRE_FALSE(bool(key == dealer_rank_key(master, changed, {}, 0)));
  REQUIRE_FALSE(bool(key == dealer_rank_key(master, {}, changed, 0)));
  REQUIRE_FALSE(bool(key == dealer_rank_key(master, {}, {}, 1)));
}
