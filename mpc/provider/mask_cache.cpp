#include "mpc/provider/mask_cache.h"

#include <c10/util/accumulate.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <new>
#include <span>
#include <vector>

#include "crypten_core/aten.h"

namespace crypten {
namespace {

constexpr size_t kMostDimensions = 8;  // of a mask that is kept: its name is short

uint64_t bytes_of(const at::Tensor& words) { return 8 * static_cast<uint64_t>(words.numel()); }

// A copy that is overwritten when nobody holds it any more. Undefined where there is no memory for it.
at::Tensor wiped_copy(const at::Tensor& words) {
  const auto count = static_cast<size_t>(words.numel());
  auto* const copy = new (std::nothrow) int64_t[count];
  if (!copy) return {};
  const auto wipe = [count](void* memory) {
    OPENSSL_cleanse(memory, count * sizeof(int64_t));
    delete[] static_cast<int64_t*>(memory);
  };
  std::copy_n(words.const_data_ptr<int64_t>(), count, copy);
  return at::from_blob(copy, words.sizes(), wipe, words.options());
}

std::string name_of(const Digest& session, const MaskRef& mask) {
  std::vector<int64_t> words{static_cast<int64_t>(mask.offset), mask.factor};
  words.insert(words.end(), mask.sizes.begin(), mask.sizes.end());
  words.insert(words.end(), mask.strides.begin(), mask.strides.end());
  std::string name(reinterpret_cast<const char*>(session.data()), session.size());
  return name.append(reinterpret_cast<const char*>(words.data()), words.size() * sizeof(int64_t));
}

}  // namespace

MaskCache::Session::Session(MaskCache& cache, const Digest& session) : cache_(cache), session_(session) {
  const std::lock_guard lock(cache_.mutex_);
  ++cache_.clients_[session_];
}

MaskCache::Session::~Session() {
  const std::lock_guard lock(cache_.mutex_);
  const auto clients = cache_.clients_.find(session_);
  if (--clients->second > 0) return;
  cache_.clients_.erase(clients);
  const std::string first(reinterpret_cast<const char*>(session_.data()), session_.size());
  for (auto entry = cache_.by_name_.lower_bound(first); entry != cache_.by_name_.end() && entry->first.starts_with(first);)
    cache_.erase((entry++)->second);
}

at::Tensor MaskCache::Session::words(const MaskRef& mask, const std::function<at::Tensor()>& expand) const {
  const bool is_static = mask.call == 0 && mask.sizes.size() <= kMostDimensions && c10::multiply_integers(mask.sizes) >= kFewestWords;
  if (cache_.bytes_ == 0 || !is_static) return expand();
  const std::string name = name_of(session_, mask);
  auto [kept, asked_before] = cache_.find(name);
  if (kept.defined()) return kept;
  auto words = expand();
  if (asked_before != 0) cache_.keep(name, words, asked_before);
  return words;
}

std::pair<at::Tensor, uint64_t> MaskCache::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) {
    entries_.splice(entries_.end(), entries_, known->second);
    const uint64_t asked_before = std::exchange(known->second->asked, ++now_);
    return {known->second->words, asked_before};
  }
  if (entries_.size() == kMostNames) erase(entries_.begin());
  by_name_[name] = entries_.insert(entries_.end(), {.name = name, .words = {}, .asked = ++now_});
  return {};
}

void MaskCache::keep(const std::string& name, const at::Tensor& words, uint64_t asked_before) {
  const std::lock_guard lock(mutex_);
  const auto known = by_name_.find(name);
  if (known == by_name_.end() || known->second->words.defined() || !make_room(bytes_of(words), asked_before)) return;
  known->second->words = wiped_copy(words);
  if (known->second->words.defined()) held_ += bytes_of(words);
}

bool MaskCache::make_room(uint64_t bytes, uint64_t asked_before) {
  if (bytes > bytes_) return false;
  for (auto entry = entries_.begin(); bytes > bytes_ - held_;) {
    if (entry == entries_.end() || entry->asked > asked_before) return false;
    const auto oldest = entry++;
    if (oldest->words.defined()) erase(oldest);
  }
  return true;
}

void MaskCache::erase(Entries::iterator entry) {
  if (entry->words.defined()) held_ -= bytes_of(entry->words);
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

uint64_t MaskCache::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

}  // namespace crypten
