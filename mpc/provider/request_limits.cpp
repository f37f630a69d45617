#include "mpc/provider/request_limits.h"

#include <algorithm>

#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/trigonometry.h"
#include "crypten_core/power_of_two.h"
#include "mpc/provider/permutation.h"

namespace crypten {
namespace {

// Checks while it adds up the words that a request takes. The first fault is kept.
class Checker {
 public:
  const absl::Status& status() const { return status_; }
  uint64_t words() const { return words_; }

  void require(bool holds, const char* rule) {
    if (!holds && status_.ok()) status_ = absl::InvalidArgumentError(rule);
  }

  // Number of elements; 0 after a fault.
  uint64_t sizes(const std::vector<int64_t>& sizes) {
    require(sizes.size() <= kMaxRank, "a tensor has at most 8 dimensions");
    if (!status_.ok()) return 0;
    uint64_t elements = 1;
    bool fits = true, empty = false;
    for (const int64_t size : sizes) {
      require(size >= 0 && static_cast<uint64_t>(size) <= kMaxDimension, "a dimension lies in 0 … 2^31");
      if (!status_.ok()) return 0;
      empty = empty || size == 0;
      if (size != 0) fits = fits && !__builtin_mul_overflow(elements, static_cast<uint64_t>(size), &elements) && elements <= kMaxWords;
    }
    require(fits, "a tensor has at most 2^31 elements");
    return !status_.ok() || empty ? 0 : elements;
  }

  void take(uint64_t words) {
    require(words <= kMaxWords - words_, "a request expands and defines at most 2^31 words");
    if (status_.ok()) words_ += words;
  }

  void mask(const MaskRef& mask) {
    require(mask.sizes.size() == mask.strides.size(), "a mask has one stride for each dimension");
    const uint64_t elements = sizes(mask.sizes);
    if (!status_.ok()) return;
    take(elements);
    uint64_t last = mask.offset;
    bool fits = last <= kMaxPosition;
    for (size_t d = 0; d < mask.sizes.size(); ++d) {
      require(mask.strides[d] >= 0, "a stride is not negative");
      if (!status_.ok() || elements == 0) continue;
      uint64_t reach;
      fits = fits && !__builtin_mul_overflow(static_cast<uint64_t>(mask.sizes[d] - 1), static_cast<uint64_t>(mask.strides[d]), &reach) &&
             reach < kMaxPosition && (last += reach) < kMaxPosition;
    }
    require(fits, "a mask lies within the 2^37 words of a stream");
    // What is between the elements is expanded with them.
    if (status_.ok()) take(std::min(last - mask.offset, kMaxWords));
  }

  void expression(const MaskExpression& masks) {
    require(masks.size() <= kMaxList, "a mask has at most 1024 summands");
    for (const MaskRef& summand : masks) {
      if (!status_.ok()) return;
      mask(summand);
      require(summand.sizes == masks.front().sizes, "summands of a mask have equal sizes");
    }
  }

  void bit(const BitMaskRef& bit) {
    require(bit.count >= 0 && static_cast<uint64_t>(bit.count) <= kMaxWords, "mask bits are for at most 2^31 elements");
    require(bit.planes >= 1 && static_cast<uint64_t>(bit.planes) <= kMaxPlanes, "a block has 1 … 4096 planes of mask bits");
    require(bit.plane >= 0 && bit.plane < bit.planes, "a plane of mask bits lies in its block");
    if (!status_.ok()) return;
    const uint64_t words = static_cast<uint64_t>(tile_count(bit.count)) * static_cast<uint64_t>(bit.planes) * kTileWords;
    require(bit.offset <= kMaxPosition && words <= kMaxPosition - bit.offset, "mask bits lie within the 2^37 words of a stream");
    take(words);
  }

  void term(const TermRef& term) {
    const uint64_t elements = sizes(term.sizes);
    take(elements);
    expression(term.masks);
    if (!status_.ok()) return;
    require(term.shift >= 0 && term.shift < 64, "a shift lies in 0 … 63");
    require(term.ring_bits >= 0 && term.ring_bits <= 64, "a term's ring has at most 64 bits");
    require(term.ring_bits == 0 || term.kind == TermRef::Kind::shifted || term.kind == TermRef::Kind::top_bit, "a ring is named for shifts and top bits only");
    require(term.ring_bits == 0 || term.shift < term.ring_bits, "a shift is smaller than its ring's number of bits");
    switch (term.kind) {
      case TermRef::Kind::mask:
      case TermRef::Kind::shifted:
      case TermRef::Kind::top_bit:
        require(!term.masks.empty(), "a term names its mask");
        if (status_.ok()) require(term.masks.front().sizes == term.sizes, "a term has its mask's sizes");
        return;
      case TermRef::Kind::bit:
        bit(term.bit);
        require(static_cast<uint64_t>(term.bit.count) == elements, "a bit term has as many elements as its mask bits");
        if (status_.ok() && !term.masks.empty()) require(sizes(term.masks.front().sizes) == elements, "a bit term has as many elements as its mask");
        return;
    }
    require(false, "unknown kind of term");
  }

  void width(int width) { require(width >= 1 && width <= 64, "a width lies in 1 … 64"); }

  void body(const ShareRequest& request) {
    require(!request.items.empty() && request.items.size() <= kMaxList, "a request has 1 … 1024 items");
    for (const auto& item : request.items) {
      if (!status_.ok()) return;
      term(item.term);
      width(item.width);
    }
  }

  void body(const ProductRequest& request) {
    require(!request.pairs.empty() && request.pairs.size() <= kMaxList, "a request has 1 … 1024 pairs");
    const auto small = [](int64_t number) { return number >= 0 && static_cast<uint64_t>(number) <= kMaxDimension; };
    const Conv2dOptions& options = request.op.options();
    for (size_t d = 0; d < 2; ++d) {
      require(small(options.stride[d]) && small(options.padding[d]) && small(options.dilation[d]) && small(options.groups),
              "options of a convolution lie in 0 … 2^31");
    }
    for (const auto& pair : request.pairs) {
      if (!status_.ok()) return;
      term(pair.a);
      term(pair.b);
      width(pair.width);
    }
  }

  void body(const CompareRequest& request) {
    require(!request.masks.empty(), "a comparison names its mask");
    expression(request.masks);
    bit(request.bits);
    require(request.kind == CompareRequest::Kind::less || request.kind == CompareRequest::Kind::equal, "unknown kind of comparison");
    require(request.compared_bits >= 1 && request.compared_bits <= 64, "a comparison is of 1 … 64 bits");
    require(request.first_bit >= 0 && request.first_bit <= 64 - request.compared_bits, "a comparison is of some of 64 bits");
    require(request.low_bits == 0 || (request.first_bit == 0 && request.tables), "a comparison's low part begins at bit 0, and has tables");
    require(request.low_bits >= 0 && request.low_bits <= request.compared_bits, "the low bits of a comparison are some of its bits");
    require(request.low_bits >= 0 && request.low_bits <= request.compared_bits && (request.low_bits == 0 || request.kind == CompareRequest::Kind::less),
            "a comparison's low part is of at most its bits, and only of [less]");
    require(request.bits.plane == 0, "a comparison names its block of mask bits by plane 0");
    if (status_.ok()) require(sizes(request.masks.front().sizes) == static_cast<uint64_t>(request.bits.count), "a comparison has as many mask bits as elements");
  }

  void body(const BitProductRequest& request) {
    require(request.factors.size() >= 2 && request.factors.size() <= kMaxFactors, "an AND has 2 … 8 factors");
    for (const auto& factor : request.factors) {
      if (!status_.ok()) return;
      bit(factor);
      require(factor.count == request.factors.front().count, "the factors of an AND have equally many elements");
    }
  }

  void body(const HarmonicRequest& request) {
    require(!request.masks.empty(), "an angle names its mask");
    expression(request.masks);
    require(request.angle_bits >= 1 && request.angle_bits <= 32, "an angle has 1 … 32 bits");
    require(request.scale_bits >= 1 && request.scale_bits <= kPhasorBits, "a cosine has 1 … 30 fractional bits");
    require(!request.harmonics.empty() && request.harmonics.size() <= static_cast<size_t>(kMaxHarmonic), "a series has 1 … 256 harmonics");
    int before = 0;
    for (const int k : request.harmonics) {
      require(k > before && k <= kMaxHarmonic, "harmonics ascend from 1 to 256");
      before = k;
    }
    width(request.width);
  }

  void body(const PowerRequest& request) {
    require(!request.masks.empty(), "a power names its mask");
    expression(request.masks);
    require(request.low_bits >= 1 && request.low_bits <= kMaxLowDigit, "the low digit of a power has 1 … 40 bits");
    require(request.high_bits >= 1 && request.high_bits <= kMaxHighDigit, "the high digit of a power has 1 … 6 bits");
    width(request.width);
    if (!status_.ok()) return;
    // All exponents of the table stay below 64, where a power is a word.
    int64_t last = 0;
    const bool fits = !__builtin_mul_overflow(request.slope, (int64_t{1} << request.low_bits) - 1, &last) && !__builtin_add_overflow(request.base, last, &last);
    require(fits && request.base < whole_exponent(64) && last < whole_exponent(64), "powers are of exponents below 64");
    require(request.sign.size() <= 1, "a power has one sign");
    for (const auto& sign : request.sign) {
      term(sign);
      require(sign.kind == TermRef::Kind::bit, "the sign of a power is a bit");
      if (status_.ok()) require(sign.sizes == request.masks.front().sizes, "the sign of a power has its mask's sizes");
    }
  }

  void body(const ClassRequest& request) {
    require(!request.masks.empty(), "a size class names its mask");
    expression(request.masks);
    bit(request.bits);
    require(request.low_bit >= 0 && request.low_bit < 64, "a size class begins at a bit 0 … 63");
    require(request.chunks >= 1 && request.chunks <= kMaxClassChunks, "a size class has 1 … 16 chunks");
    require(request.bits.plane == 0, "a size class names its block of mask bits by plane 0");
    if (status_.ok()) require(sizes(request.masks.front().sizes) == static_cast<uint64_t>(request.bits.count), "a size class has as many mask bits as elements");
  }

  void body(const WordRequest& request) {
    const bool lift = request.kind == WordRequest::Kind::lift;
    require(lift || request.kind == WordRequest::Kind::sum || request.kind == WordRequest::Kind::carry, "unknown kind of sum of words");
    require(request.masks.empty() != lift, "a word is lifted from a mask, and only then names one");
    expression(request.masks);
    bit(request.bits);
    require(request.word_bits >= 1 && request.word_bits <= 64, "a word has 1 … 64 bits");
    require(request.bits.plane == 0, "a sum of words names its block of mask bits by plane 0");
    if (status_.ok() && lift) require(sizes(request.masks.front().sizes) == static_cast<uint64_t>(request.bits.count), "a sum of words has as many mask bits as elements");
  }

  void body(const OneHotRequest& request) {
    require(!request.masks.empty(), "a place in a table names its mask");
    expression(request.masks);
    require(request.bits >= 1 && request.bits <= kMaxTableBits, "a table has 2 … 2^8 places");
    require(request.first_bit >= 0 && request.first_bit < 64, "a place in a table begins at a bit 0 … 63");
  }

  void body(const PermutationRequest& request) {
    require(request.rank >= 0 && static_cast<uint64_t>(request.rank) <= kMaxList, "a permutation belongs to a rank 0 … 1024");
    require(!request.masks.empty() && request.masks.size() <= kMaxList, "a permutation is of 1 … 1024 masks");
    mask(request.keys);
    require(request.keys.sizes.size() == 2 && request.keys.factor == 1, "keys of permutations have two dimensions");
    if (status_.ok()) require(request.keys.strides[1] == 1 && request.keys.strides[0] == request.keys.sizes[1], "keys of permutations follow one another");
    for (const auto& masks : request.masks) {
      require(!masks.empty(), "what is permuted names its mask");
      expression(masks);
      if (!status_.ok()) return;
      const auto& sizes = masks.front().sizes;
      require(sizes.size() >= 2 && sizes[0] >= 1 && sizes[1] == request.keys.sizes[1] && request.keys.sizes[0] == permutation_draws(sizes[0]),
              "what is permuted has rows and columns as its keys have");
    }
  }

  void dealt(const std::vector<DealtShape>& shapes) {
    for (const auto& shape : shapes) {
      sizes(shape.sizes);
      if (status_.ok()) take(shape.stream_words());
    }
  }

 private:
  absl::Status status_;
  uint64_t words_ = 0;
};

}  // namespace

absl::StatusOr<uint64_t> request_words(const Request& request) {
  Checker checker;
  std::visit([&](const auto& body) { checker.body(body); }, request.body);
  if (!checker.status().ok()) return checker.status();
  return checker.words();
}

absl::Status check_request(const Request& request) { return request_words(request).status(); }

absl::Status check_dealt(const std::vector<DealtShape>& shapes) {
  Checker checker;
  checker.dealt(shapes);
  return checker.status();
}

uint64_t request_words(const Request& request, const std::vector<DealtShape>& shapes) {
  Checker expanded, dealt;
  std::visit([&](const auto& body) { expanded.body(body); }, request.body);
  dealt.dealt(shapes);
  return expanded.words() + dealt.words();
}

}  // namespace crypten
