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
  return text.str();
}

}  // namespace crypten
