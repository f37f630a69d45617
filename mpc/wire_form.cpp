#include "mpc/wire_form.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/device_copies.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/packed_planes.h"
#include "crypten_core/kernels/tile_planes.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kGrain = int64_t{1} << 16;  // words: below that a second thread costs more than it gives
constexpr int64_t kTileGrain = 64;            // tiles of 512 words, likewise
constexpr size_t kWord = sizeof(uint64_t);

uint64_t* writable(const at::Tensor& words) { return reinterpret_cast<uint64_t*>(words.mutable_data_ptr<int64_t>()); }
const uint64_t* readable(const at::Tensor& words) { return reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>()); }
int64_t mask_of(int bits) { return static_cast<int64_t>((uint64_t{1} << bits) - 1); }

// Words of 64 bits, and bit planes, travel as they lie in memory; of planes the last tile, where it is shorter, is moved together in place.
// The sum is formed where the first peer's words are received: each part of them is added to while it lies in the cache and the rest is on
// its way.
class AsItLies final : public WireForm {
 public:
  explicit AsItLies(const Party::Opening& opening)
      : own_(opening.words),
        compute_(opening.compute),
        planes_(opening.xor_planes),
        count_(opening.count),
        unit_(planes_ ? own_.size(1) * kTileWords : 1),
        bytes_(planes_ ? static_cast<size_t>(packed_size(count_, own_.size(1))) : own_.nbytes()),
        whole_(planes_ && count_ % kTileElements != 0 ? own_.numel() - unit_ : own_.numel()) {
    if (!compute_) computed_ = own_.numel();
  }

  size_t bytes() const override { return bytes_; }
  Bytes to_send() override { return {static_cast<const std::byte*>(own_.const_data_ptr()), bytes()}; }
  void needed(size_t count) override {
    const auto words = words_in(count);
    if (words <= whole_) compute((words + unit_ - 1) / unit_ * unit_);
    else complete();
  }
  MutableBytes receive_from(int peer) override {
    at::Tensor& words = first_ < 0 ? sum_ : others_.emplace_back();
    if (first_ < 0) first_ = peer;
    words = empty_words(own_.sizes());
    return {static_cast<std::byte*>(words.mutable_data_ptr()), bytes()};
  }
  void arrived(int peer, size_t count) override {
    if (peer == first_) add(std::min({static_cast<int64_t>(count / kWord), computed_, whole_}));
  }

 private:
  at::Tensor combined() override {
    if (!sum_.defined()) {
      compute(own_.numel());
      if (packed_) unpack_in_place(own_, count_);
      return own_;
    }
    complete();
    const int64_t words = words_in(bytes());  // what a last word holds beyond them belongs to no plane
    add(words);
    for (const auto& other : others_) accumulate(writable(sum_), readable(other), words);
    if (planes_) unpack_in_place(sum_, count_);
    return sum_;
  }
  void compute(int64_t end) {
    if (computed_ >= end) return;
    compute_(computed_, end);
    computed_ = end;
  }
  void complete() {  // all of it, as it travels
    compute(own_.numel());
    if (planes_ && !std::exchange(packed_, true)) pack_in_place(own_, count_);
  }
  void add(int64_t end) {
    if (added_ >= end) return;
    accumulate(writable(sum_) + added_, readable(own_) + added_, end - added_);
    added_ = end;
  }
  void accumulate(uint64_t* sum, const uint64_t* part, int64_t count) const {
    const auto& runs = *kWordRuns[kernel_path()];
    parallel_for(count, kGrain, [&, run = planes_ ? runs.exclusive_or : runs.add](int64_t begin, int64_t end) {
      run(sum + begin, part + begin, static_cast<size_t>(end - begin));
    });
  }
  static int64_t words_in(size_t bytes) { return static_cast<int64_t>((bytes + kWord - 1) / kWord); }

  at::Tensor own_, sum_;
  std::function<void(int64_t, int64_t)> compute_;
  bool planes_;
  int64_t count_, unit_;  // elements of planes; words that are computed together: of planes, a tile's
  size_t bytes_;
  int64_t whole_;                     // words that lie as they travel from the start
  int first_ = -1;                    // peer
  std::vector<at::Tensor> others_;    // what the other peers sent
  int64_t computed_ = 0, added_ = 0;  // words
  bool packed_ = false;
};

// Words of fewer bits: each tile is sliced when it is about to be sent, and what comes is added up tile by tile.
class Packed final : public WireForm {
 public:
  Packed(const Party::Opening& opening, int bits)
      : own_(opening.words),
        compute_(opening.compute),
        bits_(bits),
        count_(own_.numel()),
        tiles_(tile_count(count_)),
        words_of_tile_(bits * kTileWords) {}

  size_t bytes() const override { return static_cast<size_t>(packed_size(count_, bits_)); }
  Bytes to_send() override {
    if (!packed_.defined()) packed_ = empty_words({tiles_, bits_, kTileWords});
    return {static_cast<const std::byte*>(packed_.const_data_ptr()), bytes()};
  }
  void needed(size_t count) override { prepare(tiles_of(count + static_cast<size_t>(words_of_tile_) * kWord - 1)); }
  MutableBytes receive_from(int peer) override {
    const auto& part = parts_.emplace_back(Part{peer, empty_words({tiles_, bits_, kTileWords})});
    return {static_cast<std::byte*>(part.planes.mutable_data_ptr()), bytes()};
  }
  void arrived(int peer, size_t count) override {
    const int64_t whole = count_ / kTileElements;  // the last tile, where it is shorter, is moved apart first
    for (auto& part : parts_)
      if (part.peer == peer) add(part, std::min({tiles_of(count), ready_, whole}));
  }

 private:
  struct Part {
    int peer;
    at::Tensor planes;
    int64_t added = 0;  // tiles
  };

  at::Tensor combined() override {
    prepare(tiles_);
    for (auto& part : parts_) {
      add(part, count_ / kTileElements);
      unpack_in_place(part.planes, count_);
      add(part, tiles_);
    }
    if (parts_.empty()) own_.bitwise_and_(mask_of(bits_));
    return own_;
  }

  // Tiles that lie wholly within the first `bytes`; the last one may be shorter.
  int64_t tiles_of(size_t count) const {
    return count >= bytes() ? tiles_ : static_cast<int64_t>(count / (static_cast<size_t>(words_of_tile_) * kWord));
  }
  int64_t elements_of(int64_t tile) const { return std::min(kTileElements, count_ - tile * kTileElements); }

  // Tiles before `end` are computed, and packed if they are sent.
  void prepare(int64_t end) {
    if (ready_ >= end) return;
    if (compute_) compute_(ready_ * kTileElements, std::min(end * kTileElements, count_));
    const auto slice = tile_planes(kernel_path()).slice;
    if (packed_.defined()) {
      uint64_t* const planes = writable(packed_);
      parallel_for(end - ready_, kTileGrain, [&, first = ready_](int64_t from, int64_t to) {
        std::array<uint64_t, kTileElements> last;
        for (int64_t tile = first + from; tile < first + to; ++tile) {
          const uint64_t* words = readable(own_) + tile * kTileElements;
          if (const int64_t elements = elements_of(tile); elements < kTileElements) {
            std::fill(std::copy_n(words, elements, last.begin()), last.end(), 0);
            words = last.data();
          }
          slice(words, 0, bits_, planes + tile * words_of_tile_);
        }
      });
      if (end == tiles_) pack_in_place(packed_, count_);
    }
    ready_ = end;
  }

  void add(Part& part, int64_t end) {
    if (part.added >= end) return;
    const auto unslice = tile_planes(kernel_path()).unslice;
    const auto sum = kWordRuns[kernel_path()]->add;
    const auto mask = static_cast<uint64_t>(mask_of(bits_));
    parallel_for(end - part.added, kTileGrain, [&, first = part.added](int64_t from, int64_t to) {
      std::array<uint64_t, kTileElements> words;
      for (int64_t tile = first + from; tile < first + to; ++tile) {
        unslice(readable(part.planes) + tile * words_of_tile_, kTileWords, 0, bits_, words.data());
        uint64_t* const own = writable(own_) + tile * kTileElements;
        sum(own, words.data(), static_cast<size_t>(elements_of(tile)));
        for (int64_t i = 0; i < elements_of(tile); ++i) own[i] &= mask;
      }
    });
    part.added = end;
  }

  at::Tensor own_;
  std::function<void(int64_t, int64_t)> compute_;
  int bits_;
  int64_t count_, tiles_, words_of_tile_;
  at::Tensor packed_;        // what is sent; undefined if nothing is
  std::vector<Part> parts_;  // what the peers sent
  int64_t ready_ = 0;        // tiles
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
  if (opening.xor_planes || bits == 64) return std::make_unique<AsItLies>(opening);
  return std::make_unique<Packed>(opening, bits);
}

}  // namespace crypten
