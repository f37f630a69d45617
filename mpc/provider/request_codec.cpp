// Canonical bytes of requests: canonical() and parse_request() of requests.h. Fixed-width little-endian fields in the order of the structures; lists carry their length.
#include <string>

#include "comm/byte_codec.h"
#include "crypten_core/error.h"
#include "mpc/provider/request_limits.h"
#include "mpc/provider/requests.h"

namespace crypten {
namespace {

constexpr uint8_t kVersion = 5;  // also of what a request defines: its streams and corrections
enum class Body : uint8_t { share = 1, product = 2, compare = 3, bit_product = 4, harmonic = 5, power = 6, size_class = 7, word = 8, one_hot = 9, permutation = 10 };

class Writer {
 public:
  void number(uint64_t value) { out_.u64(value); }
  void small(int value) { out_.u8(static_cast<uint8_t>(value)); }
  void u32(int value) { out_.u32(static_cast<uint32_t>(value)); }
  template <class T, class Each>
  void list(const std::vector<T>& items, Each each) {
    out_.u32(static_cast<uint32_t>(items.size()));
    for (const T& item : items) each(item);
  }
  void sizes(const std::vector<int64_t>& sizes) {
    list(sizes, [this](int64_t size) { number(static_cast<uint64_t>(size)); });
  }
  void mask(const MaskRef& mask) {
    number(mask.call), number(mask.offset), sizes(mask.sizes), sizes(mask.strides), number(static_cast<uint64_t>(mask.factor));
  }
  void masks(const MaskExpression& masks) {
    list(masks, [this](const MaskRef& summand) { mask(summand); });
  }
  void bit(const BitMaskRef& bit) { number(bit.call), number(bit.offset), number(static_cast<uint64_t>(bit.count)), u32(bit.planes), u32(bit.plane); }
  void term(const TermRef& term) { small(static_cast<int>(term.kind)), u32(term.shift), small(term.ring_bits), masks(term.masks), bit(term.bit), sizes(term.sizes); }
  void op(const Bilinear& op) {
    small(static_cast<int>(op.kind()));
    if (op.kind() != Bilinear::Kind::conv2d) return;
    const Conv2dOptions& options = op.options();
    for (const auto& pair : {options.stride, options.padding, options.dilation}) number(static_cast<uint64_t>(pair[0])), number(static_cast<uint64_t>(pair[1]));
    number(static_cast<uint64_t>(options.groups));
  }

  void body(const ShareRequest& request) {
    small(static_cast<int>(Body::share));
    list(request.items, [this](const auto& item) { term(item.term), u32(item.width); });
  }
  void body(const ProductRequest& request) {
    small(static_cast<int>(Body::product)), op(request.op);
    list(request.pairs, [this](const auto& pair) { term(pair.a), term(pair.b), u32(pair.width); });
  }
  void body(const CompareRequest& request) {
    small(static_cast<int>(Body::compare)), small(static_cast<int>(request.kind)), masks(request.masks), u32(request.compared_bits), bit(request.bits), small(request.low_bits);
    small(request.first_bit), small(request.tables ? 1 : 0);
  }
  void body(const BitProductRequest& request) {
    small(static_cast<int>(Body::bit_product));
    list(request.factors, [this](const auto& factor) { bit(factor); });
  }

  void body(const HarmonicRequest& request) {
    small(static_cast<int>(Body::harmonic)), masks(request.masks), small(request.angle_bits);
    list(request.harmonics, [this](int k) { u32(k); });
    small(request.scale_bits), small(request.width);
  }

  void body(const PowerRequest& request) {
    small(static_cast<int>(Body::power)), masks(request.masks), small(request.low_bits), small(request.high_bits);
    number(static_cast<uint64_t>(request.base)), number(static_cast<uint64_t>(request.slope)), small(request.width);
    list(request.sign, [this](const auto& bit) { term(bit); });
  }
  void body(const ClassRequest& request) {
    small(static_cast<int>(Body::size_class)), masks(request.masks), small(request.low_bit), small(request.chunks), small(request.both_signs ? 1 : 0), bit(request.bits);
  }

  void body(const WordRequest& request) {
    small(static_cast<int>(Body::word)), small(static_cast<int>(request.kind)), masks(request.masks), small(request.word_bits), bit(request.bits);
  }
  void body(const OneHotRequest& request) {
    small(static_cast<int>(Body::one_hot)), masks(request.masks), small(request.first_bit), small(request.bits);
  }
  void body(const PermutationRequest& request) {
    small(static_cast<int>(Body::permutation)), u32(request.rank), mask(request.keys);
    list(request.masks, [this](const auto& each) { masks(each); });
  }

  const ByteVector& bytes() const { return out_.bytes(); }

 private:
  ByteWriter out_;
};

// Reads the same. A length is believed only up to its limit, and memory grows with what was read.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : in_(bytes_of(bytes)) {}

  uint64_t number() { return in_.u64(); }
  int64_t integer() { return static_cast<int64_t>(in_.u64()); }
  int small() { return in_.u8(); }
  int u32() {
    const uint32_t value = in_.u32();
    if (value > INT32_MAX) known_ = false;
    return static_cast<int>(value & INT32_MAX);
  }
  template <class T, class Each>
  std::vector<T> list(uint64_t longest, Each each) {
    std::vector<T> items;
    const uint32_t length = in_.u32();
    if (length > longest) known_ = false;
    for (uint32_t i = 0; i < length && ok(); ++i) items.push_back(each());
    return items;
  }
  std::vector<int64_t> sizes() {
    return list<int64_t>(kMaxRank, [this] { return integer(); });
  }
  MaskExpression masks() {
    return list<MaskRef>(kMaxList, [this] { return mask(); });
  }
  MaskRef mask() {
    MaskRef mask;
    mask.call = number(), mask.offset = number(), mask.sizes = sizes(), mask.strides = sizes(), mask.factor = integer();
    return mask;
  }
  BitMaskRef bit() {
    BitMaskRef bit;
    bit.call = number(), bit.offset = number(), bit.count = integer(), bit.planes = u32(), bit.plane = u32();
    return bit;
  }
  TermRef term() {
    TermRef term;
    term.kind = kind<TermRef::Kind>(TermRef::Kind::bit), term.shift = u32(), term.ring_bits = small(), term.masks = masks(), term.bit = bit(), term.sizes = sizes();
    return term;
  }
  Bilinear op() {
    switch (kind<Bilinear::Kind>(Bilinear::Kind::conv2d)) {
      case Bilinear::Kind::elementwise:
        return Bilinear::elementwise();
      case Bilinear::Kind::matmul:
        return Bilinear::matmul();
      case Bilinear::Kind::conv2d:
        break;
    }
    Conv2dOptions options;
    for (auto* pair : {&options.stride, &options.padding, &options.dilation}) (*pair)[0] = integer(), (*pair)[1] = integer();
    options.groups = integer();
    try {
      return Bilinear::conv2d(options);
    } catch (const InvalidArgument&) {
      known_ = false;
      return {};
    }
  }

  absl::StatusOr<Request> request() {
    Request request;
    if (small() != kVersion) return absl::InvalidArgumentError("a request of another version");
    request.call = number(), request.index = number(), request.corrected = u32();
    switch (static_cast<Body>(small())) {
      case Body::share:
        request.body = ShareRequest{list<ShareRequest::Item>(kMaxList, [this] {
          ShareRequest::Item item;
          item.term = term(), item.width = u32();
          return item;
        })};
        break;
      case Body::product: {
        ProductRequest product;
        product.op = op();
        product.pairs = list<ProductRequest::Pair>(kMaxList, [this] {
          ProductRequest::Pair pair;
          pair.a = term(), pair.b = term(), pair.width = u32();
          return pair;
        });
        request.body = std::move(product);
        break;
      }
      case Body::compare: {
        CompareRequest compare;
        compare.kind = kind<CompareRequest::Kind>(CompareRequest::Kind::equal);
        compare.masks = masks(), compare.compared_bits = u32(), compare.bits = bit(), compare.low_bits = small();
        compare.first_bit = small(), compare.tables = flag();
        request.body = std::move(compare);
        break;
      }
      case Body::bit_product:
        request.body = BitProductRequest{list<BitMaskRef>(kMaxFactors, [this] { return bit(); })};
        break;
      case Body::harmonic: {
        HarmonicRequest harmonic;
        harmonic.masks = masks(), harmonic.angle_bits = small();
        harmonic.harmonics = list<int>(static_cast<uint64_t>(kMaxHarmonic), [this] { return u32(); });
        harmonic.scale_bits = small(), harmonic.width = small();
        request.body = std::move(harmonic);
        break;
      }
      case Body::power: {
        PowerRequest power;
        power.masks = masks(), power.low_bits = small(), power.high_bits = small(), power.base = integer(), power.slope = integer(), power.width = small();
        power.sign = list<TermRef>(1, [this] { return term(); });
        request.body = std::move(power);
        break;
      }
      case Body::size_class: {
        ClassRequest size_class;
        size_class.masks = masks(), size_class.low_bit = small(), size_class.chunks = small(), size_class.both_signs = flag(), size_class.bits = bit();
        request.body = std::move(size_class);
        break;
      }
      case Body::word: {
        WordRequest word;
        word.kind = kind<WordRequest::Kind>(WordRequest::Kind::lift);
        word.masks = masks(), word.word_bits = small(), word.bits = bit();
        request.body = std::move(word);
        break;
      }
      case Body::one_hot: {
        OneHotRequest one_hot;
        one_hot.masks = masks(), one_hot.first_bit = small(), one_hot.bits = small();
        request.body = std::move(one_hot);
        break;
      }
      case Body::permutation: {
        PermutationRequest permutation;
        permutation.rank = u32(), permutation.keys = mask();
        permutation.masks = list<MaskExpression>(kMaxList, [this] { return masks(); });
        request.body = std::move(permutation);
        break;
      }
      default:
        return absl::InvalidArgumentError("an unknown kind of request");
    }
    if (!known_) return absl::InvalidArgumentError("a number out of range in a request");
    if (absl::Status status = in_.finish(); !status.ok()) return status;
    if (absl::Status status = check_request(request); !status.ok()) return status;
    return request;
  }

 private:
  bool ok() const { return known_ && in_.ok(); }
  bool flag() {
    const int value = small();
    if (value > 1) known_ = false;
    return value != 0;
  }
  template <class Kind>
  Kind kind(Kind last) {
    const int value = small();
    if (value > static_cast<int>(last)) known_ = false;
    return static_cast<Kind>(value);
  }

  ByteReader in_;
  bool known_ = true;
};

}  // namespace

std::string canonical(const Request& request) {
  Writer writer;
  writer.small(kVersion), writer.number(request.call), writer.number(request.index), writer.u32(request.corrected);
  std::visit([&](const auto& body) { writer.body(body); }, request.body);
  return {reinterpret_cast<const char*>(writer.bytes().data()), writer.bytes().size()};
}

absl::StatusOr<Request> parse_request(std::string_view bytes) {
  if (bytes.size() > kMaxRequestBytes) return absl::InvalidArgumentError("a request is at most 4 MiB");
  return Reader(bytes).request();
}

}  // namespace crypten
