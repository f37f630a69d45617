#include "comm/communicator.h"

#include <array>
#include <catch2/catch.hpp>
#include <numeric>

#include "crypten_core/error.h"
#include "tests/support/run_communicators.h"

using namespace crypten;
using crypten::testing::run_communicators;

namespace {

using Words = std::vector<uint64_t>;

Bytes bytes_of_words(const Words& words) { return std::as_bytes(std::span(words)); }

// Each rank sends `count` words that only it and the receiver can know, and returns what it received from each.
std::vector<Words> swap_words(Communicator& communicator, size_t count) {
  const int size = communicator.world_size();
  std::vector<Words> out(size), in(size, Words(count));
  std::vector<Communicator::Gather> send(size);
  std::vector<Communicator::Scatter> receive(size);
  for (int peer = 0; peer < size; ++peer) {
    for (size_t i = 0; i < count; ++i) out[peer].push_back(1000000 * communicator.rank() + 1000 * peer + i);
    const Bytes all = bytes_of_words(out[peer]);
    send[peer] = {all.first(all.size() / 3), all.subspan(all.size() / 3)};  // pieces need not be aligned
    receive[peer] = {std::as_writable_bytes(std::span(in[peer]))};
  }
  communicator.exchange(send, receive);
  return in;
}

}  // namespace

TEST_CASE("exchange brings everyone what was meant for him, of any size and number of parties") {
  for (int size : {1, 2, 3, 5}) {
    for (size_t count : {size_t{0}, size_t{1}, size_t{511}, size_t{8185}, size_t{8186}, size_t{40000}}) {
      crypten::testing::RunOptions options;
      options.max_message = 8192;
      const auto received = run_communicators(size, [&](Communicator& c) { return swap_words(c, count); }, options);
      for (int rank = 0; rank < size; ++rank) {
        for (int peer = 0; peer < size; ++peer) {
          if (peer == rank) continue;
          Words expected(count);
          std::iota(expected.begin(), expected.end(), 1000000 * peer + 1000 * rank);
          REQUIRE(received[rank][peer] == expected);
        }
      }
    }
  }
}
