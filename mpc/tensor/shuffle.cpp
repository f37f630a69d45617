#include "mpc/tensor/shuffle.h"

#include <string>
#include <utility>

#include "crypten_core/error.h"
#include "mpc/protocol/shuffle.h"
#include "mpc/tensor/error_codes.h"
#include "mpc/tensor/operation_scope.h"

namespace crypten {

std::vector<MPCTensor> shuffle(const std::vector<MPCTensor>& tensors) {
  if (tensors.empty()) throw InvalidArgument(tensor_code::join, "shuffle: no tensors", "shuffle", "the list is empty", "pass at least one");
  const OperationScope op("shuffle", tensors);
  std::vector<ArithmeticShared> shares;
  for (const auto& x : tensors) {
    if (x.dim() == 0) throw InvalidArgument(tensor_code::dims, "shuffle: a number has no rows", "shuffle", "one tensor has no dimension", "pass tensors of at least one dimension");
    if (x.sizes()[0] != tensors[0].sizes()[0])
      throw InvalidArgument(tensor_code::shape_mismatch, "shuffle: tensors of different numbers of rows", "shuffle", shape_text(tensors[0].sizes()) + " and " + shape_text(x.sizes()),
                            "one order is for equally many rows");
    shares.push_back(x.share());
  }
  const auto shuffled = shuffle(op.party(), shares);
  std::vector<MPCTensor> results;
  for (size_t i = 0; i < tensors.size(); ++i) results.emplace_back(tensors[i].party(), shuffled[i], tensors[i].fraction_bits(), tensors[i].dithered());
  return results;
}

MPCTensor shuffle(const MPCTensor& x) { return shuffle(std::vector{x})[0]; }

MPCTensor randperm(std::shared_ptr<Party> party, int64_t n, at::Device device) {
  if (!party) throw InvalidArgument(tensor_code::undefined, "randperm: no party", "randperm", "the party is null", "initialise a session first");
  party->check_open();
  const Scope scope = party->scope("randperm");
  if (n < 0) throw InvalidArgument(tensor_code::negative_size, "randperm: negative size", "randperm", std::to_string(n), "pass the number of places");
  auto order = random_permutation(*party, n, device);
  return MPCTensor(std::move(party), std::move(order), 0);
}

}  // namespace crypten
