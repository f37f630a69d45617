#include "mpc/provider/comparison_plan.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/mask_products.h"

namespace crypten {
namespace {

using Pair = ComparisonPlan::Pair;

constexpr int kWidestChunk = 7, kLargestArity = 8;

int ceil_div(int a, int b) { return (a + b - 1) / b; }

// Widths of `bits` cut into `parts`, as equal as can be, the wider ones first.
std::vector<int> cut(int bits, int parts) {
  std::vector<int> widths;
  for (; parts > 0; --parts) widths.push_back(ceil_div(bits, parts)), bits -= widths.back();
  return widths;
}

int table_planes(const std::vector<int>& widths) {
  int planes = 0;
  for (const int width : widths) planes += (1 << width) - 1;
  return planes;
}

// Chunk widths, least significant first, with a boundary at low_bits; `low_chunks` lie below it.
struct Chunks { std::vector<int> widths; int low_chunks; };
Chunks chunks(int bits, int low_bits, int chunk_bits) {
  if (low_bits == 0 || low_bits == bits) return {cut(bits, ceil_div(bits, chunk_bits)), 0};
  const int parts = std::max(2, ceil_div(bits, chunk_bits));
  Chunks best;
  int fewest = 0;
  for (int low_parts = std::max(1, low_bits / chunk_bits); low_parts <= ceil_div(low_bits, chunk_bits) && low_parts < parts; ++low_parts) {
    if (bits - low_bits < parts - low_parts) continue;
    auto widths = cut(low_bits, low_parts);
    for (const int width : cut(bits - low_bits, parts - low_parts)) widths.push_back(width);
    const int planes = table_planes(widths);
    if (fewest == 0 || planes < fewest) fewest = planes, best = {std::move(widths), low_parts};
  }
  return best;
}

class Planner {
 public:
  Planner(CompareRequest::Kind kind, int compared_bits, const Ring& ring, int low_bits) : less_(kind == CompareRequest::Kind::less) {
    const Chunks cuts = chunks(compared_bits, low_bits, ring.chunk_bits);
    open_leaves(cuts.widths);
    low_chunks_ = cuts.low_chunks;
    note_low_result();
    while (nodes_.size() > 1) merge(static_cast<size_t>(ring.arity));
    plan_.result = less_ ? nodes_.front().less : nodes_.front().equal;
    if (low_bits == compared_bits) plan_.low_result = plan_.result;
    plan_.product_planes = static_cast<int>(plan_.products.size());
  }

  ComparisonPlan take() { return std::move(plan_); }

 private:
  Pair open(bool equal) {
    Pair pair;
    if (less_) pair.less = plan_.opened_bits++;
    if (equal || !less_) pair.equal = plan_.opened_bits++;
    return pair;
  }

  void open_leaves(const std::vector<int>& widths) {
    plan_.levels.emplace_back();
    int end = 0;
    for (const int width : widths) end += width;
    for (size_t i = widths.size(); i-- > 0;) {
      end -= widths[i];
      plan_.leaves.push_back({.low_bit = end, .width = widths[i], .first_table_plane = plan_.table_planes, .opens = open(i > 0)});
      plan_.table_planes += (1 << widths[i]) - 1;
      nodes_.insert(nodes_.begin(), plan_.leaves.back().opens);
    }
    plan_.levels.back().opened = plan_.opened_bits;
  }

  // One round: groups of `arity` nodes become one. The nodes below low_bits, which need not end with a group, are merged to a node of their own beside it, from
  // the same opened bits and products.
  void merge(size_t arity) {
    plan_.levels.push_back({.first_opened = plan_.opened_bits});
    if (low_chunks_ > 0) merge_low(arity);
    std::vector<Pair> merged;
    for (size_t group = (nodes_.size() + arity - 1) / arity; group-- > 0;) {
      const size_t begin = group * arity, end = std::min(begin + arity, nodes_.size());
      merged.insert(merged.begin(), merge_pairs({nodes_.rend() - static_cast<ptrdiff_t>(end), nodes_.rend() - static_cast<ptrdiff_t>(begin)}, group > 0));
    }
    nodes_ = std::move(merged);
    note_low_result();
    plan_.levels.back().opened = plan_.opened_bits - plan_.levels.back().first_opened;
  }

  void merge_low(size_t arity) {
    const size_t whole = static_cast<size_t>(low_chunks_) / arity, begin = whole * arity, end = static_cast<size_t>(low_chunks_);
    std::vector<Pair> rest = low_rest_;
    for (size_t i = end; i-- > begin;) rest.push_back(nodes_[i]);
    if (!rest.empty()) low_rest_ = {merge_pairs(std::move(rest), whole > 0)};
    low_chunks_ = static_cast<int>(whole);
  }

  void note_low_result() {
    if (plan_.low_result >= 0) return;
    if (low_chunks_ == 1 && low_rest_.empty()) plan_.low_result = nodes_.front().less;
    if (low_chunks_ == 0 && !low_rest_.empty()) plan_.low_result = low_rest_.front().less;
    if (plan_.low_result >= 0) low_chunks_ = 0, low_rest_.clear();
  }

  // pairs: most significant first.
  Pair merge_pairs(std::vector<Pair> pairs, bool equal) {
    if (pairs.size() == 1) return pairs.front();  // already open
    return plan_.levels.back().merges.emplace_back(products_.merge(std::move(pairs), open(equal))).opens;
  }

  bool less_;
  ComparisonPlan plan_;
  std::vector<Pair> nodes_;     // of the current level, least significant first
  int low_chunks_ = 0;          // of these nodes, how many lie below low_bits as a whole …
  std::vector<Pair> low_rest_;  // … and what else does, above them: none or one
  MaskProducts products_{plan_.products};
};

template <class... Words>
void check(bool holds, const char* what, const Words&... why) {  // a check that holds builds no string
  if (!holds) throw InvalidArgument(provider_code::invalid_request, what, "comparison_plan", absl::StrCat(why...), "compare 1 … 64 bits, in chunks of 1 … 7 bits, merging 2 … 8 at once");
}

}  // namespace

const ComparisonPlan& comparison_plan(CompareRequest::Kind kind, int compared_bits, const Ring& ring, int low_bits) {
  check(compared_bits >= 1 && compared_bits <= 64, "a comparison of that many bits is not possible", compared_bits, " bits");
  check(low_bits >= 0 && low_bits <= compared_bits, "the low part has more bits than the comparison", low_bits, " bits");
  check(low_bits == 0 || kind == CompareRequest::Kind::less, "only a comparison for less has a low part", low_bits, " bits");
  check(ring.chunk_bits >= 1 && ring.chunk_bits <= kWidestChunk, "chunks of that width are not possible", ring.chunk_bits, " bits");
  check(ring.arity >= 2 && ring.arity <= kLargestArity, "merging so many at once is not possible", ring.arity);
  // A pure function of few numbers: every request needs its plan, on both sides.
  static std::mutex mutex;
  static std::map<std::array<int, 5>, ComparisonPlan> plans;
  const std::array key{static_cast<int>(kind), compared_bits, low_bits, ring.chunk_bits, ring.arity};
  const std::lock_guard lock(mutex);
  const auto known = plans.find(key);
  return known != plans.end() ? known->second : plans.emplace(key, Planner(kind, compared_bits, ring, low_bits).take()).first->second;
}

const ComparisonPlan& comparison_plan(const CompareRequest& request, const Ring& ring) {
  return comparison_plan(request.kind, request.compared_bits, ring, request.low_bits);
}

}  // namespace crypten
