#include "mpc/provider/dealer_meter.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <optional>

using namespace crypten;
using namespace std::literals;

TEST_CASE("a dealer's counters: clients, refusals by code, requests and bytes") {
  DealerMeter meter;
  for (int i = 0; i < 5; ++i) meter.came();
  meter.refused(357);
  meter.refused(354);
  meter.refused(357);
  meter.dealt(100, 1ms);
  meter.dealt(23, 2ms);
  const auto now = meter.counters();
  CHECK(now.clients == 5);
  CHECK(now.refused == 3);
  CHECK(now.refused_by_code == std::map<int, uint64_t>{{354, 1}, {357, 2}});
  CHECK(now.requests == 2);
  CHECK(now.correction_bytes == 123);
  CHECK(now.seconds_total == Approx(0.003));
}

TEST_CASE("each request falls into one bucket: the first whose end is not below its time") {
  DealerMeter meter;
  for (const double end : kDealerSeconds) {
    meter.dealt(0, std::chrono::duration<double>(end));
    meter.dealt(0, std::chrono::duration<double>(end * 1.01));
  }
  meter.dealt(0, std::chrono::duration<double>(-1));  // a clock that went back
  meter.dealt(0, 1h);
  const auto now = meter.counters();
  std::array<uint64_t, kDealerSeconds.size() + 1> expected;
  expected.fill(2);
  CHECK(now.seconds == expected);
  CHECK(std::accumulate(now.seconds.begin(), now.seconds.end(), uint64_t{0}) == now.requests);
}

TEST_CASE("visits: clients now, the sessions that they belong to, and how many are one rank of one session") {
  DealerMeter meter;
  Digest one{}, other{};
  other[31] = 1;
  std::optional<DealerMeter::Visit> a(std::in_place, meter, one, 0), b(std::in_place, meter, one, 1), c(std::in_place, meter, other, 1), d(std::in_place, meter, one, 1);
  CHECK(a->together() == 1);
  CHECK(b->together() == 1);
  CHECK(c->together() == 1);
  CHECK(d->together() == 2);
  CHECK(meter.counters().connected == 4);
  CHECK(meter.counters().sessions == 2);
  c.reset();
  b.reset();
  CHECK(meter.counters().connected == 2);
  CHECK(meter.counters().sessions == 1);
  CHECK(DealerMeter::Visit(meter, one, 1).together() == 2);
  a.reset();
  d.reset();
  CHECK(meter.counters().connected == 0);
  CHECK(meter.counters().sessions == 0);
}
