#include "mpc/protocol/shuffle.h"

#include <string>
#include <utility>

#include "crypten_core/aten.h"
#include "crypten_core/error.h"
#include "mpc/error_codes.h"
#include "mpc/protocol/open.h"
#include "mpc/protocol/share.h"
#include "mpc/provider/permutation.h"

namespace crypten {
namespace {

void check(bool holds, const std::string& why) {
  if (!holds) throw InvalidArgument(mpc_code::invalid_argument, "these tensors cannot be shuffled", "shuffle", why, "pass tensors with equally many rows");
}

// The turn of one party. Tensors: own shares of sizes {rows, columns, …}.
void take_turn(Party& party, std::vector<at::Tensor>& tensors, int turn) {
  const int64_t rows = tensors[0].size(0), columns = tensors[0].size(1);
  // Words of the stream that this party shares with the dealer; those of the other parties at these positions are used for nothing.
  const auto keys = party.rng().take_mask({permutation_draws(rows), columns}, at::kCPU, false);
  PermutationRequest request{.rank = turn, .keys = keys.ref};
  std::vector<RingTensor> shares, masks;
  for (const auto& tensor : tensors) {
    auto mask = party.rng().take_mask(tensor.sizes(), tensor.device(), false);
    request.masks.push_back({std::move(mask.ref)});
    shares.emplace_back(tensor), masks.push_back(std::move(mask.share));
  }
  const auto dealt = party.provider().request(std::move(request), tensors[0].device());
  const auto opened = open_to(party, shares, masks, turn, "shuffle");
  const auto order = party.rank() == turn ? permutations(keys.share.words(), rows) : at::Tensor();
  for (size_t i = 0; i < tensors.size(); ++i) {
    tensors[i] = dealt.ring(i).words();
    if (party.rank() == turn) tensors[i] = at::add(tensors[i], permute_rows(opened[i].words(), order.to(opened[i].device())));
  }
}

}  // namespace

std::vector<ArithmeticShared> shuffle(Party& party, std::span<const ArithmeticShared> tensors, Orders orders) {
  const auto at = party.scope("shuffle");
  party.check_open("shuffle");
  const bool columns = orders == Orders::of_each_column;
  check(!tensors.empty(), "there is none");
  for (const auto& x : tensors) {
    check(x.dim() >= (columns ? 2 : 1), "one has too few dimensions");
    check(x.sizes()[0] == tensors[0].sizes()[0] && (!columns || x.sizes()[1] == tensors[0].sizes()[1]), "they have different numbers of rows or columns");
    party.scopes().fact(x.sizes());
  }
  if (tensors[0].sizes()[0] <= 1) return {tensors.begin(), tensors.end()};
  std::vector<at::Tensor> shares;
  for (const auto& x : tensors) shares.push_back((columns ? x.share().words() : x.share().words().unsqueeze(1)).contiguous());
  for (int turn = 0; turn < party.world_size(); ++turn) take_turn(party, shares, turn);
  std::vector<ArithmeticShared> results;
  for (auto& share : shares) results.emplace_back(RingTensor(columns ? share : share.squeeze(1)));
  return results;
}

ArithmeticShared shuffle(Party& party, const ArithmeticShared& x) { return shuffle(party, {&x, 1})[0]; }

ArithmeticShared random_permutation(Party& party, int64_t n, at::Device device) {
  const auto at = party.scope("random permutation");
  party.check_open("random_permutation");
  party.scopes().fact(std::to_string(n));
  check(n >= 0, "a negative number of rows");
  RingTensor own;
  if (party.rank() == 0) own = RingTensor(permutations(party.rng().private_words({permutation_draws(n), 1}).words(), n).view({n}).to(device));
  const std::vector<int64_t> sizes{n};
  std::vector<at::Tensor> shares{share(party, own, sizes, 0, device).share().words().unsqueeze(1)};
  for (int turn = 1; n > 1 && turn < party.world_size(); ++turn) take_turn(party, shares, turn);
  return ArithmeticShared(RingTensor(shares[0].squeeze(1)));
}

}  // namespace crypten
