#include "mpc/protocol/table.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/multiply.h"
#include "mpc/protocol/open.h"
#include "mpc/provider/request_limits.h"

namespace crypten {
namespace {

constexpr int64_t kWordsPerThread = 1 << 15;
constexpr int64_t kElementsTogether = 64;

void check(bool holds, const char* what, const std::string& why, const char* todo) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, what, "look_up", why, todo);
}

// What was opened, and own shares of [d = u] of the bits d of the mask: place = shift + d modulo 2^bits.
struct Place {
  at::Tensor shift;    // public, {elements}
  at::Tensor one_hot;  // {2^bits − 1, elements}; the last one is 1 − the sum of these
};

MaskedPtr reserve_place(Party& party, at::IntArrayRef sizes, at::Device device, int first_bit, int bits) {
  check(bits >= 1 && bits <= kMaxTableBits, "a table of that size cannot be looked up", std::to_string(bits) + " bits of a place", "use 1 … 8 bits: up to 256 entries");
  check(first_bit >= 0 && first_bit + bits <= party.ring().bits, "no such bits of a place", "bits from " + std::to_string(first_bit) + " on", "give the number of fractional bits of x");
  return mask_narrow_ahead(party, sizes, device, first_bit + bits, "look up");
}

Dealt ask(Party& party, const MaskedPtr& X, int first_bit, int bits) {
  return party.provider().request(OneHotRequest{.masks = X->terms[0].ref.masks, .first_bit = first_bit, .bits = bits}, X->device);
}

// What is opened as `opening`, reserved and asked about before.
Place open_place(Party& party, const ArithmeticShared& x, const MaskedPtr& opening, const Dealt& dealt, int first_bit) {
  give(opening, x.share());
  open(party, {opening});
  const RingTensor opened(opening->value.words().reshape(-1));
  // x is a multiple of 2^first_bit: where the lower bits of X are not 0, they and those of λ carry.
  auto shift = shift_right_logical(opened, first_bit).words();
  if (first_bit > 0) shift = at::add(shift, low_bits(opened, first_bit).words().ne(0).to(at::kLong));
  return {std::move(shift), dealt.ring().words()};
}

Place open_place(Party& party, const ArithmeticShared& x, int first_bit, int bits) {
  const auto opening = reserve_place(party, x.sizes(), x.device(), first_bit, bits);
  return open_place(party, x, opening, ask(party, opening, first_bit, bits), first_bit);
}

int64_t mask_of(int bits) { return (int64_t{1} << bits) - 1; }

// Entries u < `entries` of each element's vector, [d = u − shift], as {outer, entries, elements of each of them}.
at::Tensor rotated(const at::Tensor& dealt, const at::Tensor& shift, int64_t outer, int64_t entries, bool holds_one) {
  const int64_t all = dealt.size(0) + 1, elements = dealt.size(1);
  if (!dealt.device().is_cpu()) {
    const auto last = at::add(at::neg(dealt.sum(0, true)), holds_one ? 1 : 0);
    const auto places = at::sub(at::arange(entries, shift.options()).unsqueeze(1), shift).bitwise_and_(all - 1);
    return at::cat(std::vector{dealt, last}, 0).gather(0, places).view({entries, outer, -1}).transpose(0, 1).contiguous();
  }
  const auto shares = dense_words(dealt), shifts = dense_words(shift);
  const int64_t inner = outer == 0 ? 0 : elements / outer;
  auto result = empty_words({outer, entries, inner});
  const uint64_t *const own = words_of(shares), *const by = words_of(shifts);
  uint64_t* const out = mutable_words_of(result);
  // Some elements at a time: an entry's shares of all of them follow one another, and their vectors stay in the cache until the last entry.
  parallel_for((elements + kElementsTogether - 1) / kElementsTogether, std::max<int64_t>(1, kWordsPerThread / (kElementsTogether * all)), [&](int64_t begin, int64_t end) {
    std::array<uint64_t, kElementsTogether> last;
    std::array<uint64_t*, kElementsTogether> vectors;
    for (int64_t first = begin * kElementsTogether; first < std::min(elements, end * kElementsTogether); first += kElementsTogether) {
      const int64_t count = std::min(kElementsTogether, elements - first);
      last.fill(holds_one ? 1 : 0);
      for (int64_t i = 0; i < count; ++i) vectors[static_cast<size_t>(i)] = out + (first + i) / inner * entries * inner + (first + i) % inner;
      const auto put = [&](int64_t d, const uint64_t* words) {
        for (int64_t i = 0; i < count; ++i) {
          const int64_t u = (d + static_cast<int64_t>(by[first + i])) & (all - 1);  // by is public
          if (u < entries) vectors[static_cast<size_t>(i)][u * inner] = words[i];
        }
      };
      for (int64_t d = 0; d + 1 < all; ++d) {
        const uint64_t* const words = own + d * elements + first;
        put(d, words);
        for (int64_t i = 0; i < count; ++i) last[static_cast<size_t>(i)] -= words[i];
      }
      put(all - 1, last.data());
    }
  });
  return result;
}

int place_bits_of(int64_t entries) {
  check(entries >= 1 && entries <= kMostTableEntries, "a table of that size cannot be looked up", std::to_string(entries) + " entries", "use 1 … 256 entries");
  return entries <= 2 ? 1 : static_cast<int>(std::bit_width(static_cast<uint64_t>(entries - 1)));
}

std::vector<int64_t> joined(at::IntArrayRef sizes, at::IntArrayRef row) {
  auto all = sizes.vec();
  all.insert(all.end(), row.begin(), row.end());
  return all;
}

}  // namespace

PendingOneHot::PendingOneHot(Party& party, at::IntArrayRef sizes, at::Device device, int first_bit, int bits)
    : first_bit_(first_bit), opening_(reserve_place(party, sizes, device, first_bit, bits)), dealt_(ask(party, opening_, first_bit, bits)) {}

ArithmeticShared PendingOneHot::read(Party& party, const ArithmeticShared& x, int64_t dim, int64_t entries) const {
  const auto at = party.scope("one-hot");
  party.scopes().fact(x.sizes());
  const auto [shift, dealt] = open_place(party, x, opening_, dealt_, first_bit_);
  auto sizes = x.sizes().vec();
  sizes.insert(sizes.begin() + dim, entries);
  const auto outer = c10::multiply_integers(x.sizes().slice(0, static_cast<size_t>(dim)));
  return ArithmeticShared(RingTensor(rotated(dealt, shift, outer, entries, party.rank() == 0).view(sizes)));
}

ArithmeticShared one_hot(Party& party, const ArithmeticShared& x, int first_bit, int bits) {
  return PendingOneHot(party, x.sizes(), x.device(), first_bit, bits).read(party, x, x.dim(), int64_t{1} << bits);
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
