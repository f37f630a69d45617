#include "crypten_core/kernels/digit_tables.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/class_lanes.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/registered.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kTilesPerTable = 4;

// Places of one plane's words.
void multiply(uint64_t* out, const uint64_t* a, const uint64_t* b) {
  for (int64_t w = 0; w < kTileWords; ++w) out[w] = a[w] & b[w];
}
void add(uint64_t* sum, const uint64_t* a) {
  for (int64_t w = 0; w < kTileWords; ++w) sum[w] ^= a[w];
}

// Where the digit, given by its bits, has each of its values: by doubling.
void values_of(const uint64_t* digit, int64_t bits, uint64_t* out) {
  std::fill_n(out, kTileWords, ~uint64_t{0});
  for (int64_t i = 0; i < bits; ++i, digit += kTileWords) {
    for (int64_t u = 0; u < int64_t{1} << i; ++u) {
      uint64_t *clear = out + u * kTileWords, *set = out + (u | int64_t{1} << i) * kTileWords;
      multiply(set, clear, digit);
      add(clear, set);
    }
  }
}

void derive(const uint64_t* table, int64_t bits, bool holds_one, uint64_t* out) {
  const int64_t entries = int64_t{1} << bits;
  uint64_t* last = std::copy_n(table, (entries - 1) * kTileWords, out);
  std::fill_n(last, kTileWords, holds_one ? ~uint64_t{0} : 0);
  for (int64_t u = 0; u + 1 < entries; ++u) add(last, table + u * kTileWords);
  uint64_t *from = out, *to = out + entries * kTileWords;
  for (int64_t size = entries / 2; size > 1; size /= 2) {
    for (int64_t w = 0; w < size; ++w, from += 2 * kTileWords, to += kTileWords) std::copy_n(from, kTileWords, to), add(to, from + kTileWords);
  }
}

}  // namespace

void check_digit_tables(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits) {
  const auto planes = [&](const at::Tensor& tensor, int64_t count) {
    return tensor.scalar_type() == at::kLong && tensor.dim() == 3 && tensor.size(0) == digits.size(0) && tensor.size(1) == count &&
           tensor.size(2) == kTileWords;
  };
  const bool bits = chunk_bits >= 1 && chunk_bits <= class_lanes::kWidestChunk && chunks >= 0;
  if (bits && digits.dim() == 3 && planes(digits, chunks * chunk_bits) && planes(tables, chunks * ((int64_t{1} << chunk_bits) - 1))) return;
  throw InvalidArgument(160, "bit planes of another form", "digit_tables",
                        "expected " + std::to_string(chunks) + " chunks of " + std::to_string(chunk_bits) + " bits, 1 … 7",
                        "pass int64 tensors laid out as kernels/bit_slice.h says, all on one device");
}

DigitTables digit_tables(const at::Tensor& digits, const at::Tensor& tables, int64_t chunks, int64_t chunk_bits, bool holds_one) {
  if (!on_cpu("digit_tables", {digits, tables})) {
    using Signature = std::tuple<at::Tensor, at::Tensor, at::Tensor>(const at::Tensor&, const at::Tensor&, int64_t, int64_t, bool);
    auto [values, derived, flags] = registered<Signature>("digit_tables", digits).call(digits, tables, chunks, chunk_bits, holds_one);
    return {std::move(values), std::move(derived), std::move(flags)};
  }
  check_digit_tables(digits, tables, chunks, chunk_bits);
  const int64_t tiles = digits.size(0), entries = int64_t{1} << chunk_bits, derived = class_lanes::derived_planes(static_cast<int>(chunk_bits));
  const auto new_planes = [&](int64_t count) { return empty_words({tiles, count, kTileWords}); };
  const DigitTables result{new_planes(chunks * entries), new_planes(chunks * derived), new_planes(chunks * class_lanes::kFlags)};
  const at::Tensor numbers = digits.contiguous(), shares = tables.contiguous();
  parallel_for(tiles, kTilesPerTable, [&](int64_t begin, int64_t end) {
    for (int64_t place = begin * chunks; place < end * chunks; ++place) {
      uint64_t* const values = mutable_words_of(result.values) + place * entries * kTileWords;
      values_of(words_of(numbers) + place * chunk_bits * kTileWords, chunk_bits, values);
      derive(words_of(shares) + place * (entries - 1) * kTileWords, chunk_bits, holds_one, mutable_words_of(result.derived) + place * derived * kTileWords);
      uint64_t* const flags = mutable_words_of(result.flags) + place * class_lanes::kFlags * kTileWords;
      for (int64_t w = 0; w < kTileWords; ++w) {
        const uint64_t zero = values[w], full = values[(entries - 1) * kTileWords + w];
        flags[w] = zero, flags[kTileWords + w] = ~zero, flags[2 * kTileWords + w] = full, flags[3 * kTileWords + w] = ~full;
      }
    }
  });
  return result;
}

}  // namespace crypten
