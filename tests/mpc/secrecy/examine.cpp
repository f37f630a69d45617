#include "tests/mpc/secrecy/examine.h"

#include <malloc.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <utility>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "tests/mpc/secrecy/codes.h"
#include "tests/mpc/secrecy/stage.h"
#include "tests/support/aten.h"

namespace crypten::secrecy {
namespace {

using Coalition = std::vector<int>;

bool in(const Coalition& coalition, int rank) { return std::find(coalition.begin(), coalition.end(), rank) != coalition.end(); }
bool knows(const Coalition& coalition, const StreamName& stream) { return in(coalition, stream.first) || in(coalition, stream.second); }

struct Places {
  int hidden = 0, enumerated = 0;
};

// Gives every variable its bits of the element's number: first all that the coalition does not know, then what it knows, until `budget`
// bits are given.
Places prescribe(Layout& layout, const Coalition& coalition, int budget, uint64_t setting) {
  int next = 0;
  const auto for_all = [&](bool known, const auto& body) {
    for (auto& [name, draws] : layout.streams)
      if (knows(coalition, name) == known)
        for (auto& draw : draws)
          for (auto& variable : draw.variables) body(variable);
  };
  const auto place = [&](Variable& variable) { variable.at = std::exchange(next, next + variable.width); };
  for_all(false, place);
  const int hidden = next;
  if (hidden > 26) throw std::logic_error(std::to_string(hidden) + " hidden bits are too many to enumerate");
  uint64_t drawn = 0;
  for_all(true, [&](Variable& variable) {
    if (next + variable.width <= budget) return place(variable);
    uint64_t word;
    AesStream(derive_key(Key(), "secrecy setting", setting)).fill({&word, 1}, drawn++);
    variable.fixed = word & low_mask(variable.width);
  });
  return {hidden, next};
}

// Column by column what a coalition sees.
class View {
 public:
  explicit View(size_t elements) : elements_(elements), codes_(elements) {}

  void known_words(const Layout& layout, const Coalition& coalition) {
    for (const auto& [name, draws] : layout.streams)
      if (knows(coalition, name))
        for (const auto& draw : draws)
          for (const auto& variable : draw.variables)
            if (variable.at >= 0) codes_.append(variable.width, [&](size_t e) { return variable.of(e) & low_mask(variable.width); });
  }

  void message(const Piece& piece, int rows) {
    if (rows > 1) return packed_rows(piece, rows);
    const auto bits = static_cast<int>(piece.size() * 8 / elements_);
    if (piece.size() * 8 != elements_ * static_cast<size_t>(bits) || bits < 1 || bits > 64)
      throw std::logic_error("an opening of " + std::to_string(piece.size()) + " bytes is not enumerated over " +
                             std::to_string(elements_) + " elements");
    if (bits == 64) return narrow(piece, 64);
    planes(unpack(piece, static_cast<int64_t>(elements_), bits));
  }

  void correction(const Correction& correction) {
    size_t at = 0;
    for (const auto& shape : correction.tensors) {
      const auto bytes = std::span(correction.bytes).subspan(at, shape.correction_bytes());
      at += bytes.size();
      if (shape.width == 0) rows_of_planes(unpack(bytes, shape.count, shape.planes), shape.count / static_cast<int64_t>(elements_));
      else narrow(bytes, shape.width);
    }
  }

  void column(const Column& column) { append(column.bits, column.values); }
  const Codes& codes() const { return codes_; }

 private:
  // Ring elements of several rows, row after row, in tiles of planes: each row is of whole tiles.
  void packed_rows(const Piece& piece, int rows) {
    const size_t count = elements_ * static_cast<size_t>(rows);
    const auto bits = static_cast<int64_t>(piece.size() * 8 / count);
    if (piece.size() * 8 != count * static_cast<size_t>(bits)) throw std::logic_error("an opening that is not of so many rows");
    rows_of_planes(unpack(piece, static_cast<int64_t>(count), bits), rows);
  }
  void rows_of_planes(const at::Tensor& all, int64_t rows) {
    const int64_t tiles = tile_count(static_cast<int64_t>(elements_));
    for (int64_t row = 0; row < rows; ++row) planes(all.narrow(0, row * tiles, tiles));
  }
  void append(int bits, const at::Tensor& values) {
    const auto* words = values.const_data_ptr<int64_t>();
    for (int low = 0; low < bits; low += 8)
      codes_.append(std::min(8, bits - low),
                    [=](size_t e) { return static_cast<uint64_t>(words[e]) >> low & low_mask(std::min(8, bits - low)); });
  }
  void planes(const at::Tensor& planes) {
    // A few at a time, so that no column is wide.
    for (int64_t plane = 0; plane < planes.size(1); plane += 4) {
      const int64_t count = std::min<int64_t>(4, planes.size(1) - plane);
      append(static_cast<int>(count), unslice_bits(planes.narrow(1, plane, count), static_cast<int64_t>(elements_), 0));
    }
  }
  // Numbers without gaps; one for each element, or several times as many.
  void narrow(std::span<const std::byte> bytes, int width) {
    const uint64_t count = bytes.size() * 8 / static_cast<uint64_t>(width);
    if (count % elements_ != 0 || count / 8 * static_cast<uint64_t>(width) != bytes.size()) throw std::logic_error("dealt shares that are not of all elements");
    auto values = at::empty({static_cast<int64_t>(elements_)}, at::kLong);
    for (uint64_t first = 0; first < count; first += elements_) {
      unpack_narrow(bytes, width, first, {reinterpret_cast<uint64_t*>(values.mutable_data_ptr<int64_t>()), elements_});
      append(width, values);
    }
  }

  size_t elements_;
  Codes codes_;
};

std::string text(const std::vector<uint64_t>& input) {
  std::string all;
  for (const uint64_t value : input) all += (all.empty() ? "(" : ", ") + std::to_string(value);
  return all + ")";
}

// One coalition, one setting of the words that are fixed.
void examine_once(const Case& examined, const Coalition& coalition, uint64_t setting, Verdict& verdict) {
  int derived = examined.parties - 1;
  while (in(coalition, derived)) --derived;
  const auto zeros = at::zeros({kTileElements}, at::kLong);
  Stage rehearsal(examined, nullptr, std::vector<at::Tensor>(examined.inputs[0].size(), zeros), derived);
  rehearsal.run();
  auto layout = std::make_shared<Layout>(rehearsal.rehearsed());
  const auto [hidden, enumerated] = prescribe(*layout, coalition, examined.budget, setting);
  const int block_bits = std::max(enumerated, 9);
  layout->elements = examined.inputs.size() << block_bits;
  if (examined.plant) examined.plant(*layout);

  std::vector<at::Tensor> inputs;
  for (size_t j = 0; j < examined.inputs[0].size(); ++j) {
    std::vector<int64_t> values;
    for (const auto& input : examined.inputs) values.push_back(static_cast<int64_t>(input[j]));
    inputs.push_back(at::tensor(values, at::kLong).repeat_interleave(int64_t{1} << block_bits));
  }
  Stage stage(examined, layout, inputs, derived);
  stage.run();

  const size_t elements = layout->elements;
  View given(elements), view(elements);  // given: own inputs, and what the coalition is meant to learn
  for (size_t j = 0; j < examined.owners.size(); ++j)
    if (in(coalition, examined.owners[j])) given.column({8, inputs[j]});
  for (const int rank : coalition)
    for (const auto& output : stage.outputs[static_cast<size_t>(rank)]) given.column(output);
  view.known_words(*layout, coalition);
  for (const auto& correction : stage.corrections)
    if (in(coalition, correction.rank) || in(coalition, examined.misdelivered_to)) view.correction(correction);
  for (int from = 0; from < examined.parties; ++from) {
    if (in(coalition, from)) continue;
    std::vector<Piece> seen;  // an opening is the same message to all
    for (const int to : coalition) {
      const auto& pieces = stage.sent[{from, to}];
      if (!examined.opened_rows.empty() && pieces.size() != examined.opened_rows.size()) throw std::logic_error("expected another number of openings");
      for (size_t i = 0; i < pieces.size(); ++i) {
        if (std::find(seen.begin(), seen.end(), pieces[i]) != seen.end()) continue;
        view.message(pieces[i], examined.opened_rows.empty() ? examined.rows : examined.opened_rows[i]);
        seen.push_back(pieces[i]);
      }
    }
  }

  verdict.right = verdict.right && stage.right;
  verdict.elements += static_cast<int64_t>(elements);
  verdict.hidden_bits = std::max(verdict.hidden_bits, hidden);
  verdict.seen_bits =
      verdict.elements == static_cast<int64_t>(elements) ? view.codes().seen_bits() : std::min(verdict.seen_bits, view.codes().seen_bits());
  if (const auto pair = told_apart(elements, examined.inputs.size(), given.codes(), view.codes())) {
    std::string members;
    for (const int rank : coalition) members += (members.empty() ? "" : ", ") + std::to_string(rank);
    verdict.leak =
        "coalition {" + members + "} tells " + text(examined.inputs[pair->first]) + " from " + text(examined.inputs[pair->second]);
  }
}

}  // namespace

Verdict examine(const Case& examined) {
  // Tensors of many megabytes come and go: keep their pages, whose zeroing took half of the time.
  static const bool kept = mallopt(M_MMAP_THRESHOLD, 1 << 30) && mallopt(M_TRIM_THRESHOLD, 1 << 30);
  static_cast<void>(kept);
  auto coalitions = examined.coalitions;
  if (coalitions.empty()) {
    for (auto& coalition : all_coalitions(examined.parties))
      if (!examined.owners.empty() || static_cast<int>(coalition.size()) == examined.parties - 1) coalitions.push_back(coalition);
  }
  Verdict verdict;
  for (const auto& coalition : coalitions)
    for (int setting = 0; setting < examined.settings && verdict.leak.empty(); ++setting)
      examine_once(examined, coalition, static_cast<uint64_t>(setting), verdict);
  if (verdict.elements > 1 << 21) malloc_trim(0);
  return verdict;
}

void check_safe(const Case& examined) {
  const Verdict verdict = examine(examined);
  INFO(verdict.elements << " assignments, " << verdict.hidden_bits << " hidden bits");
  CHECK(verdict.right);
  CHECK(verdict.leak == "");
  CHECK(verdict.hidden_bits > 0);
  CHECK(verdict.seen_bits > 0);
}

void check_leaks(const Case& examined) { CHECK(examine(examined).leak != ""); }

std::vector<std::vector<int>> all_coalitions(int parties) {
  std::vector<std::vector<int>> all;
  for (unsigned members = 1; members + 1 < 1U << parties; ++members) {
    auto& coalition = all.emplace_back();
    for (int p = 0; p < parties; ++p)
      if (members >> p & 1) coalition.push_back(p);
  }
  return all;
}

ComparedInputs grid(int bits, int count) {
  ComparedInputs all;
  for (uint64_t i = 0; i < uint64_t{1} << (bits * count); ++i) {
    auto& tuple = all.emplace_back();
    for (int j = 0; j < count; ++j) tuple.push_back(i >> (bits * j) & low_mask(bits));
  }
  return all;
}

}  // namespace crypten::secrecy
