#include "autograd/ops/sample.h"

#include <utility>

#include "mpc/tensor/sample.h"
#include "mpc/tensor/shuffle.h"
#include "mpc/tensor/table.h"

namespace crypten {

CrypTensor bernoulli(const CrypTensor& probabilities) { return CrypTensor(bernoulli(probabilities.value())); }
CrypTensor dropout(const CrypTensor& x, double p, bool training) { return CrypTensor(dropout(x.value(), p, training)); }


std::vector<CrypTensor> shuffle(const std::vector<CrypTensor>& tensors) {
  std::vector<MPCTensor> values;
  for (const auto& x : tensors) values.push_back(x.value());
  std::vector<CrypTensor> shuffled;
  for (auto& x : shuffle(values)) shuffled.emplace_back(std::move(x));
  return shuffled;
}

CrypTensor look_up(const Plain& table, const CrypTensor& index) { return CrypTensor(look_up(table, index.value())); }
CrypTensor look_up(const CrypTensor& table, const CrypTensor& index) { return CrypTensor(look_up(table.value(), index.value())); }

}  // namespace crypten
