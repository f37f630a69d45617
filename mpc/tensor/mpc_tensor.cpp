#include "mpc/tensor/mpc_tensor.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/fixed_point.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/select.h"
#include "mpc/protocol/share.h"
#include "mpc/protocol/truncate.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/range_check.h"

namespace crypten {

struct MPCTensor::Value {
  std::shared_ptr<Party> party;
  ArithmeticShared share;
  int fraction_bits = 0;
  bool dithered = false;
  // Where a truncation is pending in both: the tensor that this one is a rearrangement of.
  std::shared_ptr<Value> source;
  Rearrangement map;

  void truncate_to(int bits);
};

MPCTensor::MPCTensor(std::shared_ptr<Party> party, ArithmeticShared share, int fraction_bits, bool dithered)
    : value_(std::make_shared<Value>(Value{std::move(party), std::move(share), fraction_bits, dithered, nullptr, nullptr})) {}

namespace {

[[noreturn]] void refuse(int code, const std::string& what, const std::string& why, const std::string& todo) {
  throw InvalidArgument(code, "encrypt: " + what, "MPCTensor::encrypt", why, todo);
}

std::string text(at::IntArrayRef sizes) {
  std::ostringstream out;
  out << sizes;
  return out.str();
}

constexpr int64_t kMostElements = int64_t{1} << 40;  // 8 TiB of shares: nobody's memory

// What every rank can see is checked on every rank, so that all throw together; the value only where it is.
void check_encrypt(const Party& party, const at::Tensor& plaintext, at::IntArrayRef sizes, int src, int bits) {
  if (src < 0 || src >= party.world_size()) {
    refuse(tensor_code::no_such_rank, "no such source rank", "src is " + std::to_string(src) + ", ranks are 0 … " + std::to_string(party.world_size() - 1), "pass the rank that holds the value");
  }
  if (bits < 0 || bits > 62) refuse(tensor_code::precision, "precision out of range", "expected 0 … 62 bits, got " + std::to_string(bits), "leave it out for encoder.precision_bits");
  int64_t elements = 1;
  for (const int64_t size : sizes) {
    if (size < 0) refuse(tensor_code::negative_size, "negative size", "the sizes are " + text(sizes), "pass the shape of the value");
    if (__builtin_mul_overflow(elements, size, &elements) || elements > kMostElements) {
      refuse(tensor_code::negative_size, "more than 2^40 elements", "the sizes are " + text(sizes), "pass the shape of the value, or its parts one after the other");
    }
  }
  if (party.rank() != src) return;
  if (!plaintext.defined()) refuse(tensor_code::no_value, "no value on its source rank", "rank " + std::to_string(src) + " is the source and has no tensor", "pass the tensor there, or another src");
  if (plaintext.sizes() != sizes) refuse(tensor_code::shape_mismatch, "the value has another shape", "shapes " + text(plaintext.sizes()) + " and " + text(sizes), "pass equal sizes on all ranks");
}

}  // namespace

MPCTensor MPCTensor::encrypt(std::shared_ptr<Party> party, const at::Tensor& plaintext, at::IntArrayRef sizes, int src,
                             std::optional<int> precision_bits) {
  if (!party) throw InvalidArgument(tensor_code::undefined, "no party", "MPCTensor::encrypt", "the party is null", "initialise a session first");
  party->check_open();
  const int bits = precision_bits.value_or(party->config().precision_bits);
  check_encrypt(*party, plaintext, sizes, src, bits);
  check_range_debugging(*party);
  const RingTensor words = party->rank() == src ? encode(plaintext, bits) : RingTensor();
  const at::Device device = plaintext.defined() ? plaintext.device() : at::Device(at::kCPU);

  const Scope scope = party->scope("encrypt");
  party->scopes().fact(sizes);
  party->scopes().fact("src " + std::to_string(src) + " bits " + std::to_string(bits));
  auto shared = crypten::share(*party, words, sizes, src, device);
  return MPCTensor(std::move(party), std::move(shared), bits);
}

MPCTensor::Value& MPCTensor::value() const {
  if (!value_) throw InvalidArgument(tensor_code::undefined, "the tensor is undefined", "MPCTensor", "it holds no value", "assign an encrypted tensor first");
  return *value_;
}

const std::shared_ptr<Party>& MPCTensor::party() const { return value().party; }
const ArithmeticShared& MPCTensor::share() const { return value().share; }
int MPCTensor::fraction_bits() const { return value().fraction_bits; }
bool MPCTensor::dithered() const { return value().dithered; }
at::IntArrayRef MPCTensor::sizes() const { return value().share.sizes(); }
int64_t MPCTensor::dim() const { return value().share.dim(); }
int64_t MPCTensor::numel() const { return value().share.numel(); }
at::Device MPCTensor::device() const { return value().share.device(); }

namespace {

void check_receiver(const Party& party, std::optional<int> dst, const char* where) {
  party.check_open();
  if (dst && (*dst < 0 || *dst >= party.world_size())) {
    throw InvalidArgument(tensor_code::no_such_rank, "no such rank to reveal to", where, "dst is " + std::to_string(*dst) + ", ranks are 0 … " + std::to_string(party.world_size() - 1),
                          "pass a rank, or nothing to reveal to all");
  }
}

}  // namespace

at::Tensor MPCTensor::get_plain_text(std::optional<int> dst, std::optional<at::ScalarType> dtype) const {
  Party& party = *value().party;
  check_receiver(party, dst, "get_plain_text");
  const Scope scope = party.scope("get_plain_text");
  party.scopes().fact(sizes());
  const RingTensor words = crypten::reveal(party, share(), dst, dithered());
  return words.defined() ? decode(words, fraction_bits(), dtype) : at::Tensor();
}

RingTensor MPCTensor::reveal(std::optional<int> dst) const {
  Party& party = *value().party;
  check_receiver(party, dst, "reveal");
  const Scope scope = party.scope("reveal");
  party.scopes().fact(sizes());
  at_most(party.config().precision_bits);
  return crypten::reveal(party, share(), dst, dithered());
}

void MPCTensor::Value::truncate_to(int bits) {
  if (fraction_bits <= bits) return;
  if (source) {
    source->truncate_to(std::max(bits, party->config().precision_bits));
    share = map(source->share);
    fraction_bits = source->fraction_bits;
    dithered = source->dithered;
    source = nullptr;  // from here on this tensor is on its own
    map = nullptr;
    return truncate_to(bits);
  }
  const int shift = fraction_bits - bits;
  const bool exact = party->config().truncation == Truncation::exact;
  if (share.numel() > 0) share = exact ? truncate_exact(*party, share, shift) : truncate(*party, share, shift);
  fraction_bits = bits;
  dithered = dithered || !exact;
}

const ArithmeticShared& MPCTensor::at_most(int bits) const {
  Value& own = value();
  if (own.fraction_bits <= bits) return own.share;
  own.party->check_open();
  const Scope scope = own.party->scope("truncate");
  own.party->scopes().fact(sizes());
  own.party->scopes().fact("to " + std::to_string(bits) + " bits");
  own.truncate_to(bits);
  return own.share;
}

ArithmeticShared MPCTensor::widened(int bits) const {
  const Value& own = value();
  if (bits == own.fraction_bits) return own.share;
  if (bits < own.fraction_bits || bits > 62) {
    throw InvalidArgument(tensor_code::precision, "cannot widen to this scale", "MPCTensor::widened",
                          "from " + std::to_string(own.fraction_bits) + " to " + std::to_string(bits) + " fractional bits", "use at_most to have fewer, and at most 62");
  }
  check_scaled(*own.party, own.share, bits - own.fraction_bits);
  return own.share * (int64_t{1} << (bits - own.fraction_bits));
}

MPCTensor MPCTensor::rearranged(Rearrangement map) const {
  const Value& own = value();
  MPCTensor result(own.party, map(own.share), own.fraction_bits, own.dithered);
  if (own.fraction_bits > own.party->config().precision_bits) {
    result.value_->source = value_;
    result.value_->map = std::move(map);
  }
  return result;
}

MPCTensor MPCTensor::to(at::Device device) const {
  value().party->check_open();
  const Scope scope = value().party->scope("to");
  value().party->scopes().fact(sizes());
  return rearranged([device](const ArithmeticShared& share) { return share.to(device); });
}

Party& same_party(const MPCTensor& a, const MPCTensor& b) {
  if (a.party() != b.party()) {
    throw InvalidArgument(tensor_code::other_party, "the operands belong to different parties or sessions",
                          "rank " + std::to_string(a.party()->rank()) + (a.party()->scopes().scope().empty() ? "" : ", ") + a.party()->scopes().scope(),
                          "a share means nothing outside its own party and session", "encrypt both operands in one session");
  }
  return *a.party();
}

}  // namespace crypten
