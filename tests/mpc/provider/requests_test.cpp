#include "mpc/provider/requests.h"

#include <catch2/catch.hpp>
#include <map>

#include "crypten_core/error.h"
#include "mpc/provider/comparison_plan.h"
#include "request_examples.h"

using namespace crypten;

TEST_CASE("every canonical request parses to itself") {
  for (const Request& request : test::example_requests()) {
    const auto parsed = parse_request(canonical(request));
    CAPTURE(request.index, parsed.status().ToString());
    REQUIRE(parsed.ok());
    REQUIRE(bool(*parsed == request));
  }
}

TEST_CASE("equal requests have equal bytes, and only they") {
  std::mt19937 engine(7);
  std::map<std::string, Request> by_bytes;
  size_t repeats = 0;
  bool injective = true;
  std::vector<Request> all;
  for (int i = 0; i < 20'000; ++i) {
    const Request request = test::random_request(engine);
    const std::string bytes = canonical(request);
    const auto [known, is_new] = by_bytes.emplace(bytes, request);
    injective = injective && known->second == request;  // equal bytes ⇒ equal requests
    repeats += is_new ? 0 : 1;
    const auto parsed = parse_request(bytes);
    CAPTURE(parsed.status().ToString());
    if (!parsed.ok() || canonical(*parsed) != bytes) FAIL("a request is read back differently");
    if (all.size() < 300) all.push_back(request);
  }
  REQUIRE(injective);
  REQUIRE(repeats > 100);
  bool equal_iff = true;
  for (const auto& a : all) {
    for (const auto& b : all) equal_iff = equal_iff && (a == b) == (canonical(a) == canonical(b));
  }
  REQUIRE(equal_iff);
}

TEST_CASE("what is dealt: bits from widths, sizes from operations, planes from plans") {
  const auto requests = test::example_requests();
  const auto shares = dealt_shapes(requests[0], {});
  REQUIRE(shares.size() == 5);
  const int widths[] = {64, 48, 16, 1, 44};
  for (size_t i = 0; i < 5; ++i) REQUIRE(shares[i].width == widths[i]);
  REQUIRE(shares[1].sizes == std::vector<int64_t>{2, 3});
  REQUIRE(shares[1].stream_words() == 5);       // 36 bytes
  REQUIRE(shares[1].correction_bytes() == 36);
  REQUIRE(shares[3].stream_words() == 1);       // 6 bits
  REQUIRE(shares[3].correction_bytes() == 1);
  REQUIRE(shares[4].stream_words() == 5);       // 264 bits
  REQUIRE(shares[4].correction_bytes() == 33);
  REQUIRE(dealt_shapes(requests[2], {}).at(0).sizes == std::vector<int64_t>{2, 2});
  REQUIRE(dealt_shapes(requests[3], {}).at(0).sizes == std::vector<int64_t>{1, 2, 3, 3});

  auto compare = requests[4];
  auto& body = std::get<CompareRequest>(compare.body);
  const auto plan = comparison_plan(body, {});
  body.bits.planes = plan.opened_bits;
  const auto planes = dealt_shapes(compare, {});
  REQUIRE(planes.size() == 2);
  REQUIRE(planes[0].planes == plan.table_planes);
  REQUIRE(planes[1].planes == plan.product_planes);
  REQUIRE(planes[0].count == 10);
  REQUIRE(planes[0].correction_bytes() == static_cast<uint64_t>(2 * plan.table_planes));
  REQUIRE(planes[0].stream_words() == static_cast<uint64_t>(8 * plan.table_planes));

  // The comparison of another threshold, without tables: its products only.
  const auto later = dealt_shapes(requests[6], {});
  REQUIRE(later.size() == 2);
  REQUIRE(later[0].correction_bytes() == 0);
  REQUIRE(later[0].stream_words() == 0);
  REQUIRE(later[1].planes == comparison_plan(std::get<CompareRequest>(requests[6].body), {}).product_planes);

  const auto sines = dealt_shapes(requests[7], {});
  REQUIRE(sines.size() == 1);
  REQUIRE(sines[0].width == 40);
  REQUIRE(sines[0].sizes == std::vector<int64_t>{6, 6});

  REQUIRE(dealt_shapes(requests[8], {}).at(0).planes == 4);
}

TEST_CASE("a request that fits no operation or not the ring defines nothing") {
  const auto share = [](TermRef term, int width = 64) { return Request{.body = ShareRequest{{{std::move(term), width}}}}; };
  const auto plain = reference::mask_term(reference::mask({4}, 0));
  auto shifted = plain;
  shifted.kind = TermRef::Kind::shifted;
  shifted.shift = 8;
  REQUIRE_NOTHROW(dealt_shapes(share(shifted), {}));
  REQUIRE_THROWS_AS(dealt_shapes(share(shifted), Ring{.bits = 8}), InvalidArgument);
  REQUIRE_THROWS_AS(dealt_shapes(share(plain, 65), {}), InvalidArgument);
  const CompareRequest wide{.masks = {reference::mask({4}, 0)}, .compared_bits = 63, .bits = {.count = 4, .planes = 40}};
  REQUIRE_THROWS_AS(dealt_shapes({.body = wide}, Ring{.bits = 8}), InvalidArgument);
  const CompareRequest few{.masks = {reference::mask({4}, 0)}, .compared_bits = 63, .bits = {.count = 4, .planes = 3}};
  REQUIRE_THROWS_AS(dealt_shapes({.body = few}, {}), InvalidArgument);
  const ProductRequest large{.op = Bilinear::elementwise(), .pairs = {{reference::mask_term(reference::mask({1 << 20, 1}, 0)), reference::mask_term(reference::mask({1 << 20}, 0)), 64}}};
  REQUIRE_THROWS_AS(dealt_shapes({.body = large}, {}), InvalidArgument);  // 2^40 elements
}

TEST_CASE("a request in another call: references to the call are renamed, those to others stay") {
  for (const Request& request : test::example_requests()) {
    const Request moved = in_call(request, 1, 5);
    REQUIRE(moved.call == (request.call == 1 ? 5 : request.call));
    REQUIRE(moved.index == request.index);
    REQUIRE(bool(in_call(moved, 5, 1) == request));
  }
  const auto moved = in_call(test::example_requests()[0], 1, 5);
  const auto& items = std::get<ShareRequest>(moved.body).items;
  REQUIRE(items[0].term.masks[0].call == 5);
  REQUIRE(items[1].term.masks[0].call == 0);
  REQUIRE(items[1].term.masks[1].call == 2);
  REQUIRE(items[3].term.bit.call == 5);
  REQUIRE(std::get<CompareRequest>(in_call(test::example_requests()[4], 1, 5).body).bits.call == 5);
}
