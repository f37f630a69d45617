#include "mpc/protocol/table.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"
#include "tests/support/compare_cases.h"
#include "tests/support/run_parties.h"

namespace crypten {

TEST_CASE("Public and private tables at every private place, with and without fractional bits", "[mpc][table]") {
  for (const int n : {1, 2, 3, 5}) {
    for (const int64_t entries : {int64_t{1}, int64_t{2}, int64_t{5}, int64_t{16}, int64_t{256}}) {
      for (const int first_bit : {0, 16}) {
        if (n == 5 && entries == 256) continue;
        CAPTURE(n, entries, first_bit);
        const auto place = at::arange(entries).repeat({3}).view({3, entries});
        const auto table = testing::random_words({entries}).words(), rows = testing::random_words({entries, 2, 3}).words();
        const auto results = run_parties(n, [&](Party& party) {
          const auto x = share(party, RingTensor(at::bitwise_left_shift(place, first_bit)), place.sizes(), 0);
          const auto before = party.cost();
          const auto entry = look_up(party, RingTensor(table), x, first_bit);
          const auto rounds = (party.cost() - before).rounds;
          const auto row = look_up(party, RingTensor(rows), x, first_bit);
          const auto secret = look_up(party, share(party, RingTensor(rows), rows.sizes(), n - 1), x, first_bit);
          return std::tuple(reveal(party, entry).words(), reveal(party, row).words(), reveal(party, secret).words(), rounds);
        });
        const auto& [entry, row, secret, rounds] = results[0];
        CHECK(entry.equal(table.index({place})));
        CHECK(row.equal(rows.index({place})));
        CHECK(secret.equal(rows.index({place})));
        CHECK(rounds == 1);
      }
    }
  }
}

TEST_CASE("One-hot vectors, and places beyond a table", "[mpc][table]") {
  const auto place = at::tensor(std::vector<int64_t>{0, 3, 6, 7, 4}, at::kLong);
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, RingTensor(place), place.sizes(), 0);
    return std::pair(reveal(party, one_hot(party, x, 0, 3)).words(), reveal(party, look_up(party, RingTensor(at::arange(1, 7)), x, 0)).words());
  });
  CHECK(results[0].first.equal(at::one_hot(place, 8)));
  CHECK(results[0].second.equal(at::tensor(std::vector<int64_t>{1, 4, 0, 0, 5}, at::kLong)));
}

TEST_CASE("One-hot vectors asked for before their places are known, along every dimension, of some entries", "[mpc][table]") {
  const auto place = at::randint(6, {3, 4, 2}, at::kLong);
  for (const int64_t dim : {0, 1, 2, 3}) {
    for (const int n : {1, 2, 3}) {
      const auto results = run_parties(n, [&](Party& party) {
        const auto x = share(party, RingTensor(place), place.sizes(), 0);
        const PendingOneHot pending(party, x.sizes(), x.device(), 0, 3);
        const auto requests = party.provider().requests();
        const auto vectors = pending.read(party, x, dim, 6);
        return std::tuple(reveal(party, vectors).words(), party.provider().requests() == requests);
      });
      CHECK(std::get<0>(results[0]).equal(at::one_hot(place, 6).movedim(-1, dim)));
      CHECK(std::get<1>(results[0]));
    }
  }
}

TEST_CASE("Tables that cannot be looked up are refused", "[mpc][table]") {
  const auto refused = run_parties(1, [](Party& party) {
    const ArithmeticShared x(RingTensor::zeros({4}));
    return codes_of<InvalidArgument>([&] { look_up(party, RingTensor::zeros({}), x, 0); }, [&] { look_up(party, RingTensor::zeros({0}), x, 0); },
                                     [&] { look_up(party, RingTensor::zeros({257}), x, 0); }, [&] { look_up(party, ArithmeticShared(RingTensor::zeros({257})), x, 0); },
                                     [&] { one_hot(party, x, 0, 0); }, [&] { one_hot(party, x, 0, 9); }, [&] { one_hot(party, x, -1, 4); }, [&] { one_hot(party, x, 60, 5); });
  });
  CHECK(refused[0] == std::vector<int>(8, 300));
}

}  // namespace crypten
