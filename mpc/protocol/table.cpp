#include "mpc/protocol/table.h"

#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/provider/request_limits.h"

namespace crypten {
namespace {

void check(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "look_up", why, todo);
}

// What was opened, and own shares of [d = u] of the bits d of the mask: place = shift + d modulo 2^bits.
struct Place {
  at::Tensor shift;    // public, {elements}
  at::Tensor one_hot;  // {2^bits − 1, elements}; the last one is 1 − the sum of these
};

Place open_place(Party& party, const ArithmeticShared& x, int first_bit, int bits) {
  check(bits >= 1 && bits <= kMaxTableBits, "a table of that size cannot be looked up", std::to_string(bits) + " bits of a place", "use 1 … 8 bits: up to 256 entries");
  check(first_bit >= 0 && first_bit + bits <= party.ring().bits, "no such bits of a place", "bits from " + std::to_string(first_bit) + " on", "give the number of fractional bits of x");
  const auto X = mask_narrow(party, x.share(), first_bit + bits, "look up");
  const auto dealt = party.provider().request(OneHotRequest{.masks = X->terms[0].ref.masks, .first_bit = first_bit, .bits = bits}, X->device);
  open(party, {X});
  const auto opened = X->value.words().reshape(-1);
  // x is a multiple of 2^first_bit: where the lower bits of X are not 0, they and those of λ carry.
  auto shift = shift_right_logical(RingTensor(opened), first_bit).words();
  if (first_bit > 0) shift = at::add(shift, low_bits(RingTensor(opened), first_bit).words().ne(0).to(at::kLong));
  return {std::move(shift), dealt.ring().words()};
}

int64_t mask_of(int bits) { return (int64_t{1} << bits) - 1; }

int place_bits_of(int64_t entries) {
  check(entries >= 1 && entries <= int64_t{1} << kMaxTableBits, "a table of that size cannot be looked up", std::to_string(entries) + " entries", "use 1 … 256 entries");
  return entries <= 2 ? 1 : static_cast<int>(std::bit_width(static_cast<uint64_t>(entries - 1)));
}

std::vector<int64_t> joined(at::IntArrayRef sizes, at::IntArrayRef row) {
  auto all = sizes.vec();
  all.insert(all.end(), row.begin(), row.end());
  return all;
}

}  // namespace

ArithmeticShared one_hot(Party& party, const ArithmeticShared& x, int first_bit, int bits) {
  const auto at = party.scope("one-hot");
  party.scopes().fact(x.sizes());
  const auto [shift, dealt] = open_place(party, x, first_bit, bits);
  const auto last = -dealt.sum(0, true) + (party.rank() == 0 ? 1 : 0);
  // Entry u is [d = u − shift].
  const auto places = at::sub(at::arange(int64_t{1} << bits, shift.options()).unsqueeze(1), shift).bitwise_and_(mask_of(bits));
  const auto entries = at::cat(std::vector{dealt, last}, 0).gather(0, places);
  return ArithmeticShared(RingTensor(entries.t().contiguous().view(joined(x.sizes(), {int64_t{1} << bits}))));
}

ArithmeticShared look_up(Party& party, const RingTensor& table, const ArithmeticShared& x, int first_bit) {
  const auto at = party.scope("look up");
  check(table.dim() >= 1, "a table without entries", "it has no dimension", "pass entries along the first dimension");
  const int64_t entries = table.sizes()[0];
  const int bits = place_bits_of(entries);
  party.scopes().fact(x.sizes());
  party.scopes().fact(table.sizes());
  const auto [shift, dealt] = open_place(party, x, first_bit, bits);
  const int64_t all = int64_t{1} << bits;
  const auto rows = at::constant_pad_nd(table.words().reshape({entries, -1}), {0, 0, 0, all - entries});
  const auto entry = [&, shift = shift](int64_t u) { return rows.index_select(0, at::add(shift, u).bitwise_and_(mask_of(bits))); };
  // Σ_u T[shift + u]·[d = u], with the last factor 1 − the sum of the others.
  const auto last = entry(all - 1);
  auto sum = party.rank() == 0 ? last.clone() : at::zeros_like(last);
  for (int64_t u = 0; u + 1 < all; ++u) sum.addcmul_(at::sub(entry(u), last), dealt[u].unsqueeze(1));
  return ArithmeticShared(RingTensor(sum.view(joined(x.sizes(), table.sizes().slice(1)))));
}

ArithmeticShared look_up(Party& party, const ArithmeticShared& table, const ArithmeticShared& x, int first_bit) {
  const auto at = party.scope("look up privately");
  check(table.dim() >= 1, "a table without entries", "it has no dimension", "pass entries along the first dimension");
  const int64_t entries = table.sizes()[0];
  const int bits = place_bits_of(entries);
  const auto vectors = one_hot(party, x, first_bit, bits);
  const auto flat = vectors.view([entries](const at::Tensor& t) { return t.reshape({-1, t.size(-1)}).narrow(1, 0, entries); }, false);
  const auto rows = table.view([entries](const at::Tensor& t) { return t.reshape({entries, -1}); }, true);
  const auto sizes = joined(x.sizes(), table.sizes().slice(1));
  return matmul(party, flat, rows).view([sizes](const at::Tensor& t) { return t.reshape(sizes); }, true);
}

}  // namespace crypten
