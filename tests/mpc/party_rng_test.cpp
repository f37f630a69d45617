#include "mpc/party_rng.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;

namespace {

// Sessions of n ranks whose pairwise keys agree, without a network.
std::vector<Session> sessions(int n) {
  std::vector<Session> all(static_cast<size_t>(n));
  for (int rank = 0; rank < n; ++rank) {
    auto& session = all[static_cast<size_t>(rank)];
    session.rank = rank, session.world_size = n;
    session.common = derive_key(Key(), "test common");
    for (int peer = 0; peer < n; ++peer)
      session.pair.push_back(derive_key(derive_key(Key(), "test pair", static_cast<uint64_t>(std::min(rank, peer))), "with", static_cast<uint64_t>(std::max(rank, peer))));
  }
  return all;
}

PartyRng rng_of(const Session& session, StreamFactory streams = {}) {
  return PartyRng(session, std::make_shared<KeyedStreams>(derive_key(Key(), "test dealer", static_cast<uint64_t>(session.rank))), std::move(streams));
}

}  // namespace

TEST_CASE("Zero shares sum to zero, differ from draw to draw, and are not zero", "[mpc][rng]") {
  for (const int n : {1, 2, 3, 5}) {
    const auto all = sessions(n);
    std::vector<std::unique_ptr<PartyRng>> rngs;
    for (const auto& session : all) rngs.emplace_back(new PartyRng(rng_of(session)));
    RingTensor previous;
    for (const int64_t count : {1, 4096, 10'000}) {
      auto sum = at::zeros({count}, at::kLong);
      RingTensor last;
      for (auto& rng : rngs) {
        last = rng->zero_share({count}, at::kCPU);
        sum += last.words();
      }
      CHECK(sum.eq(0).all().item<bool>());
      CHECK(last.words().eq(0).all().item<bool>() == (n == 1));
      if (n > 1 && previous.defined()) CHECK(last.words()[0].item<int64_t>() != previous.words()[0].item<int64_t>());
      previous = last;
    }
  }
}

TEST_CASE("Every pair of parties contributes to a zero share, with opposite signs", "[mpc][rng]") {
  constexpr int n = 4;
  const auto all = sessions(n);
  // Only the stream of one pair gives words; all others give zeros.
  struct Constant final : WordSource {
    uint64_t word;
    explicit Constant(uint64_t w) : word(w) {}
    void fill(std::span<uint64_t> out, uint64_t) const override { std::fill(out.begin(), out.end(), word); }
  };
  for (int a = 0; a < n; ++a)
    for (int b = a + 1; b < n; ++b) {
      const Key chosen = derive_key(all[static_cast<size_t>(a)].pair[static_cast<size_t>(b)], "zero", uint64_t{0});
      for (int rank = 0; rank < n; ++rank) {
        auto rng = rng_of(all[static_cast<size_t>(rank)], [&](const Key& key) { return std::make_shared<Constant>(key == chosen ? 7 : 0); });
        const int64_t expected = rank == a ? 7 : rank == b ? -7 : 0;
        CHECK(rng.zero_share({2}, at::kCPU).words().eq(expected).all().item<bool>());
      }
    }
}

TEST_CASE("Public words are equal on all ranks and never repeat", "[mpc][rng]") {
  const auto all = sessions(3);
  std::vector<RingTensor> words;
  for (const auto& session : all) {
    auto rng = rng_of(session);
    const auto first = rng.public_words({8}), second = rng.public_words({8});
    CHECK_FALSE(first.equal(second));
    words.push_back(second);
  }
  CHECK(testing::all_equal(words, words[0]));
}

TEST_CASE("Masks are words of the dealer's stream, at positions counted upwards", "[mpc][rng]") {
  auto rng = rng_of(sessions(2)[1]);
  const KeyedStreams streams(derive_key(Key(), "test dealer", 1));
  const auto first = rng.take_mask({2, 3}, at::kCPU, false);
  const auto bits = rng.take_bits(513, 3, at::kCPU);
  const auto second = rng.take_mask({}, at::kCPU, true);
  CHECK(first.ref == MaskRef{0, 0, {2, 3}, {3, 1}, 1});
  CHECK(bits.ref == BitMaskRef{0, 6, 513, 3, 0});
  CHECK(second.ref == MaskRef{0, 6 + 2 * 3 * 8, {}, {}, 1});
  std::vector<uint64_t> words(6 + 48 + 1);
  streams.masks(0)->fill(words, 0);
  const auto expected = at::from_blob(words.data(), {static_cast<int64_t>(words.size())}, at::kLong);
  CHECK(first.share.words().flatten().equal(expected.narrow(0, 0, 6)));
  CHECK(second.share.words().item<int64_t>() == static_cast<int64_t>(words.back()));
  // Tile 0 is full; of tile 1 only the lane of element 512 holds anything.
  CHECK(bits.share.sizes() == at::IntArrayRef({2, 3, 8}));
  CHECK(bits.share[0].flatten().equal(expected.narrow(0, 6, 24)));
  for (int64_t plane = 0; plane < 3; ++plane) {
    CHECK(bits.share[1][plane][0].item<int64_t>() == (expected[6 + 24 + plane * 8].item<int64_t>() & 1));
    CHECK(bits.share[1][plane].narrow(0, 1, 7).eq(0).all().item<bool>());
  }
}

TEST_CASE("A call has streams of its own; the session's go on where they were; static masks stay with the session", "[mpc][rng]") {
  auto rng = rng_of(sessions(2)[0]);
  CHECK(rng.take_mask({4}, at::kCPU, false).ref.offset == 0);
  const auto outside = rng.zero_share({4}, at::kCPU), coins = rng.public_words({4});
  rng.enter_call(7);
  const auto inside = rng.take_mask({4}, at::kCPU, false), weight = rng.take_mask({4}, at::kCPU, true);
  CHECK(inside.ref == MaskRef{7, 0, {4}, {1}, 1});
  CHECK(weight.ref == MaskRef{0, 4, {4}, {1}, 1});
  CHECK_FALSE(rng.zero_share({4}, at::kCPU).equal(outside));
  CHECK_FALSE(rng.public_words({4}).equal(coins));
  CHECK(rng.take_bits(1, 1, at::kCPU).ref.call == 7);
  rng.enter_call(0);
  CHECK(rng.take_mask({4}, at::kCPU, false).ref == MaskRef{0, 8, {4}, {1}, 1});
}

TEST_CASE("A position is used once, whatever comes in between", "[mpc][rng]") {
  auto rng = rng_of(sessions(2)[0]);
  rng.take_mask({10}, at::kCPU, false);
  CHECK_THROWS_AS(rng.consume(0, 9, 1), MaskReuse);
  CHECK_THROWS_AS(rng.consume(0, 0, 100), MaskReuse);
  rng.consume(0, 12, 3);  // ahead of the counter, as a defect elsewhere would
  rng.take_mask({2}, at::kCPU, false);
  CHECK_THROWS_AS(rng.take_mask({1}, at::kCPU, false), MaskReuse);
  CHECK_THROWS_AS(rng.take_bits(1, 1, at::kCPU), MaskReuse);
  rng.enter_call(3);
  rng.take_mask({1}, at::kCPU, false);
  rng.zero_share({5}, at::kCPU);
  rng.public_words({5});
  rng.enter_call(0);
  rng.enter_call(3);  // the same call again starts at the same positions
  CHECK_THROWS_AS(rng.take_mask({1}, at::kCPU, false), MaskReuse);
  CHECK_THROWS_AS(rng.zero_share({1}, at::kCPU), MaskReuse);
  CHECK_THROWS_AS(rng.public_words({1}), MaskReuse);
  CHECK_THROWS_AS(rng.take_mask({1}, at::kCPU, false), MaskReuse);
  CHECK_THROWS_AS(rng.consume(2, 0, 1), MaskReuse);  // a call before one that has ended
  rng.enter_call(4);
  rng.take_mask({1}, at::kCPU, false);
  try {
    rng.consume(3, 0, 1);
  } catch (const MaskReuse& error) {
    CHECK(error.code() == 301);
    CHECK(error.why().find("call 3") != std::string::npos);
  }
}

TEST_CASE("Private words are a party's own: no key of the session gives them, and no two draws are alike", "[mpc][rng]") {
  const auto all = sessions(2);
  auto first = rng_of(all[0]), again = rng_of(all[0]), peer = rng_of(all[1]);
  const auto a = first.private_words({100, 3}), b = first.private_words({100, 3}), c = again.private_words({100, 3}), d = peer.private_words({100, 3});
  CHECK(a.sizes() == at::IntArrayRef({100, 3}));
  for (const auto& other : {b, c, d}) CHECK(a.words().eq(other.words()).sum().item<int64_t>() == 0);  // equal words: 300 · 2^-64
  first.enter_call(3);
  CHECK(a.words().eq(first.private_words({100, 3}).words()).sum().item<int64_t>() == 0);
}

TEST_CASE("Words of a large mask are made where they are read, and are the stream's", "[mpc][rng]") {
  auto rng = rng_of(sessions(2)[1]);
  const KeyedStreams streams(derive_key(Key(), "test dealer", 1));
  rng.take_mask({3}, at::kCPU, false);
  const int64_t count = LazyWords::kFewest + 1;
  const auto mask = rng.take_mask({count, 1}, at::kCPU, false);
  CHECK(mask.ref == MaskRef{0, 3, {count, 1}, {1, 1}, 1});
  CHECK(!mask.share.there());
  std::vector<uint64_t> words(static_cast<size_t>(count));
  streams.masks(0)->fill(words, 3);
  CHECK(mask.share.words().flatten().equal(at::from_blob(words.data(), {count}, at::kLong)));
  CHECK(rng.take_mask({1}, at::kCPU, false).ref.offset == static_cast<uint64_t>(3 + count));
  CHECK_THROWS_AS(rng.take_mask({int64_t{1} << 37}, at::kCPU, false), InvalidArgument);  // the stream has no such words: known before anything is sent
}
