// The contract of providers, for every kind of dealer.
#include "mpc/provider/provider.h"

#include <catch2/catch.hpp>
#include <map>

#include "crypten_core/error.h"
#include "providers.h"
#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;
using reference::mask;
using reference::mask_term;
using test::Kind;

namespace {

using Body = decltype(Request::body);

Body product(uint64_t call, uint64_t offset, int64_t size = 4) {
  return ProductRequest{.op = Bilinear::elementwise(),
                        .pairs = {{mask_term(mask({size}, offset, call)), mask_term(mask({size}, offset + static_cast<uint64_t>(size), call)), 64}}};
}

// The sum over all ranks of words of their mask streams, as a party would see its own: λ.
at::Tensor lambda(test::Providers& all, const MaskRef& ref) {
  auto sum = at::zeros(ref.sizes, at::kLong);
  for (auto& provider : all.by_rank) {
    auto words = at::empty(ref.sizes, at::kLong);
    provider->streams().masks(ref.call)->fill({reinterpret_cast<uint64_t*>(words.mutable_data_ptr<int64_t>()), static_cast<size_t>(words.numel())}, ref.offset);
    sum += words;
  }
  return sum;
}

at::Tensor sum_of(const std::vector<Dealt>& dealt, size_t tensor = 0) {
  at::Tensor sum = dealt.front().ring(tensor).words().clone();
  for (size_t rank = 1; rank < dealt.size(); ++rank) sum += dealt[rank].ring(tensor).words();
  return sum;
}

std::vector<Dealt> ask(test::Providers& all, const Body& body) {
  std::vector<Dealt> dealt;
  for (auto& provider : all.by_rank) dealt.push_back(provider->request(body));
  for (auto& provider : all.by_rank) provider->flush();
  return dealt;
}

bool is_product(test::Providers& all, const std::vector<Dealt>& dealt, uint64_t call, uint64_t offset, int64_t size = 4) {
  const auto a = lambda(all, mask({size}, offset, call)), b = lambda(all, mask({size}, offset + static_cast<uint64_t>(size), call));
  return at::equal(sum_of(dealt), a * b);
}

}  // namespace

TEST_CASE("shares of all ranks sum to what was requested; of each request one rank hears the dealer, in turn") {
  const auto kind = GENERATE(Kind::in_process, Kind::service);
  const int parties = GENERATE(1, 2, 3, 5);
  auto all = test::providers(kind, parties);
  const auto first = mask({3, 2}, 0), second = mask({2, 5}, 6);
  const auto dealt = ask(all, ProductRequest{.op = Bilinear::matmul(), .pairs = {{mask_term(first), mask_term(second), 64}}});
  REQUIRE(at::equal(sum_of(dealt), at::matmul(lambda(all, first), lambda(all, second))));

  const TermRef top{.kind = TermRef::Kind::top_bit, .masks = {first}, .sizes = first.sizes};
  const auto shares = ask(all, ShareRequest{{{top, 16}, {mask_term(first), 64}}});
  REQUIRE(at::equal(at::bitwise_and(sum_of(shares, 0), 0xffff), at::lt(-lambda(all, first), 0).to(at::kLong)));
  REQUIRE(at::equal(sum_of(shares, 1), lambda(all, first)));

  const auto bits = ask(all, BitProductRequest{{{.offset = 100, .count = 70, .planes = 2, .plane = 0}, {.offset = 100, .count = 70, .planes = 2, .plane = 1}}});
  REQUIRE(bits.front().bits().sizes() == at::IntArrayRef({1, 1, 8}));

  // Whoever was sent the fewest bytes is next, and of several the highest rank.
  const std::vector<uint64_t> sizes{15 * 8, 6 * 2 + 6 * 8, 9};
  const std::map<int, std::vector<uint64_t>> expected{{1, {189}}, {2, {69, 120}}, {3, {9, 60, 120}}, {5, {0, 0, 9, 60, 120}}};
  for (int rank = 0; rank < parties; ++rank) {
    bits[static_cast<size_t>(rank)].bits();
    REQUIRE(all[rank].bytes_received() == expected.at(parties)[static_cast<size_t>(rank)]);
    REQUIRE(all[rank].dealer_bytes() == sizes[0] + sizes[1] + sizes[2]);
    REQUIRE(all[rank].requests() == 3);
  }
}

TEST_CASE("many requests before one flush, read in any order, and more than once") {
  const auto kind = GENERATE(Kind::in_process, Kind::service);
  auto all = test::providers(kind, 2);
  std::vector<std::vector<Dealt>> dealt;
  for (uint64_t i = 0; i < 50; ++i) {
    dealt.emplace_back();
    for (auto& provider : all.by_rank) dealt.back().push_back(provider->request(product(0, 8 * i)));
  }
  for (uint64_t i = 50; i-- > 0;) REQUIRE(is_product(all, dealt[i], 0, 8 * i));
  REQUIRE(is_product(all, dealt[7], 0, 56));
}

TEST_CASE("corrections larger than a message") {
  const auto kind = GENERATE(Kind::in_process, Kind::service);
  auto all = test::providers(kind, 3);
  const int64_t size = 700'001;
  const auto large = ask(all, product(0, 0, size)), small = ask(all, product(0, 5)), again = ask(all, product(0, 9, size));
  REQUIRE(is_product(all, again, 0, 9, size));
  REQUIRE(is_product(all, large, 0, 0, size));
  REQUIRE(is_product(all, small, 0, 5));
}

TEST_CASE("a call that repeats the one before finds its answers; results are right and streams differ") {
  const auto kind = GENERATE(Kind::in_process, Kind::service);
  auto all = test::providers(kind, 3);
  at::Tensor before;
  for (uint64_t call = 1; call <= 3; ++call) {
    for (auto& provider : all.by_rank) REQUIRE(provider->begin_call() == call);
    const auto first = ask(all, product(call, 0)), second = ask(all, product(call, 8));
    REQUIRE(is_product(all, first, call, 0));
    REQUIRE(is_product(all, second, call, 8));
    for (auto& provider : all.by_rank) {
      REQUIRE(provider->current_call() == call);
      provider->prefetch(provider->end_call());
    }
    REQUIRE(all[2].prefetched() == call - 1);
    REQUIRE(all[1].prefetched() == call - 1);
    REQUIRE(all[0].prefetched() == 0);  // two requests in a call, which correct the others
    const auto share = first[0].ring().words();
    if (before.defined()) REQUIRE(!at::equal(share, before));
    before = share;
  }
}

TEST_CASE("a call that deviates drops what was prefetched and stays right; the next one is predicted again") {
  const auto kind = GENERATE(Kind::in_process, Kind::service);
  auto all = test::providers(kind, 2);
  const std::vector<std::vector<uint64_t>> calls{{0, 8, 16}, {0, 24, 16}, {0, 24, 16}, {0}, {8, 0, 16, 24}, {}};
  const std::vector<uint64_t> expected_hits{0, 2, 4, 5, 5, 5};  // of rank 1, to which every other request of a call goes, the first one too
  const std::vector<uint64_t> expected_hits_of_0{0, 0, 1, 1, 1, 1};
  for (uint64_t call = 1; call <= calls.size(); ++call) {
    for (auto& provider : all.by_rank) provider->begin_call();
    for (const uint64_t offset : calls[call - 1]) {
      const auto dealt = ask(all, product(call, offset));
      REQUIRE(is_product(all, dealt, call, offset));
    }
    for (auto& provider : all.by_rank) provider->prefetch(provider->end_call());
    REQUIRE(all[1].prefetched() == expected_hits[call - 1]);
    REQUIRE(all[0].prefetched() == expected_hits_of_0[call - 1]);
    const auto outside = ask(all, product(0, 1000 * call));  // between calls, with a prefetch under way
    REQUIRE(is_product(all, outside, 0, 1000 * call));
  }
}

TEST_CASE("what is asked for ahead of time stays within its window: 256 MiB, or one answer that is larger") {
  // Counts what was asked for and not yet waited for.
  struct Counting final : CorrectionSource {
    struct Answer final : Pending {
      Answer(Counting* counting, uint64_t size) : source(counting), bytes(size) { source->outstanding += bytes; }
      ByteVector wait() override {
        source->outstanding -= bytes;
        throw std::runtime_error("counted");
      }
      Counting* source;
      uint64_t bytes;
    };
    std::shared_ptr<Pending> request(const Request&, uint64_t bytes) override {
      ++requests;
      return std::make_shared<Answer>(this, bytes);
    }
    void flush() override {}
    uint64_t bytes_received() const override { return 0; }
    uint64_t outstanding = 0;
    int requests = 0;
  };
  const auto source = std::make_shared<Counting>();
  Provider provider(1, CorrectedRanks::always(2, 1), {}, reference::streams(2)[1], source);
  const std::vector<int64_t> mebibytes{100, 100, 50, 6, 1, 300, 10, 246, 1};
  const auto one_call = [&](auto each) {
    const uint64_t call = provider.begin_call();
    for (const int64_t size : mebibytes) {
      const auto dealt = provider.request(ShareRequest{{{mask_term(mask({size << 17}, 0, call)), 64}}});
      REQUIRE_THROWS_AS(dealt.ring(), std::runtime_error);
      each();
    }
    provider.prefetch(provider.end_call());
  };
  one_call([] {});
  REQUIRE(source->requests == 9 + 4);
  REQUIRE(source->outstanding == 256 << 20);  // 100 + 100 + 50 + 6
  uint64_t most = 0;
  one_call([&] { most = std::max(most, source->outstanding); });
  REQUIRE(source->requests == 2 * 9 + 4);  // all of them ahead of time, and four of the next call
  REQUIRE(provider.prefetched() == 9);
  REQUIRE(most == 300 << 20);
  const uint64_t call = provider.begin_call();
  for (int i = 0; i < 3; ++i) provider.request(ShareRequest{{{mask_term(mask({1 << 17}, 0, call)), 64}}});
  const auto recorded = provider.end_call();
  source->outstanding = 0;
  provider.prefetch(recorded, 2 << 20);  // two of three
  REQUIRE(source->outstanding == 2 << 20);
}

TEST_CASE("all ranks know that something was asked ahead for the next call") {
  auto all = test::providers(Kind::in_process, 3);
  for (int repeated = 0; repeated < 2; ++repeated) {
    for (auto& provider : all.by_rank) provider->begin_call();
    ask(all, product(all[0].current_call(), 0));  // which corrects rank 2
    for (auto& provider : all.by_rank) {
      REQUIRE_FALSE(provider->awaits_call());
      provider->prefetch(provider->end_call());
      REQUIRE(provider->awaits_call());
    }
  }
  for (auto& provider : all.by_rank) {
    provider->begin_call();
    provider->prefetch(provider->end_call());
    REQUIRE_FALSE(provider->awaits_call());
  }
}

TEST_CASE("masks of the session stay what they are when a call is repeated") {
  auto all = test::providers(GENERATE(Kind::in_process, Kind::service), 2);
  const auto weight = mask({4}, 77);
  for (uint64_t call = 1; call <= 2; ++call) {
    for (auto& provider : all.by_rank) provider->begin_call();
    const auto input = mask({4}, 0, call);
    const auto dealt = ask(all, ProductRequest{.op = Bilinear::elementwise(), .pairs = {{mask_term(weight), mask_term(input), 64}}});
    REQUIRE(at::equal(sum_of(dealt), lambda(all, weight) * lambda(all, input)));
    for (auto& provider : all.by_rank) provider->prefetch(provider->end_call());
  }
  REQUIRE(all[1].prefetched() == 1);
}

TEST_CASE("calls do not nest, and end once") {
  auto all = test::providers(Kind::in_process, 1);
  REQUIRE_THROWS_AS(all[0].end_call(), ProtocolError);
  all[0].begin_call();
  REQUIRE_THROWS_AS(all[0].begin_call(), ProtocolError);
  REQUIRE_THROWS_AS(all[0].prefetch({}), ProtocolError);
  all[0].end_call();
}

TEST_CASE("a request that fits no operation is refused before it leaves, and takes no number") {
  auto all = test::providers(Kind::service, 1);
  REQUIRE_THROWS_AS(all[0].request(ShareRequest{}), InvalidArgument);
  REQUIRE(all[0].requests() == 0);
  const auto dealt = ask(all, product(0, 0));
  REQUIRE(is_product(all, dealt, 0, 0));
  REQUIRE_THROWS_AS(dealt[0].bits(), InvalidArgument);
  REQUIRE_THROWS_AS(dealt[0].ring(1), InvalidArgument);
}

TEST_CASE("corrections belong to ranks that are corrected, and to no other") {
  const auto streams = reference::streams(2);
  const auto last = CorrectedRanks::always(2, 1);
  REQUIRE_THROWS_AS(Provider(1, last, {}, streams[1], nullptr), InvalidArgument);
  REQUIRE_THROWS_AS(Provider(2, last, {}, streams[1], nullptr), InvalidArgument);
  REQUIRE_THROWS_AS(Provider(0, last, {}, nullptr, nullptr), InvalidArgument);
  REQUIRE_THROWS_AS(Provider(0, CorrectedRanks::in_turn(2), {}, streams[0], nullptr), InvalidArgument);
  REQUIRE_NOTHROW(Provider(0, last, {}, streams[0], nullptr));
}
