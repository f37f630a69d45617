#include "mpc/provider/class_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/request_limits.h"

namespace crypten {
namespace {

using Flag = ClassPlan::Flag;

// A monomial before its masks are known; a polynomial is an XOR of them, no two alike.
struct Product { std::vector<int> flags, bits; };
using Polynomial = std::vector<Product>;

std::vector<int> with(std::vector<int> set, int element) {
  set.insert(std::ranges::lower_bound(set, element), element);
  return set;
}

Polynomial times(Polynomial polynomial, int bit, int flag = -1) {
  for (auto& product : polynomial) {
    product.bits = with(std::move(product.bits), bit);
    if (flag >= 0) product.flags = with(std::move(product.flags), flag);
  }
  return polynomial;
}

void add(Polynomial& sum, Polynomial more) { sum.insert(sum.end(), more.begin(), more.end()); }

class ClassPlanner {
 public:
  ClassPlanner(int chunks, bool both_signs, const Ring& ring) : chunk_(ring.chunk_bits), group_(ring.arity) {
    differences_ = both_signs ? std::vector<int>{0, 1, -1} : std::vector<int>{0, 1};
    plan_.chunk_bits = chunk_, plan_.chunks = chunks;
    plan_.table_planes = chunks * ((1 << chunk_) - 1);
    top_ = chunk_ * chunks - static_cast<int>(differences_.size());
    if (top_ < 0) throw InvalidArgument(provider_code::invalid_request, "a size class of too few bits", "class_plan", std::to_string(chunk_ * chunks) + " bits", "take more chunks");
    open_leaves();
    merge();
    plan_.product_planes = static_cast<int>(plan_.products.size());
  }

  ClassPlan take() { return std::move(plan_); }

 private:
  // By the number of the difference: a bit, or what the Q's are in terms of those above a group.
  struct Chunk { std::vector<std::vector<int>> leaf; };  // [k][difference]
  using Maps = std::vector<std::vector<Polynomial>>;     // [difference][difference above the group]

  int derived(int k, int w) const {
    int first = 0;
    for (int i = 0; i < k; ++i) first += 1 << (chunk_ - i);
    return first + w;
  }
  bool counted(int chunk, int k) const { return chunk_ * chunk + k <= top_; }
  // Whether digit − difference, of the digit's upper bits, needs the chunks above.
  bool borrows(int digit, int k, int difference) const {
    const int size = 1 << (chunk_ - k), upper = digit >> k;
    return difference != 0 && upper == (difference == 1 ? 0 : size - 1);
  }

  void open_leaves() {
    leaves_.resize(static_cast<size_t>(plan_.chunks));
    for (int j = plan_.chunks - 1; j >= 0; --j) {
      for (int k = 0; k < chunk_; ++k) {
        auto& bits = leaves_[static_cast<size_t>(j)].leaf.emplace_back(differences_.size(), -1);
        if (k > 0 && !counted(j, k)) continue;
        for (size_t d = 0; d < differences_.size(); ++d) bits[d] = open_leaf(j, k, d);
      }
    }
  }

  // k = 0: the equality itself, whatever it borrows. k > 0: what belongs to Q_d above: for d ≠ 0 only where it borrows, and all others together with d = 0.
  int open_leaf(int chunk, int k, size_t d) {
    ClassPlan::Leaf leaf{.chunk = chunk, .choices = {}};
    const int size = 1 << (chunk_ - k);
    for (int digit = 0; digit < 1 << chunk_; ++digit) {
      for (const int difference : differences_) {
        const bool own = difference == differences_[d], needs = borrows(digit, k, difference);
        if (k == 0 ? own : own ? (d == 0 || needs) : (d == 0 && !needs)) leaf.choices.push_back({digit, derived(k, ((digit >> k) - difference) & (size - 1))});
      }
    }
    plan_.leaves.push_back(std::move(leaf));
    return plan_.opened_bits++;
  }

  static int flag_of(int chunk, int difference, bool borrows) {
    return ClassPlan::flag(chunk, difference == 1 ? (borrows ? Flag::zero : Flag::nonzero) : (borrows ? Flag::full : Flag::not_full));
  }

  void merge() {
    const size_t count = differences_.size();
    plan_.rounds.push_back({.outputs = {}, .first_opened = plan_.opened_bits});
    std::vector<std::vector<Polynomial>> pending;   // levels of lower groups, from the top: by the Q above the group
    std::vector<Polynomial> above(count);           // the Q's above the current group, on bits opened in this round
    std::vector<Polynomial> last;                   // what the last round opens
    std::vector<int> levels;                        // from the top; −1: in the last round
    for (int end = plan_.chunks; end > 0; end -= group_) {
      const bool top = end == plan_.chunks, bottom = end <= group_;
      Maps maps(count, std::vector<Polynomial>(count));
      for (size_t d = 0; d < count; ++d) maps[d][d] = {Product{}};
      std::vector<std::vector<Polynomial>> results;  // of this group: by the Q above
      for (int j = end - 1; j >= std::max(0, end - group_); --j) {
        for (int k = chunk_ - 1; k > 0; --k)
          if (counted(j, k)) results.push_back(level(maps, leaves_[static_cast<size_t>(j)].leaf[static_cast<size_t>(k)]));
        maps = descend(maps, j);
        if (counted(j, 0)) results.push_back(sum_of(maps));
      }
      for (auto& result : results) {
        if (top) {
          levels.push_back(open(joined(result)));
          continue;
        }
        Polynomial product;
        for (size_t s = 0; s < count; ++s) {
          const int bit = open(result[s]);
          add(product, times(above[s], bit));
        }
        last.push_back(std::move(product));
        levels.push_back(-1);
      }
      if (bottom) break;
      std::vector<Polynomial> next(count);
      for (size_t d = 0; d < count; ++d) {
        if (top) {
          next[d] = {Product{{}, {open(joined(maps[d]))}}};
        } else {
          for (size_t s = 0; s < count; ++s) {
            if (!maps[d][s].empty()) add(next[d], times(above[s], open(maps[d][s])));
          }
        }
      }
      above = std::move(next);
    }
    if (!last.empty()) plan_.rounds.push_back({.outputs = {}, .first_opened = plan_.opened_bits});
    size_t pending_index = 0;
    for (auto& bit : levels)
      if (bit < 0) bit = open(last[pending_index++]);
    plan_.levels.assign(levels.rbegin(), levels.rend());
  }

  // The level bit at which the Q's above are `maps` and these leaves are below them.
  std::vector<Polynomial> level(const Maps& maps, const std::vector<int>& leaf) const {
    std::vector<Polynomial> result(differences_.size());
    for (size_t s = 0; s < result.size(); ++s)
      for (size_t d = 0; d < differences_.size(); ++d) add(result[s], times(maps[d][s], leaf[d]));
    return result;
  }

  Maps descend(const Maps& maps, int chunk) const {
    const size_t count = differences_.size();
    Maps next(count, std::vector<Polynomial>(count));
    for (size_t d = 0; d < count; ++d) {
      const int bit = leaves_[static_cast<size_t>(chunk)].leaf[0][d];
      for (size_t s = 0; s < count; ++s) {
        if (d == 0) {
          next[d][s] = times(maps[0][s], bit);
          continue;
        }
        next[d][s] = times(maps[0][s], bit, flag_of(chunk, differences_[d], false));
        add(next[d][s], times(maps[d][s], bit, flag_of(chunk, differences_[d], true)));
      }
    }
    return next;
  }

  std::vector<Polynomial> sum_of(const Maps& maps) const {
    std::vector<Polynomial> result(differences_.size());
    for (size_t s = 0; s < result.size(); ++s)
      for (const auto& map : maps) add(result[s], map[s]);
    return result;
  }

  // Above the top everything is equal: all Q's are 1.
  static Polynomial joined(const std::vector<Polynomial>& map) {
    Polynomial sum;
    for (const auto& part : map) add(sum, part);
    return sum;
  }

  int open(const Polynomial& polynomial) {
    ClassPlan::Output output;
    for (const auto& product : polynomial) {
      ClassPlan::Monomial monomial{.flags = product.flags, .bits = product.bits, .masks = {-1}};
      for (size_t subset = 1; subset < size_t{1} << product.bits.size(); ++subset) {
        std::vector<int> chosen;
        for (size_t i = 0; i < product.bits.size(); ++i)
          if (subset >> i & 1) chosen.push_back(product.bits[i]);
        monomial.masks.push_back(chosen.size() == 1 ? chosen.front() : deal(std::move(chosen)));
      }
      output.sum.push_back(std::move(monomial));
    }
    plan_.rounds.back().outputs.push_back(std::move(output));
    return plan_.opened_bits++;
  }

  int deal(std::vector<int> bits) {
    const auto [entry, fresh] = dealt_.emplace(bits, static_cast<int>(plan_.products.size()));
    if (fresh) plan_.products.push_back(std::move(bits));
    return entry->second;
  }

  int chunk_, group_, top_ = 0;
  std::vector<int> differences_;
  ClassPlan plan_;
  std::vector<Chunk> leaves_;
  std::map<std::vector<int>, int> dealt_;
};

}  // namespace

const ClassPlan& class_plan(int chunks, bool both_signs, const Ring& ring) {
  if (chunks < 1 || chunks > kMaxClassChunks || ring.chunk_bits < 1 || ring.chunk_bits > 7 || ring.arity < 2 || ring.arity > 8)
    throw InvalidArgument(provider_code::invalid_request, "a size class of that many chunks is not possible", "class_plan", std::to_string(chunks) + " chunks",
                          "take 1 … 16 chunks of 1 … 7 bits, merging 2 … 8 at once");
  static std::mutex mutex;
  static std::map<std::array<int, 4>, ClassPlan> plans;
  const std::array key{chunks, both_signs ? 1 : 0, ring.chunk_bits, ring.arity};
  const std::lock_guard lock(mutex);
  const auto known = plans.find(key);
  return known != plans.end() ? known->second : plans.emplace(key, ClassPlanner(chunks, both_signs, ring).take()).first->second;
}

const ClassPlan& class_plan(const ClassRequest& request, const Ring& ring) { return class_plan(request.chunks, request.both_signs, ring); }

}  // namespace crypten
