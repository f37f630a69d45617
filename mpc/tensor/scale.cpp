#include "mpc/tensor/scale.h"

#include <algorithm>

namespace crypten {

void bring_back(const std::vector<MPCTensor>& tensors, int bits) {
  std::vector<MPCTensor> longer;
  for (const MPCTensor& tensor : tensors) {
    const auto same = [&](const MPCTensor& other) { return other.same_handle(tensor); };
    if (tensor.fraction_bits() > bits && std::ranges::none_of(longer, same)) longer.push_back(tensor);
  }
  if (longer.size() == 1) {
    longer.front().at_most(bits);
  } else if (longer.size() > 1) {
    std::vector<std::function<void()>> work;
    for (const MPCTensor& tensor : longer) work.emplace_back([&tensor, bits] { tensor.at_most(bits); });
    longer.front().party()->together(std::move(work));
  }
}

Aligned align(const std::vector<MPCTensor>& tensors) {
  const int precision = tensors.front().party()->config().precision_bits;
  const auto smaller_scale = [](const MPCTensor& a, const MPCTensor& b) { return a.fraction_bits() < b.fraction_bits(); };
  const auto [least, most] = std::ranges::minmax_element(tensors, smaller_scale);
  if (least->fraction_bits() != most->fraction_bits() && most->fraction_bits() > 2 * precision) {
    std::vector<MPCTensor> wide;
    for (const MPCTensor& tensor : tensors) {
      if (tensor.fraction_bits() > 2 * precision) wide.push_back(tensor);
    }
    bring_back(wide, precision);
  }
  Aligned aligned;
  aligned.fraction_bits = std::ranges::max_element(tensors, smaller_scale)->fraction_bits();
  for (const MPCTensor& tensor : tensors) aligned.shares.push_back(tensor.widened(aligned.fraction_bits));
  return aligned;
}

AlignedPlain align(const MPCTensor& x, const Plain& plain) {
  const int precision = x.party()->config().precision_bits;
  if (x.fraction_bits() > 2 * precision) x.at_most(precision);
  const int bits = std::max(x.fraction_bits(), plain.addend_bits(precision));
  return {x.widened(bits), plain.encoded(bits, x.device()), bits};
}

void fit_for_product(const MPCTensor& a, const MPCTensor& b) {
  const int precision = a.party()->config().precision_bits;
  if (a.fraction_bits() + b.fraction_bits() > 2 * precision) bring_back({a, b}, precision);
}

}  // namespace crypten
