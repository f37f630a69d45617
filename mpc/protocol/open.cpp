#include "mpc/protocol/open.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "crypten_core/kernels/elementwise_cpu.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"
#include "mpc/error_codes.h"
#include "mpc/sharing/opening_cache.h"

namespace crypten {
namespace {

// A fresh mask for a share of that form. `narrow_bits`: of an opening modulo 2^narrow_bits, else 0.
MaskedPtr reserve(Party& party, at::IntArrayRef sizes, at::Device device, bool static_mask, int narrow_bits, std::string_view verb) {
  auto [ref, share] = party.rng().take_mask(sizes, device, static_mask);
  auto fresh = std::make_shared<Masked>();
  fresh->narrow_bits = narrow_bits;
  fresh->device = device;
  fresh->terms.push_back({TermRef{.kind = TermRef::Kind::mask, .masks = {std::move(ref)}, .sizes = sizes.vec()}, std::move(share), {}, narrow_bits == 0 ? party.ring().bits : narrow_bits});
  fresh->reserved = std::make_shared<Masked::Reserved>();
  fresh->reserved->sizes = sizes.vec();
  fresh->reserved->verb = verb;
  return fresh;
}

// For the share itself.
MaskedPtr reserve(Party& party, const ArithmeticShared& x, bool static_mask) {
  auto fresh = reserve(party, x.sizes(), x.device(), static_mask, 0, party.scopes().innermost());
  fresh->reserved->share = x.share();
  if (x.cache()->is_static)
    fresh->reserved->opened = [cache = std::weak_ptr(x.cache()), first = party.rank() == 0] {
      if (const auto kept = cache.lock()) kept->give_up(first);
    };
  return fresh;
}

// x − mask, as it travels: contiguous. Of a large tensor a part is computed when it is about to be sent, while the part before is on its way: words of the mask that are not
// there are made where their difference is written, and never lie in memory as a whole.
std::pair<at::Tensor, std::function<void(int64_t, int64_t)>> difference(const at::Tensor& x, const LazyWords& mask) {
  if (x.numel() < LazyWords::kFewest || !x.device().is_cpu() || (mask.there() && !mask.words().is_contiguous())) return {difference_of(x, mask.words()).contiguous(), {}};
  auto masked = empty_words(x.sizes());
  return {masked, [masked, x = x.contiguous(), mask](int64_t begin, int64_t end) { difference_of_part(masked, x, mask, begin, end); }};
}

// Bits XOR their masks, likewise: tiles of both lie each in one piece, as parts of larger ones do.
std::pair<at::Tensor, std::function<void(int64_t, int64_t)>> masked_bits(const at::Tensor& bits, const at::Tensor& mask) {
  const auto in_tiles = [](const at::Tensor& planes) { return planes.stride(2) == 1 && (planes.size(1) == 1 || planes.stride(1) == planes.size(2)); };
  if (bits.numel() < LazyWords::kFewest || !bits.device().is_cpu() || bits.sizes() != mask.sizes() || !in_tiles(bits) || !in_tiles(mask))
    return {exclusive_or_of(bits, mask).contiguous(), {}};
  auto masked = empty_words(bits.sizes());
  return {masked, [masked, bits, mask](int64_t begin, int64_t end) {
            constexpr int64_t kWordsPerThread = int64_t{1} << 16;
            const int64_t words = masked.stride(0), first = begin / words;
            const auto exclusive_or = kWordRuns[kernel_path()]->exclusive_or;
            parallel_for((end - begin) / words, kWordsPerThread / words + 1, [&](int64_t from, int64_t to) {
              for (int64_t tile = first + from; tile < first + to; ++tile) {
                uint64_t* const out = mutable_words_of(masked) + tile * words;
                std::copy_n(words_of(bits) + tile * bits.stride(0), words, out);
                exclusive_or(out, words_of(mask) + tile * mask.stride(0), static_cast<size_t>(words));
              }
            });
          }};
}

// What this lane has queued and not yet received; taken back if the lane is unwound before the round.
class Queued {
 public:
  explicit Queued(Party& party) : party_(party) {}
  Queued(const Queued&) = delete;
  ~Queued() {
    for (const auto& [ticket, value] : waiting_) {
      party_.withdraw(ticket);
      if (value && value->reserved) value->reserved->queued = false;
    }
  }

  void add(Party::Opening opening, MaskedPtr value = nullptr) { waiting_.emplace_back(party_.queue(std::move(opening)), std::move(value)); }

  // Everything that must be sent before `value` is known. False if nothing: it is open.
  bool add(const MaskedPtr& value) {
    if (settle(value)) return false;
    if (!value->reserved)
      throw InvalidArgument(mpc_code::not_open, "an expression cannot be opened", "open", "it follows from a protocol step that is not finished",
                            "finish the step that it belongs to");
    auto& reserved = *value->reserved;
    for (const auto& source : reserved.sources) add(source);
    if (!reserved.sources.empty() || reserved.queued) return true;
    if (!reserved.share.defined())
      throw InvalidArgument(mpc_code::not_open, "an opening without its share", "open", "its mask was reserved ahead of the share", "compute the share and give() it first");
    const int64_t count = reserved.share.numel();
    const int bits = value->narrow_bits == 0 ? party_.ring().bits : value->narrow_bits;
    auto [masked, compute] = difference(reserved.share.words(), value->terms[0].share);
    party_.ledger().opened(reserved.verb, count, count * bits);
    add({.words = std::move(masked), .compute = std::move(compute), .bits = bits, .done = [value](at::Tensor sum) {
           value->value = RingTensor(std::move(sum));
           const auto reserved = std::exchange(value->reserved, nullptr);
           if (reserved->opened) reserved->opened();
         }}, value);
    reserved.queued = true;  // not before: where memory runs out above, nobody would ever queue it again
    return true;
  }

  void wait() {
    party_.wait_for_round();
    waiting_.clear();
  }

 private:
  Party& party_;
  std::vector<std::pair<uint64_t, MaskedPtr>> waiting_;
};

// One opening that this lane alone waits for; undefined where another rank learns it.
at::Tensor received(Party& party, Party::Opening opening) {
  const auto result = std::make_shared<at::Tensor>();
  opening.done = [result](at::Tensor combined) { *result = std::move(combined); };
  Queued queued(party);
  queued.add(std::move(opening));
  queued.wait();
  return *result;
}

void check_rank(const Party& party, int rank, const char* where) {
  if (rank < 0 || rank >= party.world_size())
    throw InvalidArgument(mpc_code::invalid_argument, "no such rank", where, "rank " + std::to_string(rank) + " of " + std::to_string(party.world_size()),
                          "name one of the parties, or none for all");
}

void enter_reveal(Party& party, at::IntArrayRef sizes, std::optional<int> to, bool dithered) {
  party.check_open("reveal");
  if (to) check_rank(party, *to, "reveal");
  party.ledger().revealed({party.scopes().scope(), sizes.vec(), to, dithered});
  party.scopes().fact(to ? "reveal to " + std::to_string(*to) : "reveal");
  party.scopes().fact(sizes);
}

ArithmeticShared::Cache& cache_of(const ArithmeticShared& x) {
  if (!x.defined())
    throw InvalidArgument(mpc_code::invalid_argument, "an empty share", "open", "the tensor was never given a value", "share a value first");
  return *x.cache();
}

}  // namespace

MaskedPtr mask(Party& party, const ArithmeticShared& x, bool static_mask) {
  party.check_open("mask");
  auto& cache = cache_of(x);
  if (auto known = x.masked()) return known;
  static_mask = static_mask || cache.is_static;
  if (cache.root.defined())
    if (auto follows = cache.follow(mask(party, cache.root, static_mask))) return follows;
  return cache.masked = reserve(party, x, static_mask);
}

MaskedPtr mask_plain(Party& party, const ArithmeticShared& x, bool static_mask) {
  auto known = mask(party, x, static_mask);
  if (known->constant_coefficients()) return known;
  auto& cache = cache_of(x);
  return cache.masked = reserve(party, x, static_mask || cache.is_static);
}

MaskedPtr mask_narrow_ahead(Party& party, at::IntArrayRef sizes, at::Device device, int bits, std::string_view verb) {
  party.check_open("mask_narrow");
  if (bits < 1 || bits > party.ring().bits)
    throw InvalidArgument(mpc_code::invalid_argument, "number of bits out of range", "mask_narrow",
                          "expected 1 … " + std::to_string(party.ring().bits) + ", got " + std::to_string(bits), "open as many bits as the value has");
  return reserve(party, sizes, device, false, bits, verb);
}

MaskedPtr mask_narrow(Party& party, const RingTensor& share, int bits, std::string_view verb) {
  auto fresh = mask_narrow_ahead(party, share.sizes(), share.device(), bits, verb);
  fresh->reserved->share = share;
  return fresh;
}

MaskedPtr mask_ahead(Party& party, at::IntArrayRef sizes, at::Device device) {
  party.check_open("mask");
  return reserve(party, sizes, device, false, 0, party.scopes().innermost());
}

void give(const MaskedPtr& ahead, const RingTensor& share) {
  auto* const reserved = ahead->reserved.get();
  if (!reserved || reserved->share.defined() || !reserved->sources.empty())
    throw InvalidArgument(mpc_code::invalid_argument, "an opening has one share", "give", "this one has its share", "reserve a mask for each share: mask_ahead()");
  if (share.sizes() != at::IntArrayRef(reserved->sizes) || share.device() != ahead->device)
    throw InvalidArgument(mpc_code::invalid_argument, "a share that the mask was not reserved for", "give", "it has other sizes, or lies on another device",
                          "give a share of the form for which the mask was reserved");
  reserved->share = share;
}

void open(Party& party, std::span<const MaskedPtr> values) {
  party.check_open("open");
  while (true) {
    Queued queued(party);
    bool wait = false;
    for (const auto& value : values) wait |= queued.add(value);
    if (!wait) return;
    queued.wait();  // more than once only if a lane was unwound that had queued one of these values
  }
}

void open(Party& party, std::initializer_list<MaskedPtr> values) { open(party, std::span(values.begin(), values.size())); }

at::Tensor open_bits(Party& party, const at::Tensor& bits, int64_t count, const at::Tensor& mask_share, const char* verb) {
  party.check_open("open_bits");
  party.ledger().opened(verb, count, count * bits.size(1));
  auto [masked, compute] = masked_bits(bits, mask_share);
  return received(party, {.words = std::move(masked), .compute = std::move(compute), .xor_planes = true, .count = count});
}

std::vector<RingTensor> open_to(Party& party, std::span<const RingTensor> shares, std::span<const RingTensor> masks, int to, const char* verb) {
  party.check_open("open_to");
  check_rank(party, to, "open_to");
  std::vector<RingTensor> results(shares.size());
  Queued queued(party);
  for (size_t i = 0; i < shares.size(); ++i) {
    party.ledger().opened(verb, shares[i].numel(), shares[i].numel() * party.ring().bits);
    queued.add({.words = (shares[i] - masks[i]).words().contiguous(), .to = to, .done = [&result = results[i]](at::Tensor sum) {
                  if (sum.defined()) result = RingTensor(std::move(sum));
                }});
  }
  queued.wait();
  return results;
}

RingTensor reveal(Party& party, const ArithmeticShared& x, std::optional<int> to, bool dithered) {
  enter_reveal(party, x.sizes(), to, dithered);
  const int n = party.world_size();
  auto words = n >= 3 ? (x.share() + party.rng().zero_share(x.sizes(), x.device())).words().contiguous() : x.share().words().clone(at::MemoryFormat::Contiguous);
  if (party.ring().bits < 64) words.bitwise_and_(static_cast<int64_t>((uint64_t{1} << party.ring().bits) - 1));
  const auto result = received(party, {.words = std::move(words), .to = to});
  return result.defined() ? RingTensor(result) : RingTensor();
}

RingTensor reveal(Party& party, const BinaryShared& x, std::optional<int> to, bool dithered) {
  enter_reveal(party, x.sizes(), to, dithered);
  const auto fresh = party.world_size() >= 3 ? x ^ BinaryShared(party.rng().exclusive_or_zero_share(x.sizes(), x.share().device())) : x;
  const auto bits = bits_of(fresh);
  const auto result = received(party, {.words = bits.plane().clone(), .xor_planes = true, .count = bits.numel(), .to = to});
  return result.defined() ? words_of(BitShared(result, bits.sizes().vec()), x.sizes().vec()).share() : RingTensor();
}

}  // namespace crypten
