#include "mpc/round.h"

#include <catch2/catch.hpp>

#include "crypten_core/kernels/bit_slice.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_communicators.h"

using namespace crypten;
using crypten::testing::random_words;
using crypten::testing::run_communicators;

namespace {

Party::Opening sum_of(const at::Tensor& words, std::vector<at::Tensor>& results, std::optional<int> to = {}) {
  return {.words = words.clone(), .to = to, .done = [&results](at::Tensor sum) { results.push_back(std::move(sum)); }};
}

}  // namespace

TEST_CASE("Everything queued travels in one exchange, and is handed out in the order of queueing", "[mpc][round]") {
  const auto a = random_words({3, 4}).words(), b = random_words({100}).words(), none = random_words({0}).words();
  for (const int n : {1, 2, 3, 5}) {
    const auto outcomes = run_communicators(n, [&](Communicator& communicator) {
      Round round(64);
      std::vector<at::Tensor> results;
      round.queue(sum_of(a, results));
      round.queue(sum_of(none, results));
      const auto ticket = round.queue(sum_of(a, results));
      round.queue({.words = slice_bits(b, 0, 3) * (communicator.rank() == 0 ? 1 : 0),
                   .xor_planes = true,
                   .count = 100,
                   .done = [&](at::Tensor planes) { results.push_back(std::move(planes)); }});
      round.queue(sum_of(b, results, 0));
      round.withdraw(ticket);
      round.withdraw(12345);
      round.run(communicator);
      const auto traffic = communicator.traffic();
      round.run(communicator);  // nothing is left: a round of its own without bytes
      return std::tuple(results, traffic, communicator.traffic().bytes_sent);
    });
    for (int rank = 0; rank < n; ++rank) {
      const auto& [results, traffic, sent] = outcomes[static_cast<size_t>(rank)];
      REQUIRE(results.size() == 4);
      CHECK(results[0].equal(a * n));
      CHECK(results[1].numel() == 0);
      CHECK(unslice_bits(results[2], 100, 0).equal(b & 7));
      CHECK(results[3].defined() == (rank == 0));
      if (rank == 0) CHECK(results[3].equal(b * n));
      const auto peers = static_cast<uint64_t>(n - 1);
      CHECK(traffic.rounds == 1);
      CHECK(traffic.bytes_sent == peers * (96 + 39) + (rank == 0 ? 0 : 800));
      CHECK(sent == traffic.bytes_sent);
    }
  }
}

TEST_CASE("Receive buffers serve rounds of any size", "[mpc][round]") {
  const auto large = random_words({9'000'000}).words(), small = random_words({5}).words();  // beyond what is kept
  const auto outcomes = run_communicators(2, [&](Communicator& communicator) {
    Round round(64);
    std::vector<at::Tensor> results;
    for (const auto* words : {&small, &large, &small}) {
      round.queue(sum_of(*words, results));
      round.run(communicator);
    }
    return std::vector<char>{results[0].equal(small * 2), results[1].equal(large * 2), results[2].equal(small * 2)};
  });
  for (const auto& outcome : outcomes) CHECK(outcome == std::vector<char>{1, 1, 1});
}

TEST_CASE("Words may be computed part by part, as they are sent", "[mpc][round]") {
  const int64_t count = 1'000'000;  // eight messages
  const auto words = random_words({count}).words(), few = random_words({3}).words();
  for (const int n : {1, 2, 3}) {
    for (const std::optional<int> to : {std::optional<int>(), std::optional<int>(0)}) {
      const auto outcomes = run_communicators(n, [&](Communicator& communicator) {
        Round round(64);
        std::vector<at::Tensor> results;
        std::vector<std::pair<int64_t, int64_t>> parts;
        const auto own = at::zeros({count}, at::kLong);
        round.queue(sum_of(few, results));
        round.queue({.words = own,
                     .compute =
                         [&, own](int64_t begin, int64_t end) {
                           parts.emplace_back(begin, end);
                           own.slice(0, begin, end).copy_(words.slice(0, begin, end));
                         },
                     .to = to,
                     .done = [&](at::Tensor sum) { results.push_back(std::move(sum)); }});
        round.queue(sum_of(few, results));
        round.run(communicator);
        return std::pair(results, parts);
      });
      for (int rank = 0; rank < n; ++rank) {
        const auto& [results, parts] = outcomes[static_cast<size_t>(rank)];
        REQUIRE(results.size() == 3);
        CHECK(results[0].equal(few * n));
        CHECK(results[1].defined() == (!to || rank == *to));
        if (results[1].defined()) CHECK(results[1].equal(words * n));
        CHECK(results[2].equal(few * n));
        CHECK((parts.size() > 1) == (n > 1 && !(to && rank == *to)));
        int64_t next = 0;
        for (const auto& [begin, end] : parts) {
          CHECK(begin == next);
          next = end;
        }
        CHECK(next == count);
      }
    }
  }
}

TEST_CASE("Words of a narrow ring travel packed", "[mpc][round]") {
  const auto words = low_bits(random_words({700}), 7).words();
  const auto outcomes = run_communicators(3, [&](Communicator& communicator) {
    Round round(7);
    std::vector<at::Tensor> results;
    round.queue(sum_of(words, results));
    round.run(communicator);
    return std::pair(results[0], communicator.traffic().bytes_sent);
  });
  for (const auto& [sum, sent] : outcomes) {
    CHECK(sum.equal((words * 3).bitwise_and(127)));
    CHECK(sent == 2 * static_cast<uint64_t>(packed_size(700, 7)));
  }
}

TEST_CASE("After a failed exchange nothing is queued", "[mpc][round]") {
  const auto outcomes = run_communicators(1, [&](Communicator& communicator) {
    Round round(64);
    std::vector<at::Tensor> results;
    round.queue(sum_of(at::ones({2}, at::kLong), results));
    communicator.close();
    int failures = 0;
    for (int i = 0; i < 2; ++i) try {
        round.run(communicator);
      } catch (const std::exception&) {
        ++failures;
      }
    return std::pair(failures, results.size());
  });
  CHECK(outcomes[0] == std::pair<int, size_t>{2, 0});
}
