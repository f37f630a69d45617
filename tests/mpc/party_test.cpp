#include "mpc/party.h"

#include <catch2/catch.hpp>
#include <thread>

#include "crypten_core/error.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using crypten::testing::random_words;

TEST_CASE("The share of a public value is the value, held by rank 0 and open", "[mpc][party]") {
  const auto a = random_words({2, 3});
  const auto results = run_parties(3, [&](Party& party) {
    const auto x = party.public_share(a);
    return std::tuple(x.share(), x.opened(), reveal(party, x));
  });
  for (size_t rank = 0; rank < 3; ++rank) {
    const auto& [own, opened, value] = results[rank];
    CHECK(own.equal(rank == 0 ? a : RingTensor::zeros({2, 3})));
    CHECK(opened);
    CHECK(value.equal(a));
  }
}

TEST_CASE("Parties that run different operations notice it in the same round, and each names both", "[mpc][party]") {
  const auto a = random_words({4});
  const auto program = [&](Party& party) -> std::string {
    const auto model = party.scope("model");
    const auto x = share(party, a, a.sizes(), 0), y = share(party, a, a.sizes(), 0);
    try {
      if (party.rank() == 0) multiply(party, x, x * 2);
      else truncate(party, x, 16);
    } catch (const ProgramMismatch& error) {
      return error.what();
    }
    return "not noticed";
  };
  const auto messages = run_parties(2, program);
  for (const auto& message : messages) {
    CHECK(message.find("model/multiply (4) (4)") != std::string::npos);
    CHECK(message.find("model/truncate 16 (4)") != std::string::npos);
  }
  // Shapes, shifts and the order of operations count as well, though the messages have the same size.
  const std::vector<std::function<void(Party&, const ArithmeticShared&)>> programs{
      [](Party& party, const ArithmeticShared& x) { truncate(party, x, 16); },
      [](Party& party, const ArithmeticShared& x) { truncate(party, x, 17); },
      [](Party& party, const ArithmeticShared& x) { square(party, x); },
      [](Party& party, const ArithmeticShared& x) { square(party, x.view([](const at::Tensor& t) { return t.view({2, 2}); }, true)); },
      [](Party& party, const ArithmeticShared& x) { reveal(party, x); },
  };
  for (size_t i = 0; i < programs.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const auto noticed = run_parties(2, [&](Party& party) {
        const auto x = share(party, a, a.sizes(), 0);
        try { programs[party.rank() == 0 ? i : j](party, x); } catch (const ProgramMismatch&) { return true; }
        return false;
      });
      CHECK((noticed[0] && noticed[1]));
    }
}

TEST_CASE("A party belongs to one thread until it is handed over", "[mpc][party]") {
  const auto a = random_words({4});
  const auto party = local_parties(1).front();
  RingTensor value;
  std::thread([&] { value = reveal(*party, share(*party, a, a.sizes(), 0)); }).join();  // the first that computes
  CHECK(value.equal(a));
  try {
    share(*party, a, a.sizes(), 0);
    FAIL("a second thread was let in");
  } catch (const ProtocolError& error) {
    CHECK(error.code() == 302);
    CHECK(error.where().find("share") != std::string::npos);
  }
  CHECK_THROWS_AS(party->together({[] {}}), ProtocolError);
  party->hand_over();
  CHECK(reveal(*party, share(*party, a, a.sizes(), 0)).equal(a));
}

TEST_CASE("After close tensors live on and operations throw SessionClosed", "[mpc][party]") {
  const auto a = random_words({4});
  for (const bool aborted : {false, true}) {
    const auto party = local_parties(1).front();
    const auto x = share(*party, a, a.sizes(), 0), y = multiply(*party, x, x);
    if (aborted) party->abort("InvalidArgument");
    else party->close();
    party->close();  // again: nothing
    CHECK(y.share().equal(a * a));
    CHECK((y + x * 2).share().equal(a * a + a * 2));
    CHECK_THROWS_AS(multiply(*party, x, y), SessionClosed);
    CHECK_THROWS_AS(reveal(*party, x), SessionClosed);
    CHECK_THROWS_AS(open(*party, {x.masked()}), SessionClosed);
    CHECK_THROWS_AS(mask(*party, y), SessionClosed);
    CHECK_THROWS_AS(truncate(*party, x, 3), SessionClosed);
    CHECK_THROWS_AS(share(*party, a, a.sizes(), 0), SessionClosed);
    CHECK_THROWS_AS(party->begin_call(), SessionClosed);
  }
}

TEST_CASE("Each lane has its own place in the program", "[mpc][party]") {
  const auto a = random_words({4});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0);
    std::vector<std::string> places;
    const auto lane = [&](const char* name) {
      return [&, name] {
        const auto at = party.scope(name);
        places.push_back(party.scopes().scope());
        multiply(party, x * 2, x * a);
        places.push_back(party.scopes().scope());
        truncate(party, x * a, 3);
        places.push_back(party.scopes().scope());
      };
    };
    const auto model = party.scope("model");
    party.together({lane("left"), lane("right")});
    places.push_back(party.scopes().scope());
    try {
      party.together({lane("left"), [&] {
                        const auto at = party.scope("fails");
                        open(party, {mask(party, ArithmeticShared(x.share()))});
                        throw std::runtime_error("fails");
                      }});
    } catch (const std::runtime_error&) {
    }
    places.push_back(party.scopes().scope());
    return places;
  });
  for (const auto& places : results)
    CHECK(places == std::vector<std::string>{"model/left", "model/right", "model/left", "model/right", "model/left", "model/right", "model", "model/left", "model/left", "model"});
}

TEST_CASE("A mask position that comes round again is refused before anything is sent", "[mpc][party]") {
  const auto a = random_words({4});
  const auto results = run_parties(2, [&](Party& party) {
    const auto x = share(party, a, a.sizes(), 0), y = share(party, a, a.sizes(), 0);
    open(party, {mask(party, x)});
    party.rng().consume(0, 4, 1);  // as a defect elsewhere would
    const auto before = party.cost();
    try {
      multiply(party, x, y);
    } catch (const MaskReuse&) {
      return party.cost() == before;
    }
    return false;
  });
  for (const bool refused : results) CHECK(refused);
}

TEST_CASE("In a call, masks are numbered anew, and static openings outlive it", "[mpc][party]") {
  const auto a = random_words({4}), w = random_words({4});
  for (const int n : {1, 2, 3}) {
    const auto results = run_parties(n, [&](Party& party) {
      const auto weight = as_static(share(party, w, w.sizes(), 0));
      std::vector<std::vector<Request>> requested;
      std::vector<uint64_t> sent;
      bool exact = true;
      for (int i = 0; i < 3; ++i) {
        const uint64_t call = party.begin_call();
        exact = exact && call == static_cast<uint64_t>(i + 1);
        const auto before = party.cost();
        const auto x = share(party, a, a.sizes(), 0);
        const auto y = truncate(party, multiply(party, x, weight), 16);
        sent.push_back((party.cost() - before).bytes_sent);
        requested.push_back(party.end_call());
        exact = exact && y.opened();
        const auto low = shift_right_arithmetic(a * w, 16).words();
        exact = exact && (mask(party, weight)->terms[0].ref.masks[0].call == 0) && low.numel() == 4;
      }
      // What the second call asked for is the third's under another name.
      for (size_t i = 0; i < requested[1].size(); ++i) exact = exact && in_call(requested[1][i], 2, 3) == requested[2][i];
      exact = exact && requested[1].size() == requested[2].size() && requested[1].size() == 2;
      return std::pair(exact, sent);
    });
    const auto peers = static_cast<uint64_t>(n - 1);
    for (const auto& [exact, sent] : results) {
      CHECK(exact);
      CHECK(sent == std::vector<uint64_t>{96 * peers, 64 * peers, 64 * peers});
    }
  }
}
