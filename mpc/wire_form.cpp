#include "mpc/wire_form.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/byte_vector.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kGrain = int64_t{1} << 16;  // words: below that a second thread costs more than it gives
constexpr size_t kWord = sizeof(uint64_t);

template <bool exclusive_or>
void accumulate(uint64_t* sum, const uint64_t* part, int64_t count) {
  const auto& runs = *kWordRuns[kernel_path()];
  parallel_for(count, kGrain, [&](int64_t begin, int64_t end) {
    (exclusive_or ? runs.exclusive_or : runs.add)(sum + begin, part + begin, static_cast<size_t>(end - begin));
  });
}

uint64_t* writable(const at::Tensor& words) { return reinterpret_cast<uint64_t*>(words.mutable_data_ptr<int64_t>()); }
const uint64_t* readable(const at::Tensor& words) { return reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>()); }
int64_t mask_of(int bits) { return static_cast<int64_t>((uint64_t{1} << bits) - 1); }

// The sum is formed where the first peer's words are received: each part of them is added to while it lies in the cache and the rest is on
// its way.
class AsItLies final : public WireForm {
 public:
  AsItLies(const at::Tensor& words, std::function<void(int64_t, int64_t)> compute) : own_(words), compute_(std::move(compute)) {
    if (!compute_) computed_ = own_.numel();
  }

  size_t bytes() const override { return own_.nbytes(); }
  Bytes to_send() override { return {static_cast<const std::byte*>(own_.const_data_ptr()), bytes()}; }
  void needed(size_t count) override {
    const auto end = static_cast<int64_t>((count + kWord - 1) / kWord);
    if (computed_ >= end) return;
    compute_(computed_, end);
    computed_ = end;
  }
  MutableBytes receive_from(int peer) override {
    if (!sum_.defined()) {
      first_ = peer;
      sum_ = empty_words(own_.sizes());
      return {static_cast<std::byte*>(sum_.mutable_data_ptr()), bytes()};
    }
    others_.emplace_back(own_.numel());
    return std::as_writable_bytes(std::span(others_.back()));
  }
  void arrived(int peer, size_t count) override {
    if (peer == first_) add(std::min(static_cast<int64_t>(count / kWord), computed_));
  }

 private:
  at::Tensor combined() override {
    needed(bytes());
    if (!sum_.defined()) return own_;
    add(own_.numel());
    for (const auto& other : others_) accumulate<false>(writable(sum_), other.data(), own_.numel());
    return sum_;
  }
  void add(int64_t end) {
    if (added_ >= end) return;
    accumulate<false>(writable(sum_) + added_, readable(own_) + added_, end - added_);
    added_ = end;
  }

  at::Tensor own_, sum_;
  std::function<void(int64_t, int64_t)> compute_;
  int first_ = -1;                    // peer
  std::vector<WordVector> others_;    // what the other peers sent
  int64_t computed_ = 0, added_ = 0;  // words
};

// Planes travel as they lie, but for their last tile, which is moved together, and are combined in that form where the first peer's are received.
class PlanesAsTheyLie final : public WireForm {
 public:
  explicit PlanesAsTheyLie(const Party::Opening& opening) : own_(opening.words.contiguous()), count_(opening.count) {
    if (opening.compute) opening.compute(0, own_.numel());
    packed_ = pack_in_place(own_, count_);
  }

  size_t bytes() const override { return packed_.size(); }
  Bytes to_send() override { return packed_; }
  void needed(size_t) override {}
  MutableBytes receive_from(int peer) override {
    if (!sum_.defined()) {
      first_ = peer;
      sum_ = empty_words(own_.sizes());
      return {static_cast<std::byte*>(sum_.mutable_data_ptr()), bytes()};
    }
    others_.emplace_back(words());
    return std::as_writable_bytes(std::span(others_.back())).first(bytes());
  }
  void arrived(int peer, size_t count) override {
    if (peer == first_) add(static_cast<int64_t>(count / kWord));
  }

 private:
  at::Tensor combined() override {
    const auto& result = sum_.defined() ? sum_ : own_;
    if (sum_.defined()) add(static_cast<int64_t>(words()));
    for (const auto& other : others_) accumulate<true>(writable(sum_), other.data(), static_cast<int64_t>(words()));
    unpack_in_place(result, count_);
    return result;
  }
  void add(int64_t end) {
    if (added_ >= end) return;
    accumulate<true>(writable(sum_) + added_, readable(own_) + added_, end - added_);
    added_ = end;
  }
  size_t words() const { return (bytes() + kWord - 1) / kWord; }  // the rest of the last one belongs to no plane yet

  at::Tensor own_, sum_;
  int64_t count_;
  std::span<std::byte> packed_;     // of own_
  int first_ = -1;                  // peer
  std::vector<WordVector> others_;  // what the other peers sent
  int64_t added_ = 0;               // words
};

class NarrowWords final : public WireForm {
 public:
  NarrowWords(const Party::Opening& opening, int bits) : own_(opening.words), bits_(bits), count_(own_.numel()) {
    if (opening.compute) opening.compute(0, count_);
  }

  size_t bytes() const override { return static_cast<size_t>(packed_size(count_, bits_)); }
  Bytes to_send() override {
    if (!leaving_.defined()) {
      leaving_ = slice_bits(own_, 0, bits_);
      packed_ = pack_in_place(leaving_, count_);
    }
    return packed_;
  }
  void needed(size_t) override {}
  MutableBytes receive_from(int) override {
    others_.push_back(empty_words({tile_count(count_), bits_, kTileWords}));
    return {static_cast<std::byte*>(others_.back().mutable_data_ptr()), bytes()};
  }
  void arrived(int, size_t) override {}

 private:
  at::Tensor combined() override {
    for (const auto& planes : others_) {
      unpack_in_place(planes, count_);
      accumulate<false>(writable(own_), readable(unslice_bits(planes, count_, 0)), count_);
    }
    own_.bitwise_and_(mask_of(bits_));
    return own_;
  }

  at::Tensor own_;
  int bits_;
  int64_t count_;
  at::Tensor leaving_;           // planes of own_, once they are to be sent
  std::span<std::byte> packed_;  // of leaving_
  std::vector<at::Tensor> others_;
};

class FromDevice final : public WireForm {
 public:
  FromDevice(const Party::Opening& opening, int bits)
      : own_(opening.words), planes_(opening.xor_planes), bits_(bits), count_(planes_ ? opening.count : own_.numel()) {
    if (opening.compute) opening.compute(0, own_.numel());
  }

  size_t bytes() const override { return packed() ? static_cast<size_t>(packed_size(count_, bits_)) : own_.nbytes(); }
  Bytes to_send() override {
    if (!leaving_) {
      const auto words = !packed() ? own_ : pack_planes(planes_ ? own_ : slice_bits(own_, 0, bits_), count_);
      leaving_ = std::make_unique<CopyToHost>(words.flatten().view(at::kByte).narrow(0, 0, static_cast<int64_t>(bytes())));
    }
    return leaving_->bytes();
  }
  void needed(size_t count) override { leaving_->await(count); }
  MutableBytes receive_from(int peer) override { return arriving_.try_emplace(peer, bytes(), own_.device()).first->second.bytes(); }
  void arrived(int peer, size_t count) override { arriving_.at(peer).arrived(count); }

 private:
  at::Tensor combined() override {
    if (leaving_) leaving_->await(bytes());  // the sum is formed in what was copied
    for (auto& [peer, part] : arriving_) {
      const auto words = part.take();
      if (planes_) own_.bitwise_xor_(unpack_planes(words, count_, bits_));
      else own_.add_((packed() ? unslice_bits(unpack_planes(words, count_, bits_), count_, 0) : words).view(own_.sizes()));
    }
    if (!planes_ && bits_ < 64) own_.bitwise_and_(mask_of(bits_));
    return own_;
  }
  bool packed() const { return planes_ || bits_ < 64; }

  at::Tensor own_;
  bool planes_;
  int bits_;
  int64_t count_;
  std::unique_ptr<CopyToHost> leaving_;
  std::map<int, CopyToDevice> arriving_;  // by peer
};

}  // namespace

at::Tensor WireForm::opened() { return combined(); }

std::unique_ptr<WireForm> WireForm::of(const Party::Opening& opening, int ring_bits) {
  const int bits = opening.xor_planes ? static_cast<int>(opening.words.size(1)) : opening.bits == 0 ? ring_bits : opening.bits;
  if (!opening.words.device().is_cpu()) return std::make_unique<FromDevice>(opening, bits);
  if (opening.xor_planes) return std::make_unique<PlanesAsTheyLie>(opening);
  if (bits < 64) return std::make_unique<NarrowWords>(opening, bits);
  return std::make_unique<AsItLies>(opening.words, opening.compute);
}

}  // namespace crypten
