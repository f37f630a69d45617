#include "crypten_core/lazy_words.h"

#include <c10/util/accumulate.h>

#include <algorithm>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/thread_pool.h"

namespace crypten {
namespace {

constexpr int64_t kBlocksPerThread = 32;  // worth another thread

}  // namespace

LazyWords::LazyWords(std::vector<int64_t> sizes, Read read) : made_(std::make_shared<Made>()) {
  made_->count = c10::multiply_integers(sizes);
  made_->sizes = std::move(sizes);
  made_->read = std::move(read);
}

const at::Tensor& LazyWords::words() const {
  if (!made_) return words_;
  if (made_->words.defined()) return made_->words;
  auto all = at::empty(made_->sizes, at::kLong);
  const std::span out(mutable_words_of(all), static_cast<size_t>(made_->count));
  parallel_for((made_->count + kBlock - 1) / kBlock, kBlocksPerThread, [&](int64_t begin, int64_t end) {
    const int64_t first = begin * kBlock, last = std::min(end * kBlock, made_->count);
    for (int64_t i = first; i < last; i += kBlock)
      made_->read(i, out.subspan(static_cast<size_t>(i), static_cast<size_t>(std::min(kBlock, last - i))));
  });
  made_->words = std::move(all);
  made_->read = {};  // what it read from, a stream's key above all, is not kept for longer than it is needed
  return made_->words;
}

const uint64_t* LazyWords::block(int64_t first, std::span<uint64_t> room) const {
  if (there()) return words_of(words()) + first;
  made_->read(first, room);
  return room.data();
}

}  // namespace crypten
