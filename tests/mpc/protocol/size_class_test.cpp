#include "mpc/protocol/size_class.h"

#include <catch2/catch.hpp>
#include <random>

#include "crypten_core/error.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "tests/support/aten.h"
#include "tests/support/run_parties.h"

using namespace crypten;

namespace {

// Numbers of every size up to 2^bits − 2^low_bit, powers of two and their neighbours among them.
at::Tensor numbers(int bits, int low_bit, bool both_signs, int64_t random) {
  const int64_t last = (int64_t{1} << bits) - (int64_t{1} << low_bit) - 1;
  std::mt19937_64 engine(11);
  std::vector<int64_t> all{0};
  for (int b = 0; b < bits; ++b)
    for (const int64_t near : {-2, -1, 0, 1, 2}) all.push_back(std::clamp<int64_t>((int64_t{1} << b) + near, 0, last));
  for (int64_t i = 0; i < random; ++i) all.push_back(std::min(last, static_cast<int64_t>(engine() >> (64 - bits + static_cast<int>(i % bits)))));
  all.push_back(last);
  if (both_signs)
    for (size_t i = 0, count = all.size(); i < count; ++i) all.push_back(-all[i]);
  return at::tensor(all, at::kLong);
}

struct Found {
  at::Tensor e, negative;
  int largest, bits;
  Cost cost;
};

Found find(Party& party, const at::Tensor& x, int low_bit, int chunks, bool both_signs) {
  const auto shared = share(party, RingTensor(x), x.sizes(), 0);
  const auto before = party.cost();
  SizeClass size(party, mask_to_compare(party, shared), low_bit, chunks, both_signs);
  size.finish(party);
  Found found{.largest = size.largest(), .bits = size.bits(), .cost = party.cost() - before};
  found.e = low_bits(reveal(party, ArithmeticShared(size.share())), size.bits()).words();
  if (both_signs) found.negative = reveal(party, bit_to_ring(party, size.sign())).words();
  return found;
}

}  // namespace

TEST_CASE("the size class is the place of the leading bit, off by one at most, and the sign is right from 2^low_bit on") {
  struct Form {
    int low_bit, chunks;
    bool both_signs;
  };
  for (const auto& [low_bit, chunks, both_signs] : {Form{8, 8, true}, Form{6, 8, false}, Form{14, 4, false}, Form{0, 8, true}, Form{3, 4, true}, Form{2, 1, true}, Form{5, 2, false}, Form{4, 11, true}}) {
    const auto x = numbers(low_bit + 4 * chunks - 1, low_bit, both_signs, 20'000);
    for (const int n : {1, 2, 3, 5}) {
      const auto found = run_parties(n, [&, low_bit = low_bit, chunks = chunks, both_signs = both_signs](Party& party) { return find(party, n == 2 ? x : x.slice(0, 0, std::nullopt, 7).contiguous(), low_bit, chunks, both_signs); });
      const auto values = n == 2 ? x : x.slice(0, 0, std::nullopt, 7).contiguous();
      bool right = true;
      for (int64_t i = 0; i < values.numel(); ++i) {
        const int64_t value = values[i].item<int64_t>(), size = std::abs(value), e = found[0].e[i].item<int64_t>();
        const bool below = size < int64_t{1} << low_bit;
        const bool holds = e <= found[0].largest && size < int64_t{1} << (low_bit + e + 1) && (e == 0 || size >= int64_t{1} << (low_bit + e - 1) || (below && e <= 1));
        const bool sign = !both_signs || below || found[0].negative[i].item<int64_t>() == (value < 0 ? 1 : 0);
        if (!(holds && sign) && right) right = false, UNSCOPED_INFO("n " << n << " low " << low_bit << " chunks " << chunks << (both_signs ? " both" : "") << ": " << value << " class " << e);
      }
      CHECK(right);
      CHECK(found[0].bits == (chunks <= 4 ? 5 : 6));
      CHECK(found.back().cost.rounds == (chunks <= 4 ? 3 : chunks <= 8 ? 4 : 4));
    }
  }
}
