#include "mpc/provider/word_plan.h"

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

using Pair = WordPlan::Pair;
using Kind = WordRequest::Kind;

constexpr int kWidestChunk = 7, kLargestArity = 8;
constexpr size_t kMostPairs = 8;  // of one product of opened bits

class Planner {
 public:
  Planner(Kind kind, int word_bits, const Ring& ring) : kind_(kind), arity_(static_cast<size_t>(ring.arity)), products_(plan_.products, word_bits) {
    plan_.word_bits = word_bits;
    plan_.opened_bits = kind == Kind::lift ? 0 : 2 * word_bits;
    cut(kind == Kind::carry ? word_bits : word_bits - 1, ring.chunk_bits);
    open_chunks();
    while (nodes().size() > std::min(arity_, kMostPairs - levels_.size())) merge_groups();
    if (kind == Kind::carry) add_carry(static_cast<int>(plan_.chunks.size()), 0);
    else add_carries();
    if (kind == Kind::lift) plan_.products.push_back({word_bits - 1});  // no chunk looks at the top bit
    plan_.opened_bits = std::max(plan_.opened_bits, 1);                 // a block of mask bits is not empty: one chunk opens nothing
  }

  WordPlan take() { return std::move(plan_); }

 private:
  // Into all bits but the lowest.
  void add_carries() {
    for (size_t c = 0; c < plan_.chunks.size(); ++c) {
      for (int j = c == 0 ? 1 : 0; j < plan_.chunks[c].width; ++j) add_carry(static_cast<int>(c), j);
    }
    if (!plan_.chunks.empty()) add_carry(static_cast<int>(plan_.chunks.size()) - 1, plan_.chunks.back().width);
  }

  // Chunks as equal as can be, with their dealt products.
  void cut(int bits, int chunk_bits) {
    int low = 0;
    for (int parts = (bits + chunk_bits - 1) / chunk_bits; parts > 0; --parts) {
      const int width = (bits - low + parts - 1) / parts;
      plan_.chunks.push_back({.low_bit = low, .width = width, .first_product = static_cast<int>(plan_.products.size())});
      for (int i = 0; i < width; ++i) {
        for (unsigned above = 0; above < 1U << (width - 1 - i); ++above) deal_of_chunk(low + i, above);
      }
      low += width;
    }
  }

  void deal_of_chunk(int bit, unsigned above) {
    std::vector<int> set;
    for (int l = 0; above >> l != 0; ++l) {
      if (above >> l & 1) set.push_back(bit + 1 + l);
    }
    const int a = plan_.word_bits + bit, b = a + plan_.word_bits;
    const auto deal = [&](std::vector<int> with) {
      with.insert(with.begin(), set.begin(), set.end());
      plan_.products.push_back(std::move(with));
    };
    if (kind_ == Kind::lift) return deal({bit});
    deal({a, b});
    if (above != 0) deal({a}), deal({b});
  }

  int open() { return plan_.opened_bits++; }
  std::vector<Pair>& nodes() { return levels_.back().nodes; }

  // Chunks whose carry goes on are nodes; of words, the last one's does not, but it has one more place of its own.
  void open_chunks() {
    const int first = plan_.opened_bits;
    levels_.emplace_back();
    for (size_t c = 0; c < plan_.chunks.size(); ++c) {
      auto& chunk = plan_.chunks[c];
      const bool last = c + 1 == plan_.chunks.size(), node = kind_ == Kind::carry || !last;
      chunk.prefixes.resize(static_cast<size_t>(chunk.width) + 1);
      for (int j = 1; j <= chunk.width; ++j) {
        auto& prefix = chunk.prefixes[static_cast<size_t>(j)];
        if (j == chunk.width && node) prefix.less = open();
        if (c > 0 && (j == chunk.width || kind_ != Kind::carry)) prefix.equal = open();
      }
      if (node) nodes().push_back(chunk.prefixes.back());
    }
    if (plan_.opened_bits > first) plan_.levels.push_back({.first_opened = first, .opened = plan_.opened_bits - first});
  }

  // One round: groups of `arity` nodes become one. Of words, all prefixes of a group are wanted, and a group that is not full is nothing more; of one carry, only whole groups.
  void merge_groups() {
    plan_.levels.push_back({.first_opened = plan_.opened_bits});
    Nodes next;
    auto& below = levels_.back();
    for (size_t begin = 0; begin < below.nodes.size(); begin += arity_) {
      const size_t size = std::min(arity_, below.nodes.size() - begin);
      auto& prefixes = below.prefixes.emplace_back(size + 1);
      prefixes[1] = below.nodes[begin];
      for (size_t k = kind_ == Kind::carry ? size : 2; k >= 2 && k <= size; ++k) {
        Pair opens{.less = open(), .equal = begin > 0 ? open() : -1};
        plan_.levels.back().merges.push_back(products_.merge(slice(below.nodes, begin, k), opens));
        prefixes[k] = opens;
      }
      if (size == arity_ || kind_ == Kind::carry) next.nodes.push_back(prefixes[size]);
    }
    plan_.levels.back().opened = plan_.opened_bits - plan_.levels.back().first_opened;
    levels_.push_back(std::move(next));
  }

  // Most significant first.
  static std::vector<Pair> slice(const std::vector<Pair>& nodes, size_t begin, size_t count) {
    return {nodes.rend() - static_cast<ptrdiff_t>(begin + count), nodes.rend() - static_cast<ptrdiff_t>(begin)};
  }

  // The carry into chunk `chunk`, as opened bits, most significant first.
  std::vector<Pair> carry_into(size_t chunk) const {
    std::vector<Pair> pairs;
    size_t place = chunk;
    for (size_t level = 0; level + 1 < levels_.size(); ++level, place /= arity_) {
      if (const size_t k = place % arity_; k > 0) pairs.push_back(levels_[level].prefixes[place / arity_][k]);
    }
    const auto rest = slice(levels_.back().nodes, 0, place);
    pairs.insert(pairs.end(), rest.begin(), rest.end());
    return pairs;
  }

  void add_carry(int chunk, int prefix) {
    WordPlan::Carry carry{.chunk = chunk, .prefix = prefix};
    auto pairs = kind_ == Kind::carry ? slice(nodes(), 0, nodes().size()) : carry_into(static_cast<size_t>(chunk));
    if (prefix > 0 && chunk > 0) pairs.insert(pairs.begin(), Pair{.equal = plan_.chunks[static_cast<size_t>(chunk)].prefixes[static_cast<size_t>(prefix)].equal});
    if (!pairs.empty()) carry.merge = products_.merge(std::move(pairs), {.less = 0});
    plan_.carries.push_back(std::move(carry));
  }

  struct Nodes {
    std::vector<Pair> nodes;                  // least significant first
    std::vector<std::vector<Pair>> prefixes;  // by group: of its first k nodes
  };

  Kind kind_;
  size_t arity_;
  WordPlan plan_;
  std::vector<Nodes> levels_;
  MaskProducts products_;
};

template <class... Words>
void check(bool holds, const Words&... why) {  // a check that holds builds no string
  if (!holds) throw InvalidArgument(provider_code::invalid_request, "words of that form cannot be added", "word_plan", absl::StrCat(why...), "add words of 1 … 64 bits, in chunks of 1 … 7 bits, merging 2 … 8 at once");
}

}  // namespace

const WordPlan& word_plan(WordRequest::Kind kind, int word_bits, const Ring& ring) {
  check(word_bits >= 1 && word_bits <= ring.bits, word_bits, " bits");
  check(ring.chunk_bits >= 1 && ring.chunk_bits <= kWidestChunk, "chunks of ", ring.chunk_bits, " bits");
  check(ring.arity >= 2 && ring.arity <= kLargestArity, ring.arity, " at once");
  static std::mutex mutex;
  static std::map<std::array<int, 4>, WordPlan> plans;
  const std::array key{static_cast<int>(kind), word_bits, ring.chunk_bits, ring.arity};
  const std::lock_guard lock(mutex);
  const auto known = plans.find(key);
  return known != plans.end() ? known->second : plans.emplace(key, Planner(kind, word_bits, ring).take()).first->second;
}

ChunkProducts chunk_products(WordRequest::Kind kind, int width, int i, unsigned above) {
  const bool lift = kind == Kind::lift;
  int first = 0;
  for (int k = 0; k < i; ++k) first += lift ? 1 << (width - 1 - k) : 3 * (1 << (width - 1 - k)) - 2;
  const int set = static_cast<int>(above);
  if (lift) return {.b = first + set};
  if (set == 0) return {.both = first};
  return {.both = first + 3 * set - 2, .a = first + 3 * set - 1, .b = first + 3 * set};
}

}  // namespace crypten
