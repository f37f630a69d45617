#include "mpc/protocol/open.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/recorded_wire.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::all_equal;
using crypten::testing::random_words;

TEST_CASE("Several openings travel in one message; what is open is not sent again", "[mpc][open]") {
  const auto a = random_words({10}), b = random_words({3, 4});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 0);
      std::vector<Cost> costs;
      const auto measure = [&](auto verb) {
        const auto before = party.cost();
        verb();
        costs.push_back(party.cost() - before);
      };
      const auto X = mask(party, x), Y = mask(party, y);
      measure([&] { open(party, {X, Y, X}); });
      measure([&] { open(party, {X, mask(party, y)}); });
      measure([&] { open(party, {}); });
      return std::tuple(costs, X->value, Y->value, X->terms[0].share, Y->terms[0].share);
    });
    auto sum_x = RingTensor::zeros({10}), sum_y = RingTensor::zeros({3, 4});
    for (const auto& [costs, X, Y, lambda, mu] : results) {
      CHECK(costs[0] == Cost{1, 8u * 22u * static_cast<unsigned>(n - 1), 0});
      CHECK(costs[1] == Cost{});
      CHECK(costs[2] == Cost{});
      CHECK(X.equal(std::get<1>(results[0])));  // public
      CHECK(Y.equal(std::get<2>(results[0])));
      sum_x = sum_x + lambda, sum_y = sum_y + mu;
    }
    CHECK((std::get<1>(results[0]) + sum_x).equal(a));  // x = X + λ
    CHECK((std::get<2>(results[0]) + sum_y).equal(b));
  }
}

TEST_CASE("The mask of a large value is no array, neither for its opening nor for a product", "[mpc][open]") {
  for (const int64_t count : {LazyWords::kFewest, (int64_t{1} << 17) + 7}) {
    const auto a = random_words({count}), b = random_words({count});
    const auto results = run_parties(2, [&](Party& party) {
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 1);
      const auto product = multiply(party, x, y);
      const bool there = x.masked()->terms[0].share.there() || y.masked()->terms[0].share.there();
      return std::tuple(there, x.masked()->value, RingTensor(x.masked()->terms[0].share), reveal(party, product));
    });
    for (const auto& [there, X, lambda, product] : results) {
      CHECK(!there);
      CHECK(X.equal(std::get<1>(results[0])));
      CHECK(product.equal(a * b));
    }
    CHECK((std::get<1>(results[0]) + std::get<2>(results[0]) + std::get<2>(results[1])).equal(a));  // x = X + λ
  }
}

TEST_CASE("A value that two lanes open is sent once", "[mpc][open]") {
  const auto a = random_words({10});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    const auto before = party.cost();
    party.together({[&] { open(party, {mask(party, x)}); }, [&] { open(party, {mask(party, x)}); }, [&] { open(party, {mask(party, -x)}); }});
    return std::pair(party.cost() - before, x.opened());
  });
  for (const auto& [cost, opened] : results) {
    CHECK(cost == Cost{1, 80, 0});
    CHECK(opened);
  }
}

TEST_CASE("A value that an unwound lane had queued is opened by the lane that still wants it", "[mpc][open]") {
  const auto a = random_words({10});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), other = share(party, a, a.sizes(), 0);
    RingTensor value;
    bool failed = false;
    const auto before = party.cost();
    party.together({[&] {
                      try {
                        party.together({[&] { open(party, {mask(party, x)}); }, [&] { throw std::runtime_error("this lane fails"); }});
                      } catch (const std::runtime_error&) {
                        failed = true;
                      }
                    },
                    [&] { open(party, {mask(party, x)}); }});
    const auto cost = party.cost() - before;
    return std::tuple(failed, x.opened(), cost, reveal(party, square(party, x)));
  });
  for (const auto& [failed, opened, cost, value] : results) {
    CHECK(failed);
    CHECK(opened);
    CHECK(cost == Cost{1, 80, 0});
    CHECK(value.equal(a * a));
  }
}

TEST_CASE("What only an unwound lane had queued is not sent", "[mpc][open]") {
  const auto a = random_words({10});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    try {
      party.together({[&] { reveal(party, x); }, [&] { open(party, {mask(party, x)}); }, [&] { throw std::runtime_error("this lane fails"); }});
    } catch (const std::runtime_error&) {
    }
    const auto before = party.cost();
    const auto value = reveal(party, share(party, a, a.sizes(), 0));
    const auto cost = party.cost() - before;
    return std::tuple(cost, value, reveal(party, square(party, x)));
  });
  for (const auto& [cost, value, squared] : results) {
    CHECK(cost == Cost{1, 80, 0});
    CHECK(value.equal(a));
    CHECK(squared.equal(a * a));
  }
}

TEST_CASE("Reveal to all, or to one rank that alone receives", "[mpc][open]") {
  const auto a = random_words({3, 5});
  for (const int n : {1, 2, 3, 5})
    for (int to = -1; to < n; ++to) {
      const auto results = run_parties(n, [&](Party& party) {
        const auto x = share(party, a, a.sizes(), 0);
        const auto before = party.cost();
        const auto value = reveal(party, x, to < 0 ? std::nullopt : std::optional(to), to == 1);
        return std::tuple(value, party.cost() - before, party.ledger().text());
      });
      for (int rank = 0; rank < n; ++rank) {
        const auto& [value, cost, ledger] = results[static_cast<size_t>(rank)];
        const bool learns = to < 0 || to == rank;
        const auto receivers = static_cast<unsigned>(to < 0 ? n - 1 : to == rank ? 0 : 1);
        CHECK(value.defined() == learns);
        if (learns) CHECK(value.equal(a));
        CHECK(cost == Cost{1, 8u * 15u * receivers, 0});
        CHECK(ledger == "program: 15 elements (3,5) to " + (to < 0 ? std::string("all ranks") : "rank " + std::to_string(to)) +
                            (to == 1 ? ", with the rounding direction of a truncation\n" : "\n"));
      }
    }
  const auto refused = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    return codes_of<InvalidArgument>([&] { reveal(party, x, -1); }, [&] { reveal(party, x, 2); });
  });
  CHECK(refused == std::vector<std::vector<int>>(2, {300, 300}));
}

TEST_CASE("The ledger counts what was opened, by the name of the verb", "[mpc][open]") {
  const auto a = random_words({10});
  const auto ledgers = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, a, a.sizes(), 0);
    truncate(party, multiply(party, x, y), 16);
    square(party, x);
    return party.ledger();
  });
  const auto& openings = ledgers[0].openings();
  CHECK(openings.size() == 2);
  CHECK(openings.at("multiply").times == 2);
  CHECK(openings.at("multiply").bits == 2 * 640);
  CHECK(openings.at("truncate").elements == 10);
  CHECK(ledgers[0].reveals().empty());
}

TEST_CASE("Bits are opened packed", "[mpc][open]") {
  for (const int n : {1, 2, 3, 5})
    for (const int64_t count : {1, 511, 512, 1000}) {
      const auto plain = random_words({count}).words();
      const auto results = run_parties(n, [&](Party& party) {
        const auto [ref, share] = party.rng().take_bits(count, 3, at::kCPU);
        const auto planes = slice_bits(plain, 0, 3);
        const auto before = party.cost();
        const auto opened = open_bits(party, party.rank() == 0 ? planes : at::zeros_like(planes), count, share, "test");
        return std::tuple(opened, share, party.cost() - before, party.ledger().openings().at("test").bits);
      });
      auto mask = at::zeros_like(std::get<0>(results[0]));
      for (const auto& [opened, share, cost, bits] : results) {
        CHECK(opened.equal(std::get<0>(results[0])));
        CHECK(cost == Cost{1, static_cast<uint64_t>(packed_size(count, 3)) * static_cast<unsigned>(n - 1), 0});
        CHECK(bits == 3 * count);
        mask = mask.bitwise_xor(share);
      }
      CHECK(unslice_bits(std::get<0>(results[0]).bitwise_xor(mask), count, 0).equal(plain & 7));
    }
}

TEST_CASE("A mask may be reserved before its share is there, which it is given once", "[mpc][open]") {
  const auto a = random_words({3, 4}), b = low_bits(random_words({5}), 20);
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto ahead = mask_ahead(party, {3, 4}, at::kCPU), narrow = mask_narrow_ahead(party, {5}, at::kCPU, 20, "test");
      const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 0);
      const auto codes = codes_of<InvalidArgument>([&] { open(party, {ahead}); }, [&] { give(ahead, y.share()); }, [&] { mask_narrow_ahead(party, {5}, at::kCPU, 65, "test"); });
      give(ahead, x.share()), give(narrow, y.share());
      const auto twice = codes_of<InvalidArgument>([&] { give(ahead, x.share()); });
      const auto before = party.cost();
      open(party, {ahead, narrow});
      const auto cost = party.cost() - before;
      const auto late = codes_of<InvalidArgument>([&] { give(ahead, x.share()); });
      const auto product = reveal(party, multiply(party, ArithmeticShared(x.share(), ahead), ArithmeticShared(x.share(), ahead)));
      return std::tuple(codes, twice, late, cost, product, ahead->value, narrow->value);
    });
    for (const auto& [codes, twice, late, cost, product, opened, angle] : results) {
      CHECK(codes == std::vector<int>{304, 300, 300});
      CHECK(twice == std::vector<int>{300});
      CHECK(late == std::vector<int>{300});
      CHECK(cost.rounds == 1);
      CHECK(cost.bytes_sent == static_cast<uint64_t>(n - 1) * static_cast<uint64_t>(8 * 12 + packed_size(5, 20)));
      CHECK(product.equal(a * a));
      CHECK_FALSE(opened.equal(a));
      CHECK(low_bits(angle, 20).equal(angle));
    }
  }
}

TEST_CASE("In a smaller ring openings and reveals send that many bits", "[mpc][open]") {
  const auto a = low_bits(random_words({600}), 5), b = low_bits(random_words({600}), 5);
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(
        n,
        [&](Party& party) {
          const auto x = share(party, a, a.sizes(), 0), y = share(party, b, b.sizes(), 0);
          const auto before = party.cost();
          const auto z = multiply(party, x, y);
          const auto cost = party.cost() - before;
          return std::tuple(reveal(party, z), cost, mask(party, x)->value);
        },
        {.local = {.ring = {.bits = 5, .chunk_bits = 2, .arity = 2}}});
    for (const auto& [value, cost, opened] : results) {
      CHECK(value.equal(low_bits(a * b, 5)));
      CHECK(cost.bytes_sent == 2 * static_cast<uint64_t>(packed_size(600, 5)) * static_cast<unsigned>(n - 1));
      CHECK(low_bits(opened, 5).equal(opened));
    }
  }
}

TEST_CASE("What is sent looks uniform, whatever the inputs", "[mpc][open]") {
  // The same small numbers, every time: any structure of inputs would show.
  constexpr int64_t kCount = 40'000;
  const auto constant = RingTensor(at::full({kCount}, 5, at::kLong));
  for (const int n : {2, 3}) {
    testing::RecordedWire wire;
    run_parties(
        n,
        [&](Party& party) {
          const auto x = share(party, constant, constant.sizes(), 0), y = share(party, constant, constant.sizes(), 1);
          reveal(party, truncate(party, multiply(party, x, y), 4));
        },
        {.local = {.tap = wire.tap()}});
    for (int from = 0; from < n; ++from)
      for (int to = 0; to < n; ++to) {
        if (from == to) continue;
        const auto payloads = wire.payloads(from, to);
        ByteVector sent;
        for (const auto& payload : payloads) sent.insert(sent.end(), payload.begin(), payload.end());
        CHECK(sent.size() == 8 * kCount * 4);  // x, y, x·y, and the reveal
        std::array<double, 256> seen{};
        for (const std::byte byte : sent) seen[static_cast<size_t>(byte)] += 1;
        double chi_square = 0;
        const double expected = static_cast<double>(sent.size()) / 256;
        for (const double count : seen) chi_square += (count - expected) * (count - expected) / expected;
        CHECK(std::abs(chi_square - 255) < 6 * std::sqrt(2 * 255.0));  // 6 σ: by chance once in 10^9
        // And word by word: no two words of one message are equal, though all inputs are.
        for (const auto& payload : payloads) {
          std::vector<uint64_t> words(payload.size() / 8);
          std::memcpy(words.data(), payload.data(), words.size() * 8);
          std::sort(words.begin(), words.end());
          CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
        }
      }
  }
}
