#include "mpc/provider/mask_cache.h"

#include <catch2/catch.hpp>

#include "mpc/provider/dealer.h"
#include "reference.h"
#include "tests/support/aten.h"

using namespace crypten;

namespace {

constexpr int64_t kWords = MaskCache::kFewestWords;
constexpr uint64_t kBytes = 8 * kWords;

Digest session_named(uint8_t number) {
  Digest session{};
  session[0] = number;
  return session;
}

// Asks a session for a mask whose words are all its offset, and says whether they had to be expanded.
bool expands(const MaskCache::Session& session, const MaskRef& mask) {
  bool expanded = false;
  const auto words = session.words(mask, [&] {
    expanded = true;
    return at::full(mask.sizes, static_cast<int64_t>(mask.offset), at::kLong);
  });
  return words.sizes() == at::IntArrayRef(mask.sizes) && words.eq(static_cast<int64_t>(mask.offset)).all().item<bool>() ? expanded : throw std::runtime_error("wrong words");
}

MaskRef weight(uint64_t offset) { return reference::mask({kWords / 4, 4}, offset); }

}  // namespace

TEST_CASE("A mask is kept from the second time on that its session asks for it", "[mpc][masks]") {
  MaskCache cache(3 * kBytes);
  const MaskCache::Session session(cache, session_named(1)), same(cache, session_named(1)), other(cache, session_named(2));
  CHECK(expands(session, weight(7)));
  CHECK(cache.held() == 0);
  CHECK(expands(other, weight(7)));
  CHECK(expands(same, weight(7)));
  CHECK(cache.held() == kBytes);
  CHECK_FALSE(expands(session, weight(7)));
  CHECK_FALSE(expands(same, weight(7)));
  CHECK(expands(other, weight(7)));
  CHECK(cache.held() == 2 * kBytes);
}

TEST_CASE("Masks of calls and small ones are not kept; another view or factor is another mask; room of 0 keeps nothing", "[mpc][masks]") {
  MaskCache cache(3 * kBytes), none(0);
  const MaskCache::Session session(cache, session_named(1)), nothing(none, session_named(1));
  auto of_call = weight(1), factor = weight(2), transposed = weight(2);
  of_call.call = 1;
  factor.factor = 3;
  transposed.strides = {1, kWords / 4};
  for (int i = 0; i < 3; ++i) {
    CHECK(expands(session, of_call));
    CHECK(expands(session, reference::mask({kWords - 1}, 0)));
    CHECK(expands(nothing, weight(2)));
  }
  CHECK(expands(session, weight(2)));
  CHECK(expands(session, factor));
  CHECK(expands(session, transposed));
  CHECK(cache.held() == 0);
  CHECK(none.held() == 0);
}

TEST_CASE("Room is bounded; what was not used since gives way, and what is asked for in turns does not drive itself out", "[mpc][masks]") {
  MaskCache cache(2 * kBytes);
  const MaskCache::Session session(cache, session_named(1));
  std::vector<int> expanded;
  for (int turn = 0; turn < 4; ++turn) {
    int now = 0;
    for (const uint64_t offset : {1, 2, 3}) now += expands(session, weight(offset));
    expanded.push_back(now);
    CHECK(cache.held() <= 2 * kBytes);
  }
  CHECK(expanded == std::vector<int>{3, 3, 1, 1});
  expands(session, weight(4)), expands(session, weight(5));
  CHECK(cache.held() == 2 * kBytes);
  expands(session, weight(4)), expands(session, weight(5));  // nothing else was used in between
  CHECK_FALSE(expands(session, weight(4)));
  CHECK_FALSE(expands(session, weight(5)));
  CHECK(expands(session, weight(1)));
  CHECK(cache.held() == 2 * kBytes);
  const auto larger = reference::mask({2 * kWords + 1}, 9);
  CHECK((expands(session, larger) && expands(session, larger) && expands(session, larger)));
  CHECK_FALSE(expands(session, weight(4)));
}

TEST_CASE("A session's masks are forgotten with its last client; who reads one still has it", "[mpc][masks]") {
  MaskCache cache(4 * kBytes);
  auto first = std::make_unique<MaskCache::Session>(cache, session_named(1)), second = std::make_unique<MaskCache::Session>(cache, session_named(1));
  const MaskCache::Session other(cache, session_named(2));
  for (int i = 0; i < 2; ++i) expands(*first, weight(3)), expands(other, weight(3));
  const auto words = first->words(weight(3), []() -> at::Tensor { throw std::runtime_error("it is kept"); });
  first.reset();
  CHECK(cache.held() == 2 * kBytes);
  second.reset();
  CHECK(cache.held() == kBytes);
  CHECK(words.eq(3).all().item<bool>());
  const MaskCache::Session again(cache, session_named(1));
  CHECK(expands(again, weight(3)));
  CHECK_FALSE(expands(other, weight(3)));
}

TEST_CASE("So many names are remembered, no more", "[mpc][masks]") {
  MaskCache cache(kBytes);
  const MaskCache::Session session(cache, session_named(1));
  const auto ask = [&](uint64_t offset) { return session.words(reference::mask({kWords}, offset), [] { return at::zeros({kWords}, at::kLong); }); };
  ask(0);
  for (uint64_t offset = 1; offset <= MaskCache::kMostNames; ++offset) ask(offset);
  ask(0);
  CHECK(cache.held() == 0);  // forgotten in between
  ask(0);
  CHECK(cache.held() == kBytes);
}

TEST_CASE("Answers are the same with masks that are kept as without", "[mpc][masks]") {
  const auto streams = reference::streams(2);
  MaskCache cache(uint64_t{1} << 20);
  const MaskCache::Session kept(cache, session_named(1));
  const auto term = [](const MaskRef& mask) { return TermRef{.kind = TermRef::Kind::mask, .masks = {mask}, .sizes = mask.sizes}; };
  auto transposed = reference::mask({64, 80}, 11);
  transposed.strides = {1, 64};
  for (uint64_t run = 1; run <= 3; ++run) {
    const auto input = reference::mask({3, 64}, 5, run);
    const Request request{.call = run, .index = 0, .corrected = 1, .body = ProductRequest{Bilinear::matmul(), {{term(input), term(transposed), 64}}}};
    CHECK((deal(streams, {}, request, &kept) == deal(streams, {}, request)));
    CHECK(cache.held() == (run == 1 ? 0 : 8 * 64 * 80));
  }
}
