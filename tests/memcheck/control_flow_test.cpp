// No branch and no address of a party depends on its secrets: every row of the cost table, and what has no row. A program of its own, which
// tools/memcheck.sh runs under valgrind.

#include <algorithm>
#include <catch2/catch.hpp>

#include "mpc/costs/rows.h"
#include "mpc/function/softmax.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/maximum.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/shuffle.h"
#include "mpc/protocol/truncate.h"
#include "mpc/protocol/word_arithmetic.h"
#include "mpc/tensor/arithmetic.h"
#include "mpc/tensor/product.h"
#include "mpc/tensor/sample.h"
#include "mpc/tensor/sort.h"
#include "tests/memcheck/poisoned.h"
#include "tests/support/aten.h"

using namespace crypten;
using namespace crypten::memcheck;

namespace {

struct Seen {
  Sent sent;
  uint64_t findings = 0;
};

Seen run(int n, const std::function<void(Party&)>& body) {
  if (!under_memcheck()) FAIL("run these cases by tools/memcheck.sh: without valgrind and its header (Debian's package valgrind) they see nothing");
  const uint64_t before = findings();
  Seen seen{run_poisoned(n, body)};
  seen.findings = findings() - before;
  return seen;
}

// A value of rank 0 that only it knows.
ArithmeticShared secret_input(Party& party, at::IntArrayRef sizes) {
  RingTensor value;
  if (party.rank() == 0) {
    value = RingTensor(at::arange(c10::multiply_integers(sizes)).mul_(0x1234567).view(sizes));
    make_secret(value.words());
  }
  return share(party, value, sizes, 0);
}

MPCTensor secret_reals(Party& party, at::IntArrayRef sizes) {
  at::Tensor value;
  if (party.rank() == 0) {
    value = at::linspace(-2, 2, c10::multiply_integers(sizes)).view(sizes);
    make_secret(value);
  }
  return MPCTensor::encrypt(std::shared_ptr<Party>(std::shared_ptr<void>(), &party), value, sizes);
}

uint64_t first_word(const at::Tensor& tensor) { return *reinterpret_cast<const uint64_t*>(tensor.const_data_ptr()); }

// What a party does with the bit is nothing; but it branches.
void branch_on(uint64_t word) {
  static volatile int taken = 0;
  if (word & 4) taken = taken + 1;
}

// Secrets reach every byte that leaves, each under its mask; and neither the form of messages nor what the dealer is asked.
void check_traffic(const Sent& sent) {
  CHECK(sent.secret_payload == sent.payload);
  CHECK_FALSE(sent.secret_header);
  CHECK_FALSE(sent.secret_request);
}

struct Named {
  const char* what;
  std::function<void(Party&)> program;
};

// Fewer elements than kernels take at once, or some left over.
void check_cost_table(int n, int64_t elements) {
  for (const auto& row : cost_table()) {
    CAPTURE(row.verb, n);
    const auto seen = run(n, [&](Party& party) { row.prepare(party, elements)(); });
    CHECK(seen.findings == 0);
    check_traffic(seen.sent);
  }
}

}  // namespace

TEST_CASE("Control flow: a branch on a secret and an address that depends on one are found", "[memcheck]") {
  static volatile int table[8]{};
  const std::vector<Named> planted{
      {"a branch on a share", [](Party& party) { branch_on(first_word(secret_input(party, {5}).share().words())); }},
      {"a share as an index", [](Party& party) { static_cast<void>(table[first_word(secret_input(party, {5}).share().words()) % 8]); }},
      {"a branch on the own input", [](Party&) {
         const auto own = at::arange(5);
         make_secret(own);
         branch_on(first_word(own));
       }},
      {"a branch on a share of a product", [](Party& party) {
         const auto x = secret_input(party, {5});
         branch_on(first_word(multiply(party, x, secret_input(party, {5})).share().words()));
       }},
      {"a branch on a mask", [](Party& party) { branch_on(first_word(party.rng().take_mask({5}, at::kCPU, false).share.words())); }},
      {"a branch on a zero share", [](Party& party) { branch_on(first_word(party.rng().zero_share({5}, at::kCPU).words())); }},
      {"a branch on a word of the own stream", [](Party& party) { branch_on(first_word(party.rng().private_words({5}).words())); }},
      {"a branch on a share of a bit", [](Party& party) { branch_on(first_word(to_bits(party, is_negative(party, secret_input(party, {70}))).plane())); }},
      {"a search for the largest share",
       [](Party& party) { branch_on(static_cast<uint64_t>(secret_input(party, {5}).share().words().max().item<int64_t>())); }},
  };
  for (const auto& defect : planted) {
    CAPTURE(defect.what);
    CHECK(run(2, defect.program).findings >= 2);  // on each of two ranks
  }
}

TEST_CASE("Control flow: what is opened, revealed or drawn by all is public", "[memcheck]") {
  const std::vector<Named> allowed{
      {"a branch on an opened value", [](Party& party) {
         const auto x = secret_input(party, {5});
         const auto opened = mask(party, x);
         open(party, {opened});
         branch_on(first_word(opened->value.words()));
       }},
      {"a branch on a revealed value", [](Party& party) { branch_on(first_word(reveal(party, secret_input(party, {5})).words())); }},
      {"a branch on what one rank learns", [](Party& party) {
         const auto value = reveal(party, secret_input(party, {5}), 1);
         if (value.defined()) branch_on(first_word(value.words()));
       }},
      {"a branch on revealed words", [](Party& party) { branch_on(first_word(reveal(party, to_binary(party, secret_input(party, {5}))).words())); }},
      {"a branch on public coins", [](Party& party) { branch_on(first_word(party.rng().public_words({5}).words())); }},
  };
  for (const int n : {2, 3})
    for (const auto& one : allowed) {
      CAPTURE(one.what, n);
      CHECK(run(n, one.program).findings == 0);
    }
}

TEST_CASE("Control flow: bytes that no secret reaches are told from others", "[memcheck]") {
  const auto send = [](const std::function<at::Tensor(Party&)>& words) {
    return run(2, [&](Party& party) {
             party.queue({.words = words(party), .done = [](const at::Tensor&) {}});
             party.wait_for_round();
           }).sent;
  };
  const auto plain = send([](Party&) { return at::zeros({5}, at::kLong); });
  CHECK(plain.payload == 2 * 5 * 8);
  CHECK(plain.secret_payload == 0);
  check_traffic(send([](Party& party) { return secret_input(party, {5}).share().words().clone(); }));
}

TEST_CASE("Control flow: every verb of the cost table, two parties", "[memcheck]") { check_cost_table(2, 70); }
TEST_CASE("Control flow: every verb of the cost table, three parties", "[memcheck]") { check_cost_table(3, 5); }

TEST_CASE("Control flow: inputs of reals, and verbs without a row", "[memcheck]") {
  const std::vector<Named> programs{
      {"encrypt reals, multiply, reveal", [](Party& party) {
         const auto x = secret_reals(party, {2, 3});
         const auto product = matmul(multiply(x, x), secret_reals(party, {3, 2})).get_plain_text();
         static_cast<void>(product);
       }},
      {"softmax, largest values and places", [](Party& party) {
         const auto x = secret_reals(party, {2, 5});
         softmax(x, 1);
         topk(x, 2, 1, true, Places::wanted);
       }},
      {"maximum with index", [](Party& party) { maximum_along(party, secret_input(party, {3, 5}), 1, true); }},
      {"words: AND, OR, NOT, shifts, a truth value as a choice", [](Party& party) {
         const auto a = to_binary(party, secret_input(party, {70})), b = bit_not(party, shift_right_arithmetic(a, 3));
         const auto either = bit_or(party, bit_and(party, a, b), rotate_left(b, 7));
         select(party, open_masked(party, less_unsigned(party, either, a)), secret_input(party, {70}));
       }},
      {"a shuffle of several tensors, a permutation that nobody knows", [](Party& party) {
         const std::vector<ArithmeticShared> both{secret_input(party, {6, 2}), secret_input(party, {6, 2})};
         shuffle(party, both, Orders::of_each_column);
         random_permutation(party, 6);
       }},
      {"random values, private probabilities, dropout", [](Party& party) {
         const auto x = secret_reals(party, {5});
         rand(x.party(), {5});
         bernoulli(x);
         dropout(x, 0.5, true);
       }},
      {"independent work in lanes", [](Party& party) {
         const auto x = secret_input(party, {5}), y = secret_input(party, {600});
         party.together({[&] { truncate_relu(party, x, 16); }, [&] { truncate_exact(party, y, 16); }, [&] { multiply(party, x, x); }});
       }},
  };
  for (const int n : {2, 3})
    for (const auto& one : programs) {
      CAPTURE(one.what, n);
      const auto seen = run(n, one.program);
      CHECK(seen.findings == 0);
      check_traffic(seen.sent);
    }
}
