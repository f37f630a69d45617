#include "crypten_core/kernels/sums_of_planes.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

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

constexpr int64_t kTilesPerSums = 4;
constexpr int64_t kTilesAtOnce = 8;  // of a product: where its planes lie is looked up once for them

template <class... Words>
void require(bool holds, const char* where, const Words&... why) {  // a check that holds builds no string
  if (!holds)
    throw InvalidArgument(160, "bit planes of another form", where, absl::StrCat(why...), "pass int64 tensors laid out as kernels/bit_slice.h says, all on one device");
}

void check_planes(const char* where, const at::Tensor& planes, int64_t tiles) {
  require(planes.scalar_type() == at::kLong && planes.dim() == 3 && planes.size(0) == tiles && planes.size(2) == kTileWords, where,
          "expected planes of shape [", tiles, ", P, 8]");
}

void check_plane(const char* where, const at::Tensor& planes, int64_t plane) {
  require(plane >= 0 && plane < planes.size(1), where, "a plane that the tensor does not have");
}

// Planes of a tile follow one another: tensors as they are, or copies.
at::Tensor dense_tiles(const at::Tensor& planes) {
  return planes.size(0) == 0 || (planes.stride(2) == 1 && (planes.size(1) <= 1 || planes.stride(1) == kTileWords)) ? planes : planes.contiguous();
}

// The tiles of planes that are dense in each: looked up once, not for each tile.
class Tiles {
 public:
  explicit Tiles(const at::Tensor& planes) : kept_(dense_tiles(planes)), words_(words_of(kept_)), stride_(kept_.stride(0)) {}
  const uint64_t* operator[](int64_t tile) const { return words_ + tile * stride_; }
  int64_t stride() const { return stride_; }

 private:
  at::Tensor kept_;
  const uint64_t* words_;
  int64_t stride_;
};

// Calls write(s) for the list of each sum, which appends to `numbers`.
template <class Write>
std::vector<int64_t> listed(size_t sums, std::vector<int64_t>& numbers, Write write) {
  numbers.resize(sums + 1);
  for (size_t s = 0; s < sums; ++s) {
    numbers[s] = static_cast<int64_t>(numbers.size());
    write(s);
  }
  numbers[sums] = static_cast<int64_t>(numbers.size());
  return std::move(numbers);
}

// Reads the lists, with a check of every place.
class Reader {
 public:
  Reader(const char* where, at::IntArrayRef numbers, int64_t sums) : where_(where), numbers_(numbers) {
    require(sums >= 0 && static_cast<size_t>(sums) < numbers.size(), where, "lists without their places");
  }
  void enter(int64_t sum) {
    at_ = numbers_[static_cast<size_t>(sum)], end_ = numbers_[static_cast<size_t>(sum) + 1];
    require(at_ >= 0 && at_ <= end_ && end_ <= static_cast<int64_t>(numbers_.size()), where_, "a list beyond its end");
  }
  bool more() const { return at_ < end_; }
  int next() {
    require(more(), where_, "a list that ends early");
    return static_cast<int>(numbers_[static_cast<size_t>(at_++)]);
  }
  std::vector<int> next(int count) {
    std::vector<int> read;
    for (int i = 0; i < count; ++i) read.push_back(next());
    return read;
  }

 private:
  const char* where_;
  at::IntArrayRef numbers_;
  int64_t at_ = 0, end_ = 0;
};

constexpr const char* kPairs = "sums_of_pairs";
constexpr const char* kProducts = "sums_of_products";

}  // namespace

std::vector<int64_t> numbers_of(std::span<const std::vector<PlanePair>> sums) {
  std::vector<int64_t> numbers;
  return listed(sums.size(), numbers, [&](size_t s) {
    for (const auto& [a, b] : sums[s]) numbers.insert(numbers.end(), {a, b});
  });
}

std::vector<int64_t> numbers_of(std::span<const PlanePolynomial> polynomials) {
  std::vector<int64_t> numbers;
  return listed(polynomials.size(), numbers, [&](size_t s) {
    for (const auto& [flags, bits, masks] : polynomials[s].sum) {
      numbers.insert(numbers.end(), {static_cast<int64_t>(flags.size()), static_cast<int64_t>(bits.size())});
      numbers.insert(numbers.end(), flags.begin(), flags.end());
      numbers.insert(numbers.end(), bits.begin(), bits.end());
      numbers.insert(numbers.end(), masks.begin() + 1, masks.end());  // none for the empty set
    }
  });
}

std::vector<std::vector<PlanePair>> pairs_of(at::IntArrayRef numbers, int64_t sums) {
  std::vector<std::vector<PlanePair>> all;
  Reader reader(kPairs, numbers, sums);
  for (int64_t s = 0; s < sums; ++s) {
    auto& pairs = all.emplace_back();
    for (reader.enter(s); reader.more();) {
      const int a = reader.next(), b = reader.next();
      pairs.push_back({a, b});
    }
  }
  return all;
}

std::vector<PlanePolynomial> polynomials_of(at::IntArrayRef numbers, int64_t sums) {
  std::vector<PlanePolynomial> all;
  Reader reader(kProducts, numbers, sums);
  for (int64_t s = 0; s < sums; ++s) {
    auto& polynomial = all.emplace_back();
    for (reader.enter(s); reader.more();) {
      const int flags = reader.next(), bits = reader.next();
      require(flags >= 0 && bits >= 0 && bits <= class_lanes::kMostBits, kProducts, "a product of more than 8 bits");
      PlaneMonomial monomial{reader.next(flags), reader.next(bits), {-1}};
      const auto masks = reader.next((1 << bits) - 1);
      monomial.masks.insert(monomial.masks.end(), masks.begin(), masks.end());
      polynomial.sum.push_back(std::move(monomial));
    }
  }
  return all;
}

void check_sums_of_pairs(const at::Tensor& a, const at::Tensor& b, std::span<const std::vector<PlanePair>> sums) {
  require(a.dim() == 3, kPairs, "expected planes");
  check_planes(kPairs, a, a.size(0)), check_planes(kPairs, b, a.size(0));
  for (const auto& pairs : sums)
    for (const auto& pair : pairs) check_plane(kPairs, a, pair.a), check_plane(kPairs, b, pair.b);
}

void check_sums_of_products(const PlaneProductOperands& operands, std::span<const PlanePolynomial> polynomials) {
  require(operands.flags.dim() == 3, kProducts, "expected planes");
  for (const auto* planes : {&operands.flags, &operands.bits, &operands.masks, &operands.products}) check_planes(kProducts, *planes, operands.flags.size(0));
  for (const auto& polynomial : polynomials) {
    for (const auto& [flags, bits, masks] : polynomial.sum) {
      require(bits.size() <= static_cast<size_t>(class_lanes::kMostBits) && masks.size() == size_t{1} << bits.size(), kProducts,
              "another number of masks than sets of bits");
      for (const int flag : flags) check_plane(kProducts, operands.flags, flag);
      for (const int bit : bits) check_plane(kProducts, operands.bits, bit);
      for (size_t set = 1; set < masks.size(); ++set) check_plane(kProducts, (set & (set - 1)) == 0 ? operands.masks : operands.products, masks[set]);
    }
  }
}

at::Tensor sums_of_pairs(const at::Tensor& a, const at::Tensor& b, std::span<const std::vector<PlanePair>> sums) {
  const auto count = static_cast<int64_t>(sums.size());
  if (!on_cpu(kPairs, {a, b})) {
    using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, at::IntArrayRef, int64_t);
    return registered<Signature>(kPairs, a).call(a, b, numbers_of(sums), count);
  }
  check_sums_of_pairs(a, b, sums);
  const Tiles left(a), right(b);
  auto result = empty_words({a.size(0), count, kTileWords});
  uint64_t* const to = mutable_words_of(result);
  const auto& kernels = *kPlaneSums[kernel_path()];
  parallel_for(a.size(0), kTilesPerSums, [&](int64_t begin, int64_t end) {
    uint64_t* out = to + begin * count * kTileWords;
    for (int64_t tile = begin; tile < end; ++tile) {
      for (const auto& pairs : sums) {
        kernels.sum({left[tile], right[tile], pairs, out});
        out += kTileWords;
      }
    }
  });
  return result;
}

at::Tensor sums_of_products(const PlaneProductOperands& o, std::span<const PlanePolynomial> polynomials, bool holds_one) {
  const auto count = static_cast<int64_t>(polynomials.size());
  if (!on_cpu(kProducts, {o.flags, o.bits, o.masks, o.products})) {
    using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&, at::IntArrayRef, int64_t, bool);
    return registered<Signature>(kProducts, o.flags).call(o.flags, o.bits, o.masks, o.products, numbers_of(polynomials), count, holds_one);
  }
  check_sums_of_products(o, polynomials);
  const Tiles flags(o.flags), bits(o.bits), masks(o.masks), products(o.products);
  const int64_t tiles = o.flags.size(0);
  auto result = zero_words({tiles, count, kTileWords});
  uint64_t* const to = mutable_words_of(result);
  size_t most_sets = 1;
  for (const auto& polynomial : polynomials)
    for (const auto& monomial : polynomial.sum) most_sets = std::max(most_sets, monomial.masks.size());
  const auto& kernels = *kPlaneSums[kernel_path()];
  parallel_for(tiles, kTilesPerSums, [&](int64_t begin, int64_t end) {
    std::vector<const uint64_t*> shares(most_sets);
    for (int64_t tile = begin; tile < end; tile += kTilesAtOnce) {
      const uint64_t *const own_masks = masks[tile], *const own_products = products[tile];
      uint64_t* out = to + tile * count * kTileWords;
      for (const auto& polynomial : polynomials) {
        for (const auto& monomial : polynomial.sum) {
          for (size_t set = 1; set < monomial.masks.size(); ++set) shares[set] = ((set & (set - 1)) == 0 ? own_masks : own_products) + monomial.masks[set] * kTileWords;
          kernels.add_product({.flag_planes = flags[tile],
                               .bit_planes = bits[tile],
                               .flags = monomial.flags,
                               .bits = monomial.bits,
                               .shares = shares.data(),
                               .one = holds_one ? ~uint64_t{0} : 0,
                               .sum = out,
                               .tiles = std::min(kTilesAtOnce, end - tile),
                               .flag_stride = flags.stride(),
                               .bit_stride = bits.stride(),
                               .mask_stride = masks.stride(),
                               .product_stride = products.stride(),
                               .sum_stride = count * kTileWords});
        }
        out += kTileWords;
      }
    }
  });
  return result;
}

}  // namespace crypten
