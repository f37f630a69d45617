#include "mpc/protocol/word_arithmetic.h"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/compare.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/word_tree.h"

namespace crypten {
namespace {

using Kind = WordRequest::Kind;

void check(bool holds, const char* where, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, where, why, todo);
}

void check_bits(int bits, const char* where) {
  check(bits >= 0 && bits < 64, where, "no such number of bits", "expected 0 … 63, got " + std::to_string(bits), "words have 64 bits");
}

at::Tensor shifted_right(const at::Tensor& words, int bits) { return shift_right_logical(RingTensor(words), bits).words(); }

at::Tensor planes_of(const BinaryShared& words, int bits) { return slice_bits(words.share().words().contiguous(), 0, bits); }

// The rounds that both kinds of sums have in common. `words`: public planes.
at::Tensor finish(Party& party, Kind kind, const WordRequest& request, const WordPlan& plan, const at::Tensor& words, const at::Tensor& products, const at::Tensor& masks,
                  const char* verb) {
  WordTree tree(plan, kind, words, products, masks, party.rank() == 0);
  while (!tree.finished()) tree.opened(open_bits(party, tree.next(), request.bits.count, tree.masks(), verb));
  return tree.result();
}

// Planes of a + b, or of its carry.
at::Tensor sum(Party& party, Kind kind, const BinaryShared& a, const BinaryShared& b, const char* verb) {
  party.check_open(verb);
  check(a.sizes() == b.sizes(), verb, "the words have different shapes", "words do not broadcast", "expand before");
  party.scopes().fact(a.sizes());
  const int bits = party.ring().bits;
  const auto& plan = word_plan(kind, bits, party.ring());
  const auto masks = party.rng().take_bits(a.numel(), plan.opened_bits, a.share().device());
  const WordRequest request{.kind = kind, .word_bits = bits, .bits = masks.ref};
  const auto dealt = party.provider().request(request, a.share().device());
  const auto words = open_bits(party, at::cat({planes_of(a, bits), planes_of(b, bits)}, 1), a.numel(), masks.share.narrow(1, 0, 2 * bits), verb);
  return finish(party, kind, request, plan, words, dealt.bits(), masks.share, verb);
}

BinaryShared words_from(const at::Tensor& planes, at::IntArrayRef sizes, int64_t count) { return BinaryShared(RingTensor(unslice_bits(planes, count, 0).view(sizes))); }

// With the top bit flipped, numbers with a sign are in the order of those without.
BinaryShared flipped_top(Party& party, const BinaryShared& a) {
  const auto top = static_cast<int64_t>(uint64_t{1} << (party.ring().bits - 1));
  return bit_xor(party, a, RingTensor(at::full(a.sizes(), top, a.share().words().options())));
}

}  // namespace

BinaryShared shift_left(const BinaryShared& a, int bits) {
  check_bits(bits, "shift_left");
  return BinaryShared(RingTensor(at::bitwise_left_shift(a.share().words(), bits)));
}

BinaryShared shift_right(const BinaryShared& a, int bits) {
  check_bits(bits, "shift_right");
  return BinaryShared(RingTensor(shifted_right(a.share().words(), bits)));
}

BinaryShared shift_right_arithmetic(const BinaryShared& a, int bits) {
  check_bits(bits, "shift_right_arithmetic");
  return BinaryShared(shift_right_arithmetic(a.share(), bits));
}

BinaryShared rotate_left(const BinaryShared& a, int bits) {
  check_bits(bits, "rotate_left");
  return bits == 0 ? a : shift_left(a, bits) ^ shift_right(a, 64 - bits);
}

BitShared bit_of(const BinaryShared& words, int bit) {
  check_bits(bit, "bit_of");
  return BitShared(slice_bits(words.share().words().contiguous(), bit, 1), words.sizes().vec());
}

BinaryShared word_of(const BitShared& bits, int bit) {
  check_bits(bit, "word_of");
  return BinaryShared(RingTensor(unslice_bits(bits.plane(), bits.numel(), bit).view(bits.sizes())));
}

BinaryShared add(Party& party, const BinaryShared& a, const BinaryShared& b) {
  const auto at = party.scope("add words");
  return words_from(sum(party, Kind::sum, a, b, "add words"), a.sizes(), a.numel());
}

BinaryShared subtract(Party& party, const BinaryShared& a, const BinaryShared& b) {
  const auto at = party.scope("subtract words");
  auto difference = bit_not(party, words_from(sum(party, Kind::sum, bit_not(party, a), b, "subtract words"), a.sizes(), a.numel()));
  if (party.ring().bits == 64) return difference;
  return BinaryShared(low_bits(difference.share(), party.ring().bits));
}

BitShared less_unsigned(Party& party, const BinaryShared& a, const BinaryShared& b) {
  const auto at = party.scope("compare words");
  return BitShared(sum(party, Kind::carry, bit_not(party, a), b, "compare words"), a.sizes().vec());
}

BitShared less(Party& party, const BinaryShared& a, const BinaryShared& b) { return less_unsigned(party, flipped_top(party, a), flipped_top(party, b)); }

BitShared equal(Party& party, const BinaryShared& a, const BinaryShared& b) {
  const auto at = party.scope("equal words");
  check(a.sizes() == b.sizes(), "equal words", "the words have different shapes", "words do not broadcast", "expand before");
  const auto same = bit_not(party, a ^ b);
  std::vector<BitShared> bits;
  for (int bit = 0; bit < party.ring().bits; ++bit) bits.push_back(bit_of(same, bit));
  constexpr size_t kAtOnce = 8;
  while (bits.size() > 1) {
    const size_t groups = (bits.size() + kAtOnce - 1) / kAtOnce;
    std::vector<BitShared> merged(groups);
    std::vector<std::function<void()>> lanes;
    for (size_t g = 0; g < groups; ++g) {
      lanes.emplace_back([&, g] {
        const size_t begin = g * bits.size() / groups, end = (g + 1) * bits.size() / groups;
        merged[g] = bit_and(party, std::span(bits).subspan(begin, end - begin));
      });
    }
    if (groups == 1) lanes[0]();
    else party.together(std::move(lanes));
    bits = std::move(merged);
  }
  return bits[0];
}

BinaryShared to_binary(Party& party, const ArithmeticShared& x) {
  const auto at = party.scope("to binary");
  party.check_open("to_binary");
  party.scopes().fact(x.sizes());
  const int bits = party.ring().bits;
  const auto X = mask_to_compare(party, x);
  const auto& plan = word_plan(Kind::lift, bits, party.ring());
  const auto masks = party.rng().take_bits(x.numel(), plan.opened_bits, x.device());
  const WordRequest request{.kind = Kind::lift, .masks = X->mask(), .word_bits = bits, .bits = masks.ref};
  const auto dealt = party.provider().request(request, x.device());
  open(party, {X});
  const auto words = slice_bits(X->value.words().expand(x.sizes()).contiguous(), 0, bits);
  return words_from(finish(party, Kind::lift, request, plan, words, dealt.bits(), masks.share, "to binary"), x.sizes(), x.numel());
}

}  // namespace crypten
