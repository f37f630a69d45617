#include "autograd/binary_tensor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/protocol/bitwise.h"
#include "mpc/protocol/convert.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"
#include "mpc/tensor/torch_rules.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(int code, std::string what, std::string_view where, std::string why, std::string todo) {
  throw InvalidArgument(code, std::string(where) + ": " + std::move(what), std::string(where), std::move(why), std::move(todo));
}

at::Tensor whole_numbers(const at::Tensor& tensor, std::string_view where) {
  if (!at::isIntegralType(tensor.scalar_type(), true))
    refuse(tensor_code::whole_numbers, "binary tensors hold whole numbers", where, std::string("got ") + at::toString(tensor.scalar_type()),
           "convert it, for example with .long(), or encrypt the reals with cryptensor() and take their floor with binary()");
  return tensor.to(at::kLong);
}

// What every operation does first: checks that the operands are there and belong together, enters its name and their shapes.
class Operation {
 public:
  Operation(std::string_view name, const std::vector<BinaryTensor>& operands)
      : party_(checked(name, operands)), scope_(party_->scopes(), name) {
    for (const auto& operand : operands) {
      party().scopes().fact(operand.sizes());
      dithered_ |= operand.dithered();
    }
  }

  Party& party() const { return *party_; }
  BinaryTensor result(BinaryShared share) const { return BinaryTensor(party_, std::move(share), dithered_); }
  BinaryTensor result(const BitShared& truth) const { return result(word_of(truth, 0)); }

 private:
  static std::shared_ptr<Party> checked(std::string_view name, const std::vector<BinaryTensor>& operands) {
    if (operands.empty()) refuse(tensor_code::join, "nothing to join", name, "the list is empty", "pass at least one tensor");
    for (const auto& operand : operands) {
      if (!operand.defined()) refuse(tensor_code::undefined, "an operand is undefined", name, "it holds no value", "share a value first");
      if (operand.party() != operands[0].party())
        refuse(tensor_code::other_party, "the operands belong to different parties or sessions", name,
               "a share means nothing outside its own party and session", "share both operands in one session");
    }
    operands[0].party()->check_open();
    return operands[0].party();
  }

  std::shared_ptr<Party> party_;
  Scope scope_;
  bool dithered_ = false;
};

BinaryShared expanded(const BinaryShared& words, at::IntArrayRef sizes) { return BinaryShared(RingTensor(words.share().words().expand(sizes).contiguous())); }

// An operation of two, whose operands broadcast; the second may be public.
class Pair : public Operation {
 public:
  Pair(std::string_view name, const BinaryTensor& a, const BinaryOperand& b)
      : Operation(name, b.is_public() ? std::vector{a} : std::vector{a, b.words()}) {
    const auto pattern = b.is_public() ? whole_numbers(b.plain().tensor(), name) : at::Tensor();
    const auto sizes = broadcast_sizes(a.sizes(), b.is_public() ? pattern.sizes() : b.words().sizes(), name);
    if (b.is_public()) {
      party().scopes().fact(pattern.sizes());
      pattern_ = pattern.to(a.share().share().device()).expand(sizes).contiguous();
    } else {
      second_ = expanded(b.words().share(), sizes);
    }
    first_ = expanded(a.share(), sizes);
  }

  bool is_public() const { return pattern_.defined(); }
  bool empty() const { return first_.numel() == 0; }
  BinaryTensor nothing() const { return result(first_); }
  const BinaryShared& first() const { return first_; }
  // A public operand as a share: rank 0 holds it.
  BinaryShared second() const {
    if (!is_public()) return second_;
    return BinaryShared(RingTensor(party().rank() == 0 ? pattern_ : at::zeros_like(pattern_)));
  }
  const at::Tensor& pattern() const { return pattern_; }

 private:
  BinaryShared first_, second_;
  at::Tensor pattern_;
};

enum class Swapped { no, yes };
enum class Complement { no, yes };

BinaryTensor ordered(std::string_view name, const BinaryTensor& a, const BinaryOperand& b, Swapped swapped, Complement complement) {
  const Pair pair(name, a, b);
  if (pair.empty()) return pair.nothing();
  const auto& left = pair.first();
  const auto right = pair.second();
  const auto truth = swapped == Swapped::yes ? less(pair.party(), right, left) : less(pair.party(), left, right);
  return pair.result(complement == Complement::yes ? bit_not(pair.party(), truth) : truth);
}

BinaryTensor same(std::string_view name, const BinaryTensor& a, const BinaryOperand& b, Complement complement) {
  const Pair pair(name, a, b);
  if (pair.empty()) return pair.nothing();
  const auto truth = equal(pair.party(), pair.first(), pair.second());
  return pair.result(complement == Complement::yes ? bit_not(pair.party(), truth) : truth);
}

template <typename Map>
BinaryTensor local(std::string_view name, const BinaryTensor& a, Map map) {
  const Operation op(name, {a});
  return op.result(map(op.party(), a.share()));
}

template <typename View>
BinaryTensor moved(std::string_view name, const BinaryTensor& a, View view) {
  const Operation op(name, {a});
  const auto words = by_torch_rules(name, [&] { return view(a.share().share().words()).contiguous(); });
  op.party().scopes().fact(words.sizes());
  return op.result(BinaryShared(RingTensor(words)));
}

template <typename Join>
BinaryTensor joined(std::string_view name, const std::vector<BinaryTensor>& tensors, Join join) {
  const Operation op(name, tensors);
  std::vector<at::Tensor> words;
  for (const auto& tensor : tensors) words.push_back(tensor.share().share().words());
  return op.result(BinaryShared(RingTensor(by_torch_rules(name, [&] { return join(words); }))));
}

}  // namespace

at::Tensor BinaryTensor::get_plain_text(std::optional<int> dst) const {
  const Operation op("get_plain_text", {*this});
  if (dst && (*dst < 0 || *dst >= op.party().world_size()))
    refuse(tensor_code::no_such_rank, "no such rank to reveal to", "get_plain_text",
           "dst is " + std::to_string(*dst) + ", ranks are 0 … " + std::to_string(op.party().world_size() - 1), "pass a rank, or nothing to reveal to all");
  if (numel() == 0) return dst && *dst != op.party().rank() ? at::Tensor() : at::zeros(sizes(), at::kLong);
  const auto words = reveal(op.party(), share_, dst, dithered_);
  return words.defined() ? words.words() : at::Tensor();
}

BinaryTensor BinaryTensor::to(at::Device device) const {
  const Operation op("to", {*this});
  return op.result(BinaryShared(RingTensor(share_.share().words().to(device))));
}

BinaryTensor binary_tensor(std::shared_ptr<Party> party, const at::Tensor& integers, int src, std::optional<at::IntArrayRef> sizes) {
  constexpr std::string_view kName = "binary_tensor";
  if (!party) refuse(tensor_code::undefined, "no party", kName, "the party is null", "initialise a session first");
  party->check_open();
  if (src < 0 || src >= party->world_size())
    refuse(tensor_code::no_such_rank, "no such source rank", kName,
           "src is " + std::to_string(src) + ", ranks are 0 … " + std::to_string(party->world_size() - 1), "pass the rank that holds the value");
  if (!sizes && !integers.defined())
    refuse(tensor_code::sizes_missing, "the shape is unknown", kName, "there is neither a tensor nor sizes on this rank",
           "pass the sizes, or any tensor of the same shape, on the ranks that do not hold the value");
  const std::vector<int64_t> shape = (sizes ? *sizes : integers.sizes()).vec();
  constexpr int64_t kMostElements = int64_t{1} << 40;
  int64_t elements = 1;
  for (const int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(elements, size, &elements) || elements > kMostElements)
      refuse(tensor_code::negative_size, "a negative size, or more than 2^40 elements", kName, "the sizes are " + shape_text(shape),
             "pass the shape of the value");
  RingTensor words;
  if (party->rank() == src) {
    if (!integers.defined())
      refuse(tensor_code::no_value, "no value on its source rank", kName, "rank " + std::to_string(src) + " is the source and has no tensor",
             "pass the tensor there, or another src");
    if (integers.sizes() != at::IntArrayRef(shape))
      refuse(tensor_code::shape_mismatch, "the value has another shape", kName,
             "shapes " + shape_text(integers.sizes()) + " and " + shape_text(shape), "pass equal sizes on all ranks");
    words = RingTensor(whole_numbers(integers, kName).contiguous());
  }
  const auto at = party->scope(kName);
  auto shared = share_binary(*party, words, shape, src, integers.defined() ? integers.device() : at::Device(at::kCPU));
  return BinaryTensor(std::move(party), std::move(shared));
}

BinaryTensor binary(const CrypTensor& x) {
  const OperationScope op("binary", {x.value()});
  const auto& share = x.value().share();
  auto words = x.numel() == 0 ? BinaryShared(share.share()) : to_binary(op.party(), share);
  return BinaryTensor(x.party(), shift_right_arithmetic(words, x.value().fraction_bits()), x.value().dithered());
}

CrypTensor arithmetic(const BinaryTensor& a, int bits) {
  const Operation op("arithmetic", {a});
  op.party().scopes().fact(std::to_string(bits));
  auto numbers = a.numel() == 0 ? ArithmeticShared(a.share().share()) : to_arithmetic(op.party(), a.share(), bits);
  return CrypTensor(MPCTensor(a.party(), std::move(numbers), 0, a.dithered()));
}

BinaryTensor operator~(const BinaryTensor& a) { return local("not", a, [](Party& party, const BinaryShared& words) { return bit_not(party, words); }); }

BinaryTensor operator^(const BinaryTensor& a, const BinaryOperand& b) {
  const Pair pair("xor", a, b);
  return pair.result(pair.is_public() ? bit_xor(pair.party(), pair.first(), RingTensor(pair.pattern())) : pair.first() ^ pair.second());
}

BinaryTensor operator&(const BinaryTensor& a, const BinaryOperand& b) {
  const Pair pair("and", a, b);
  if (pair.empty()) return pair.nothing();
  if (pair.is_public()) return pair.result(BinaryShared(RingTensor(at::bitwise_and(pair.first().share().words(), pair.pattern()))));
  return pair.result(bit_and(pair.party(), pair.first(), pair.second()));
}

// ¬(¬a ∧ ¬b), of which the AND is local where b is public.
BinaryTensor operator|(const BinaryTensor& a, const BinaryOperand& b) {
  const Pair pair("or", a, b);
  if (pair.empty()) return pair.nothing();
  if (!pair.is_public()) return pair.result(bit_or(pair.party(), pair.first(), pair.second()));
  const auto neither = at::bitwise_and(bit_not(pair.party(), pair.first()).share().words(), at::bitwise_not(pair.pattern()));
  return pair.result(bit_not(pair.party(), BinaryShared(RingTensor(neither))));
}

BinaryTensor operator<<(const BinaryTensor& a, int bits) {
  return local("shift_left", a, [bits](Party&, const BinaryShared& words) { return shift_left(words, bits); });
}
BinaryTensor operator>>(const BinaryTensor& a, int bits) {
  return local("shift_right", a, [bits](Party&, const BinaryShared& words) { return shift_right_arithmetic(words, bits); });
}
BinaryTensor shift_right_logical(const BinaryTensor& a, int bits) {
  return local("shift_right", a, [bits](Party&, const BinaryShared& words) { return shift_right(words, bits); });
}
BinaryTensor rotate_left(const BinaryTensor& a, int bits) {
  return local("rotate_left", a, [bits](Party&, const BinaryShared& words) { return rotate_left(words, bits); });
}

BinaryTensor operator+(const BinaryTensor& a, const BinaryOperand& b) {
  const Pair pair("add", a, b);
  return pair.empty() ? pair.nothing() : pair.result(add(pair.party(), pair.first(), pair.second()));
}

BinaryTensor operator-(const BinaryTensor& a, const BinaryOperand& b) {
  const Pair pair("sub", a, b);
  return pair.empty() ? pair.nothing() : pair.result(subtract(pair.party(), pair.first(), pair.second()));
}

// ¬(b + ¬a), and ¬a + 1: in two's complement −a = ¬a + 1.
BinaryTensor operator-(const Plain& a, const BinaryTensor& b) { return ~(b + at::bitwise_not(whole_numbers(a.tensor(), "sub"))); }
BinaryTensor operator-(const BinaryTensor& a) { return ~a + 1; }

BinaryTensor lt(const BinaryTensor& a, const BinaryOperand& b) { return ordered("lt", a, b, Swapped::no, Complement::no); }
BinaryTensor le(const BinaryTensor& a, const BinaryOperand& b) { return ordered("le", a, b, Swapped::yes, Complement::yes); }
BinaryTensor gt(const BinaryTensor& a, const BinaryOperand& b) { return ordered("gt", a, b, Swapped::yes, Complement::no); }
BinaryTensor ge(const BinaryTensor& a, const BinaryOperand& b) { return ordered("ge", a, b, Swapped::no, Complement::yes); }
BinaryTensor eq(const BinaryTensor& a, const BinaryOperand& b) { return same("eq", a, b, Complement::no); }
BinaryTensor ne(const BinaryTensor& a, const BinaryOperand& b) { return same("ne", a, b, Complement::yes); }

// b ^ (c & (a ^ b)), with the lowest bit of the condition in all bits of c: the negative of a share's lowest bit.
BinaryTensor where(const BinaryTensor& condition, const BinaryTensor& a, const BinaryTensor& b) {
  const auto chosen = local("where", condition, [](Party&, const BinaryShared& words) {
    return BinaryShared(RingTensor(at::neg(at::bitwise_and(words.share().words(), 1))));
  });
  return b ^ BinaryOperand(chosen & BinaryOperand(a ^ b));
}

BinaryTensor reshape(const BinaryTensor& a, at::IntArrayRef sizes) {
  return moved("reshape", a, [sizes](const at::Tensor& t) { return t.reshape(sizes); });
}
BinaryTensor permute(const BinaryTensor& a, at::IntArrayRef dims) {
  return moved("permute", a, [dims](const at::Tensor& t) { return t.permute(dims); });
}
BinaryTensor unsqueeze(const BinaryTensor& a, int64_t dim) {
  return moved("unsqueeze", a, [dim](const at::Tensor& t) { return t.unsqueeze(dim); });
}
BinaryTensor select(const BinaryTensor& a, int64_t dim, int64_t index) {
  return moved("select", a, [=](const at::Tensor& t) { return t.select(dim, index); });
}
BinaryTensor slice(const BinaryTensor& a, int64_t dim, int64_t start, int64_t end, int64_t step) {
  return moved("slice", a, [=](const at::Tensor& t) { return t.slice(dim, start, end, step); });
}
BinaryTensor index_select(const BinaryTensor& a, int64_t dim, const at::Tensor& index) {
  return moved("index_select", a, [&](const at::Tensor& t) { return at::index_select(t, dim, index); });
}
BinaryTensor stack(const std::vector<BinaryTensor>& tensors, int64_t dim) {
  return joined("stack", tensors, [dim](const std::vector<at::Tensor>& words) { return at::stack(words, dim); });
}
BinaryTensor cat(const std::vector<BinaryTensor>& tensors, int64_t dim) {
  return joined("cat", tensors, [dim](const std::vector<at::Tensor>& words) { return at::cat(words, dim); });
}

}  // namespace crypten
