#include "mpc/sharing/arithmetic_shared.h"

#include <utility>

#include "crypten_core/aten.h"
#include "mpc/sharing/opening_cache.h"

namespace crypten {

namespace {

// Of a share that was never given a value: an empty one.
const ArithmeticShared::Cache& known(const std::shared_ptr<ArithmeticShared::Cache>& cache) {
  static const ArithmeticShared::Cache empty;
  return cache ? *cache : empty;
}

}  // namespace

struct LinearMaps {
  // A static share whose words are given up, known by its opening.
  static ArithmeticShared of_opening(MaskedPtr opening, bool adds_value) {
    ArithmeticShared result(RingTensor{}, std::move(opening));
    auto& cache = *result.cache_;
    cache.is_static = true;
    cache.adds_value = adds_value;
    cache.layout = cache.masked->value.words();
    return result;
  }

  // `share` is a linear map of `root`; its opening is `derive` of the root's.
  static ArithmeticShared follow(RingTensor share, const ArithmeticShared& root, std::function<MaskedPtr(const MaskedPtr&)> derive) {
    ArithmeticShared result(std::move(share));
    result.cache_->is_static = root.cache_->is_static;
    result.cache_->root = root;
    result.cache_->derive = std::move(derive);
    return result;
  }

  // The sum or difference of a and b: follows the operand that is not open yet (or b, where both are).
  static ArithmeticShared combine(RingTensor share, const ArithmeticShared& a, const ArithmeticShared& b, MaskedPtr (*merge)(const MaskedPtr&, const MaskedPtr&)) {
    const auto of_a = a.masked(), of_b = b.masked();
    if (!of_a && !of_b) return ArithmeticShared(std::move(share));
    const bool a_known = of_a != nullptr;
    const auto known = a_known ? of_a : of_b;
    const auto& root = a_known ? b : a;
    if (!(of_a && of_b) && !known->constant_coefficients()) return ArithmeticShared(std::move(share));
    auto result = follow(std::move(share), root, [known, a_known, merge](const MaskedPtr& other) -> MaskedPtr {
      if (known->terms.size() + other->terms.size() > kMostTerms) return nullptr;
      return a_known ? merge(known, other) : merge(other, known);
    });
    result.cache_->is_static = root.cache_->is_static && (known->terms.empty() || (a_known ? a : b).cache_->is_static);
    return result;
  }
};

MaskedPtr ArithmeticShared::Cache::follow(const MaskedPtr& root_opening) {
  masked = derive(root_opening);
  root = {};
  derive = nullptr;
  return masked;
}

void ArithmeticShared::Cache::give_up(bool first) {
  if (!is_static || !layout.defined() || layout.numel() < kFewestGivenUp || !masked || !masked->opened()) return;
  adds_value = first;
  share = {};
}

ArithmeticShared::ArithmeticShared(RingTensor share, MaskedPtr masked) : cache_(std::make_shared<Cache>()) {
  cache_->share = std::move(share);
  cache_->masked = std::move(masked);
}

bool ArithmeticShared::defined() const { return cache_ && (cache_->share.defined() || cache_->given_up()); }

const RingTensor& ArithmeticShared::share() const {
  if (cache_ && cache_->given_up()) cache_->share = own_share(*cache_->masked, cache_->adds_value);
  return known(cache_).share;
}

at::IntArrayRef ArithmeticShared::sizes() const {
  const auto& cache = known(cache_);
  return cache.layout.defined() ? cache.layout.sizes() : cache.share.sizes();
}

int64_t ArithmeticShared::numel() const {
  const auto& cache = known(cache_);
  return cache.layout.defined() ? cache.layout.numel() : cache.share.numel();
}

at::Device ArithmeticShared::device() const {
  const auto& cache = known(cache_);
  return cache.given_up() ? cache.masked->device : cache.share.device();
}

MaskedPtr ArithmeticShared::masked() const {
  if (!cache_) return nullptr;
  if (!cache_->masked && cache_->root.defined())
    if (const auto opening = cache_->root.masked()) cache_->follow(opening);
  if (cache_->masked) settle(cache_->masked);
  return cache_->masked;
}

bool ArithmeticShared::opened() const {
  const auto opening = masked();
  return opening && opening->opened();
}

ArithmeticShared ArithmeticShared::view(const View& view, bool keeps_every_element) const {
  if (cache_->given_up())
    if (auto opening = crypten::view(cache_->masked, view)) return LinearMaps::of_opening(std::move(opening), cache_->adds_value);
  RingTensor moved(view(share().words()));
  const auto derive = [view](const MaskedPtr& opening) { return crypten::view(opening, view); };
  if (keeps_every_element || masked()) return LinearMaps::follow(std::move(moved), *this, derive);
  ArithmeticShared part(std::move(moved));  // opening the whole for a part of it would send too much
  part.cache_->is_static = cache_->is_static;
  return part;
}

ArithmeticShared ArithmeticShared::to(at::Device device) const {
  if (cache_->given_up()) {
    auto opening = moved(cache_->masked, device);
    opening->device = opening->value.device();  // with its index
    return LinearMaps::of_opening(std::move(opening), cache_->adds_value);
  }
  RingTensor there(share().words().to(device));
  const auto place = there.device();  // with its index
  return LinearMaps::follow(std::move(there), *this, [place](const MaskedPtr& opening) { return moved(opening, place); });
}

ArithmeticShared as_static(const ArithmeticShared& x) {
  auto& cache = *x.cache();
  cache.is_static = true;
  if (!cache.layout.defined()) cache.layout = layout_of(x.sizes());
  return x;
}

ArithmeticShared operator+(const ArithmeticShared& a, const ArithmeticShared& b) {
  return LinearMaps::combine(a.share() + b.share(), a, b, [](const MaskedPtr& x, const MaskedPtr& y) { return add(x, y); });
}

ArithmeticShared operator-(const ArithmeticShared& a, const ArithmeticShared& b) {
  return LinearMaps::combine(a.share() - b.share(), a, b, [](const MaskedPtr& x, const MaskedPtr& y) { return add(x, negate(y)); });
}

ArithmeticShared operator-(const ArithmeticShared& a) {
  return LinearMaps::follow(-a.share(), a, [](const MaskedPtr& opening) { return negate(opening); });
}

ArithmeticShared operator*(const ArithmeticShared& a, int64_t factor) {
  return LinearMaps::follow(a.share() * factor, a, [factor](const MaskedPtr& opening) { return scale(opening, factor); });
}

ArithmeticShared operator*(const ArithmeticShared& a, const RingTensor& factor) { return ArithmeticShared(a.share() * factor); }

}  // namespace crypten
