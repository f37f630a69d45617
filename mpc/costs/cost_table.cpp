#include <atomic>
#include <cmath>
#include <sstream>

#include "crypten_core/aten.h"
#include "mpc/cost.h"
#include "mpc/costs/rows.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/simulate.h"

namespace crypten {
namespace costs {

namespace {
std::atomic<Numbers> numbers_in_use{Numbers::moderate};

at::Tensor numbers(const at::Tensor& count) {
  switch (numbers_in_use) {
    case Numbers::zeros: return at::zeros_like(count);
    case Numbers::minus_ones: return at::zeros_like(count) - 1;
    case Numbers::extremes: return at::mul(count.bitwise_and(1) * 2 - 1, int64_t{1} << 61);
    case Numbers::moderate: break;
  }
  return (count * 37).remainder(4096) - 2048;
}
}  // namespace

void use_numbers(Numbers numbers) { numbers_in_use = numbers; }

ArithmeticShared fresh(Party& party, at::IntArrayRef sizes) {
  RingTensor value;
  if (party.rank() == 0) {
    value = RingTensor::empty(sizes);
    at::arange_out(const_cast<at::Tensor&>(value.words()), value.numel());
    value = RingTensor(numbers(value.words().reshape(sizes)));
  }
  return share(party, value, sizes, 0);
}

ArithmeticShared fresh_open(Party& party, at::IntArrayRef sizes) {
  const auto x = fresh(party, sizes);
  open(party, {mask(party, x)});
  return x;
}

int64_t shares_dealt(int64_t elements, std::initializer_list<int> widths) {
  int64_t bytes = 0;
  for (const int width : widths) bytes += (elements * width + 7) / 8;
  return bytes;
}

Cost cost(uint64_t rounds, int64_t bytes, int64_t dealer_bytes, int world_size) {
  return {rounds, static_cast<uint64_t>(bytes) * static_cast<uint64_t>(world_size - 1), static_cast<uint64_t>(dealer_bytes)};
}

}  // namespace costs

std::vector<CostRow> cost_table() {
  std::vector<CostRow> table;
  for (auto family : {costs::sharing_rows, costs::product_rows, costs::truncation_rows, costs::comparison_rows, costs::word_rows, costs::function_rows, costs::division_rows,
                      costs::composed_rows, costs::bounded_rows})
    for (auto& row : family()) table.push_back(std::move(row));
  return table;
}

namespace {

// Other protocols with a dealer, for the sign of 64-bit values between two parties, as a ring element.
constexpr const char* kPublished = R"(
## Beside published protocols with a dealer

The sign of a 64-bit value as a ring element, two parties. *Dealer*: all that the dealer sends for it, to all parties together.

| protocol | rounds | sent | dealer | source |
|---|---|---|---|---|
| x < 0 here | 4 | 12.9 | 49 | the table above |
| Kogge-Stone adder on binary shares, words of triples | 8 | 216 | 112 | Knott et al., CrypTen (NeurIPS 2021); counted in its version 0.4 |
| comparison by function secret sharing, two keys of n(λ + ℓ + 2) + λ + ℓ bits, n = ℓ = 64, λ = 128 | 1 | 8 | 3,152 | Boyle et al., Function secret sharing for mixed-mode and fixed-point secure computation (EUROCRYPT 2021, eprint 2020/1392), distributed comparison function |
| two keys of a distributed point function with early termination, (n − 7)(λ + 2) + 2λ bits each, n = 63 | 1 | 8 | 1,884 | Gupta et al., SIGMA (PETS 2024, eprint 2023/1269); of the bit alone, which is still to become a ring element |

Fewer dealer bytes than here are possible for more rounds: with the bits of r = −λ dealt as they are (63 bits), a binary tree of 118 ANDs, and one bit as a ring element the dealer sends 30.6 bytes, the correction of each in one bit; a party sends 37.5
bytes in 8 rounds. What a party sends and what it is sent come to 68 bytes then, and to 62 here.
)";

}  // namespace

std::string cost_document() {
  constexpr int64_t kElements = 5120;
  const auto table = cost_table();
  std::vector<Cost> measured(table.size());
  simulate(2, {}, [&](const std::shared_ptr<Party>& party) {
    for (size_t i = 0; i < table.size(); ++i) {
      const auto verb = table[i].prepare(*party, kElements);
      const auto before = party->cost();
      verb();

      if (party->rank() == 1) measured[i] = party->cost() - before;
    }
  });
  const auto per_element = [](double bytes) {
    std::ostringstream text;
    text << std::round(bytes * 100) / 100;
    return text.str();
  };
  std::ostringstream text;
  text << "# Costs\n\nPrinted by `crypten-costs` from the declarations in `mpc/costs`; do not edit. The tests run every row for 1, 2, 3 and 5 parties and compare it\n"
       << "with the counters to the byte. Figures: two parties, " << kElements << " elements. *Sent* is what one party sends, *dealer* what the dealer transmits, to all\n"
       << "parties together, in bytes an element of the input. With n parties each sends n − 1 times as much, in the same rounds. *Allowed* is the design's bound.\n\n"
       << "| operation | rounds | sent | dealer | allowed (rounds · sent · dealer) | declared as |\n|---|---|---|---|---|---|\n";
  for (size_t i = 0; i < table.size(); ++i) {
    const auto& row = table[i];
    text << "| " << row.verb << " | " << measured[i].rounds << " | " << per_element(static_cast<double>(measured[i].bytes_sent) / kElements) << " | "
         << per_element(static_cast<double>(measured[i].dealer_bytes) / kElements) << " | " << row.bound.rounds << " · " << per_element(row.bound.bytes) << " · "
         << per_element(row.bound.dealer_bytes) << " | " << row.formula << " |\n";
  }
  text << kPublished;
  return text.str();
}

}  // namespace crypten
