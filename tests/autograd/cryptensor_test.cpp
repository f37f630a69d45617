#include "autograd/cryptensor.h"

#include "autograd/ops/arithmetic.h"
#include "tests/autograd/crypt_reals.h"

using namespace crypten;
using namespace crypten::testing;

TEST_CASE("the factory takes a value on one rank, a shape or a dummy on the others", "[autograd][cryptensor]") {
  const auto x = reals({2, 3});
  for (const int n : {1, 2, 3, 5}) {
    const auto results = run_parties(n, [&](const std::shared_ptr<Party>& party) {
      const int src = n - 1;
      const auto by_sizes = party->rank() == src ? cryptensor(party, x, src) : cryptensor(party, {}, src, at::IntArrayRef({2, 3}));
      const auto by_dummy = cryptensor(party, party->rank() == src ? x : at::zeros({2, 3}), src);
      return std::pair(by_sizes.get_plain_text(), by_dummy.get_plain_text(src));
    });
    for (int rank = 0; rank < n; ++rank) {
      CHECK(results[rank].first.equal(x.to(at::kFloat)));
      CHECK(results[rank].second.defined() == (rank == n - 1));
    }
  }
}

TEST_CASE("a factory without value and sizes is refused on all ranks", "[autograd][cryptensor]") {
  CHECK(refusal({at::ones({1})}, [](const Inputs& x) { cryptensor(x[0].party(), {}); }).code == 421);
  CHECK(refusal({at::ones({1})}, [](const Inputs& x) { cryptensor(x[0].party(), at::ones({2}), 5); }).code == 406);
}

TEST_CASE("shape, device and party of the handle", "[autograd][cryptensor]") {
  const auto results = run_parties(1, [](const std::shared_ptr<Party>& party) {
    const auto x = cryptensor(party, at::ones({2, 3}));
    bool refused = false;
    try {
      (void)x.size(2);
    } catch (const IndexError&) {
      refused = true;
    }
    return x.defined() && !CrypTensor().defined() && x.dim() == 2 && x.numel() == 6 && x.size(-1) == 3 && x.size(0) == 2 && x.device() == at::kCPU && x.party() == party && refused;
  });
  CHECK(results[0]);
}

TEST_CASE("reveal gives the words, get_plain_text the reals", "[autograd][cryptensor]") {
  for (const auto& [words, value] : run_parties(2, [](const std::shared_ptr<Party>& party) {
         const auto x = cryptensor(party, at::full({2}, -1.5));
         return std::pair(x.reveal().words(), x.get_plain_text());
       })) {
    CHECK(words.equal(at::full({2}, -3 << 15, at::kLong)));
    CHECK(value.equal(at::full({2}, -1.5)));
  }
}

TEST_CASE("a static weight is opened once over the calls of a plan", "[autograd][cryptensor]") {
  const auto results = run_parties(2, [](const std::shared_ptr<Party>& party) {
    const auto w = as_static(cryptensor(party, reals({3, 4})));
    std::vector<uint64_t> bytes;
    for (int call = 0; call < 3; ++call) {
      party->begin_call();
      const auto x = cryptensor(party, reals({2, 4}));
      bytes.push_back(measure(*party, [&] { linear(x, w, {}); }).bytes_sent);
      party->end_call();
    }
    return bytes;
  });
  CHECK(results[0] == std::vector<uint64_t>{8 * (8 + 12), 8 * 8, 8 * 8});
}
