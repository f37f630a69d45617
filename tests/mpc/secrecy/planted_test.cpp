// Planted defects: each is a test double of what the production code is given (its random words, its ring, its dealer's answers) or a
// program that does what a verb must not do. The same check passes without the defect and finds it with it. Nothing installed contains a
// switch for any of them.

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/truncate.h"
#include "tests/mpc/secrecy/examine.h"
#include "tests/support/aten.h"
#include "tests/support/recorded_wire.h"
#include "tests/support/run_parties.h"

using namespace crypten;
using namespace crypten::secrecy;

namespace {

using Role = StreamName::Role;
using Stream = std::vector<Draw>;

// Changes every stream of one role.
std::function<void(Layout&)> in_streams(Role role, const std::function<void(const StreamName&, Stream&)>& change) {
  return [=](Layout& layout) {
    for (auto& [name, stream] : layout.streams)
      if (name.role == role) change(name, stream);
  };
}
void silence(Draw& draw) {
  for (auto& variable : draw.variables) variable.at = -1, variable.fixed = 0;
}
// The second draw takes the words of the first one again.
void repeat_first(const StreamName&, Stream& stream) { stream.at(1).variables = stream.at(0).variables; }

// Safe as it is, and found with the defect.
void check_caught(Case examined, std::function<void(Layout&)> defect) {
  examined.settings = 1;
  check_safe(examined);
  examined.plant = std::move(defect);
  check_leaks(examined);
}

void open_one(Run& run, Party& party) { open(party, {mask(party, run.secret(0))}); }
void multiply_two(Run& run, Party& party) { multiply(party, run.secret(0), run.secret(1)); }
void multiply_and_reveal(Run& run, Party& party) {
  run.learn(reveal(party, multiply(party, run.secret(0), run.secret(1))), run.plain(0) * run.plain(1));
}

Program owned_sum(int parties) {
  return [parties](Run& run, Party& party) {
    auto total = run.owned(party, 0, 0);
    for (int p = 1; p < parties; ++p) total = total + run.owned(party, static_cast<size_t>(p), p);
    run.entitle(reveal(party, total).words(), party.ring().bits);
  };
}

}  // namespace

TEST_CASE("Planted: a mask that hides two values", "[mpc][secrecy][planted]") {
  for (const int n : {2, 3})
    check_caught({.parties = n, .inputs = grid(3, 2), .program = multiply_two}, in_streams(Role::mask, repeat_first));
  // In the production generator the position is refused before anything is sent.
  check_safe({.inputs = grid(3, 1), .program = [](Run& run, Party& party) {
                open_one(run, party);
                bool refused = false;
                try {
                  party.rng().consume(0, 0, 1);
                } catch (const MaskReuse&) {
                  refused = true;
                }
                run.check(at::full({1}, refused, at::kLong), at::ones({1}, at::kLong), 1);
              }});
}

TEST_CASE("Planted: an in-place write that keeps the cached opening", "[mpc][secrecy][planted]") {
  // Used as it is, the stale opening gives a wrong product …
  const auto updated = [](bool stale) {
    return [stale](Run& run, Party& party) {
      const auto x = run.secret(0), y = run.secret(1);
      open(party, {mask(party, x)});
      const auto sum = x + run.secret(1);
      const auto written = stale ? ArithmeticShared(sum.share(), x.masked()) : sum;
      run.learn(reveal(party, multiply(party, written, y)), (run.plain(0) + run.plain(1)) * run.plain(1));
    };
  };
  Case examined{.inputs = grid(3, 2), .program = updated(false), .settings = 1};
  check_safe(examined);
  examined.program = updated(true);
  CHECK_FALSE(examine(examined).right);
  // … and opened again under the mask that it kept, it shows by how much the value changed.
  check_caught({.inputs = grid(3, 2),
                .program =
                    [](Run& run, Party& party) {
                      const auto x = run.secret(0);
                      open(party, {mask(party, x)});
                      open(party, {mask(party, ArithmeticShared((x + run.secret(1)).share()))});
                    }},
               in_streams(Role::mask, repeat_first));
}

TEST_CASE("Planted: zero shares between ring neighbours only", "[mpc][secrecy][planted]") {
  check_caught({.parties = 4,
                .ring = {.bits = 1},
                .inputs = grid(1, 4),
                .program = owned_sum(4),
                .owners = {0, 1, 2, 3},
                .coalitions = {{0, 2}, {1, 3}}},
               in_streams(Role::zero, [](const StreamName& pair, Stream& stream) {
                 if (pair.second - pair.first == 2)
                   for (auto& draw : stream) silence(draw);
               }));
}

TEST_CASE("Planted: encrypt and reveal without zero shares", "[mpc][secrecy][planted]") {
  // The owner holds x, the others hold 0.
  check_caught(
      {.parties = 3, .inputs = {{0, 1, 2}, {1, 0, 2}, {1, 1, 1}, {2, 1, 0}, {7, 4, 0}}, .program = owned_sum(3), .owners = {0, 1, 2}},
      in_streams(Role::zero, [](const StreamName&, Stream& stream) {
        for (auto& draw : stream) silence(draw);
      }));
}

TEST_CASE("Planted: one zero share for two values", "[mpc][secrecy][planted]") {
  const ComparedInputs inputs{{0, 0}, {2, 1}, {4, 2}, {6, 3}, {0, 4}, {5, 1}, {7, 2}};
  const auto difference = [](int64_t factor) {
    return [factor](Run& run, Party& party) {
      run.learn(reveal(party, run.owned(party, 0, 0) - run.owned(party, 1, 1) * factor), run.plain(0) - run.plain(1) * factor);
    };
  };
  // For x, for y and for the reveal: x − 2y takes it 1 − 2 + 1 = 0 times.
  check_caught({.parties = 3, .inputs = inputs, .program = difference(2), .owners = {0, 1}},
               in_streams(Role::zero, [](const StreamName&, Stream& stream) {
                 for (auto& draw : stream) draw = stream.front();
               }));
  // For x and for y, where reveal adds none.
  check_caught({.parties = 3, .inputs = {{0, 0}, {1, 1}, {4, 4}, {5, 2}, {3, 0}}, .program = difference(1), .owners = {0, 1}},
               in_streams(Role::zero, [](const StreamName& pair, Stream& stream) {
                 repeat_first(pair, stream);
                 silence(stream.at(2));
               }));
}

TEST_CASE("Planted: the top bit of an opening is not masked", "[mpc][secrecy][planted]") {
  for (const int n : {2, 3})
    check_caught({.parties = n, .inputs = grid(3, 1), .program = open_one},
                 in_streams(Role::mask, [](const StreamName&, Stream& stream) { --stream.at(0).variables.at(0).width; }));
}

TEST_CASE("Planted: an opening of 3 bits that sends 64", "[mpc][secrecy][planted]") {
  const Program program = [](Run& run, Party& party) {
    open_one(run, party);
    const auto packed = run.elements() * 3 / 8 * (party.world_size() - 1);
    run.check(at::full({1}, static_cast<int64_t>(party.cost().bytes_sent)), at::full({1}, packed), 64);
  };
  for (const int n : {2, 3}) {
    Case examined{.parties = n, .inputs = grid(3, 1), .program = program};
    check_safe(examined);
    examined.ring.bits = 64;
    examined.word_bits = 3;  // shares and masks of three bits, as before
    const auto verdict = examine(examined);
    CHECK_FALSE(verdict.right);
    CHECK(verdict.leak != "");
  }
}

TEST_CASE("Planted: a correction that reaches another rank", "[mpc][secrecy][planted]") {
  for (const int n : {2, 3}) {
    Case examined{.parties = n, .inputs = {{0, 1}, {1, 0}, {2, 4}, {4, 2}, {1, 1}, {3, 3}}, .program = multiply_and_reveal, .settings = 1};
    check_safe(examined);
    examined.misdelivered_to = 0;
    check_leaks(examined);
  }
  // A provider takes none on a rank that is never corrected.
  struct Unasked final : CorrectionSource {
    std::shared_ptr<Pending> request(const Request&, uint64_t) override { return nullptr; }
    void flush() override {}
    uint64_t bytes_received() const override { return 0; }
  };
  CHECK_THROWS_AS(Provider(0, CorrectedRanks::always(2, 1), Ring{}, std::make_shared<KeyedStreams>(Key()), std::make_shared<Unasked>()), InvalidArgument);
}

TEST_CASE("Planted: a correction repeated for another request", "[mpc][secrecy][planted]") {
  const Program program = [](Run& run, Party& party) {
    const auto x = run.secret(0), y = run.secret(1), first = multiply(party, x, y), second = square(party, x);
    run.learn(reveal(party, first), run.plain(0) * run.plain(1));
    run.learn(reveal(party, second), run.plain(0) * run.plain(0));
  };
  // Two requests on one stream show the difference of what they define …
  for (const int n : {2, 3}) {
    check_caught({.parties = n,
                  .inputs = {{1, 2}, {2, 1}, {0, 3}, {3, 0}, {5, 6}},
                  .program =
                      [](Run& run, Party& party) {
                        const auto x = run.secret(0);
                        multiply(party, x, run.secret(1));
                        square(party, x);
                      }},
                 [](Layout& layout) {
                   for (auto& [name, stream] : layout.streams)
                     if (name.role == Role::output && name.request == 1)
                       stream = layout.streams.at({.role = Role::output, .first = name.first, .request = 0});
                 });
  }
  // … and one answer given to both makes the second result wrong.
  Case examined{.inputs = grid(3, 2), .program = program, .settings = 1};
  examined.inputs.resize(8);
  check_safe(examined);
  examined.replayed = true;
  CHECK_FALSE(examine(examined).right);
}

TEST_CASE("Planted: a constant seed", "[mpc][secrecy][planted]") {
  check_caught({.parties = 3, .inputs = grid(3, 2), .program = multiply_two}, [](Layout& layout) {
    for (auto& [name, stream] : layout.streams)
      if (name.role != Role::secret)
        for (auto& draw : stream)
          for (auto& variable : draw.variables) variable.at = -1, variable.fixed = 5 & low_mask(variable.width);
  });
  // Two sessions of one program send different words; from a constant seed, the same.
  const auto transcript = [](const LocalOptions& given) {
    testing::RecordedWire wire;
    LocalOptions local = given;
    local.tap = wire.tap();
    const RingTensor x(at::arange(64, at::kLong));
    run_parties(3, [&](Party& party) { reveal(party, square(party, share(party, x, x.sizes(), 0))); }, {.local = local});
    return std::pair(wire.payloads(0, 1), wire.payloads(1, 0));
  };
  const auto first = transcript({}), second = transcript({});
  REQUIRE(first.first.size() == 2);
  for (size_t round = 0; round < 2; ++round) {
    CHECK((first.first[round] != second.first[round]));
    CHECK((first.second[round] != second.second[round]));
  }
  LocalOptions constant;
  for (int rank = 0; rank < 3; ++rank) constant.dealer_streams.push_back(std::make_shared<KeyedStreams>(Key()));
  constant.streams = [](const Key&) { return std::make_shared<AesStream>(Key()); };
  CHECK((transcript(constant) == transcript(constant)));
}

TEST_CASE("Planted: truncation by a shift of each share", "[mpc][secrecy][planted]") {
  const ComparedInputs domain{{12}, {13}, {14}, {15}, {0}, {1}, {2}, {3}, {4}};
  const auto program = [](bool shares_shifted) {
    return [shares_shifted](Run& run, Party& party) {
      const auto x = run.secret(0);
      RingTensor shown;
      if (shares_shifted) {
        const int64_t sign = party.rank() == 0 ? 1 : -1;
        shown =
            reveal(party, ArithmeticShared(RingTensor(sign * at::bitwise_right_shift(at::bitwise_and(sign * x.share().words(), 15), 2))));
      } else {
        shown = reveal(party, truncate(party, x, 2));
        const auto Y = mask(party, x)->value.words();  // the dither: Y + 2^(k−2) has the same low bits
        run.entitle(Y, 2);
      }
      const auto error = at::bitwise_and(shown.words() - at::bitwise_right_shift(run.number(0), 2), 15);
      run.check((error <= 1).to(at::kLong), at::ones({1}, at::kLong), 64);
      run.entitle(shown.words(), 4);
    };
  };
  Case examined{.ring = {.bits = 4}, .inputs = domain, .program = program(false)};
  check_safe(examined);
  examined.program = program(true);
  const auto verdict = examine(examined);
  CHECK_FALSE(verdict.right);  // off by 2^(k−f) for some shares
  CHECK(verdict.leak != "");   // and the honest share is the dither
}

TEST_CASE("Planted: two sign conventions on one mask position", "[mpc][secrecy][planted]") {
  for (const int n : {2, 3}) {
    check_caught({.parties = n,
                  .inputs = grid(3, 1),
                  .program =
                      [](Run& run, Party& party) {
                        const auto x = run.secret(0);
                        open(party, {mask(party, x), mask(party, ArithmeticShared(x.share()))});
                      }},
                 in_streams(Role::mask, [](const StreamName& name, Stream& stream) {
                   repeat_first(name, stream);
                   stream.at(1).variables.at(0).negated = true;  // x − λ and x + λ
                 }));
  }
}

TEST_CASE("Planted: a correction in clear on an unrevealed truncation", "[mpc][secrecy][planted]") {
  for (const int n : {2, 3}) {
    check_caught({.parties = n,
                  .ring = {.bits = 4},
                  .inputs = {{12}, {13}, {0}, {1}, {4}},
                  .program = [](Run& run, Party& party) { truncate(party, run.secret(0), 2); }},
                 in_streams(Role::output, [](const StreamName&, Stream& stream) {
                   for (auto& draw : stream) silence(draw);
                 }));
  }
}

TEST_CASE("Planted: mask bits of a comparison", "[mpc][secrecy][planted]") {
  // is_negative draws a mask for Y, then one plane for each opened bit: of three bits with chunks of one, (lt, eq) and lt of the chunks,
  // and the result.
  const Case examined{.inputs = grid(3, 1), .program = [](Run& run, Party& party) { is_negative(party, run.secret(0)); }};
  for (int bit = 0; bit < 3; ++bit)
    for (int other = bit + 1; other < 4; ++other)
      check_caught(examined, in_streams(Role::mask, [=](const StreamName&, Stream& stream) {
                     stream.at(1).variables.at(static_cast<size_t>(other)) = stream.at(1).variables.at(static_cast<size_t>(bit));
                   }));
  check_caught(examined, in_streams(Role::mask, [](const StreamName&, Stream& stream) { stream.at(1).variables.at(3).at = -1; }));
}

TEST_CASE("Planted: mask bits of a group whose pairs are all compared at once", "[mpc][secrecy][planted]") {
  // Draws: the masks of three differences, the comparisons' bits, a bit for each of two candidates that may win, two factors for each.
  const Case examined{.ring = {.bits = 2, .chunk_bits = 1},
                      .inputs = {{1, 0, 1}, {1, 1, 0}, {0, 0, 1}, {0, 0, 0}},
                      .program =
                          [](Run& run, Party& party) {
                            const auto candidates = at::stack({run.secret(0).share().words(), run.secret(1).share().words(), run.secret(2).share().words()});
                            const auto largest = play_level(party, {ArithmeticShared(RingTensor(candidates)), {}}, 0, {.candidates = 3, .group = 3, .groups = 1}).value;
                            run.learn(reveal(party, ArithmeticShared(RingTensor(largest.share().words()[0]))), at::stack({run.plain(0), run.plain(1), run.plain(2)}).amax(0));
                          },
                      .coalitions = {{0}},
                      .opened_rows = {3, 2, 2, 1}};
  const auto repeated = [](size_t draw, size_t bit, size_t other) {
    return in_streams(Role::mask, [=](const StreamName&, Stream& stream) { stream.at(draw).variables.at(other) = stream.at(draw).variables.at(bit); });
  };
  check_caught(examined, repeated(0, 0, 1));  // two differences
  check_caught(examined, repeated(2, 0, 1));  // who wins
  // A candidate's factors, and those of two (but for the two that are each other's opposite, which tell nothing); one that is not masked.
  for (const size_t other : {1, 3}) check_caught(examined, repeated(3, 0, other));
  check_caught(examined, in_streams(Role::mask, [](const StreamName&, Stream& stream) { stream.at(3).variables.at(3).at = -1; }));
}

TEST_CASE("Planted: what the dealer defines, on the stream of a mask", "[mpc][secrecy][planted]") {
  check_caught({.inputs = grid(3, 2), .program = multiply_two}, [](Layout& layout) {
    for (auto& [name, stream] : layout.streams)
      if (name.role == Role::output) stream.at(0).variables = layout.streams.at({.role = Role::mask, .first = name.first}).at(0).variables;
  });
}
