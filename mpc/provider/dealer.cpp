#include "mpc/provider/dealer.h"

#include <string>

#include "crypten_core/error.h"
#include "mpc/provider/deal_class.h"
#include "mpc/provider/deal_comparison.h"
#include "mpc/provider/deal_harmonics.h"
#include "mpc/provider/deal_permutation.h"
#include "mpc/provider/deal_powers.h"
#include "mpc/provider/deal_words.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/share_layout.h"

namespace crypten {
namespace {

// What a request defines, in clear, tensor by tensor.
std::vector<at::Tensor> define(const ShareRequest& request, const MaskValues& masks) {
  std::vector<at::Tensor> clear;
  for (const auto& item : request.items) clear.push_back(masks.term(item.term));
  return clear;
}

std::vector<at::Tensor> define(const ProductRequest& request, const MaskValues& masks) {
  std::vector<at::Tensor> clear;
  for (const auto& pair : request.pairs) clear.push_back(request.op(RingTensor(masks.term(pair.a)), RingTensor(masks.term(pair.b))).words());
  return clear;
}

std::vector<at::Tensor> define(const CompareRequest& request, const MaskValues& masks) { return deal_comparison(request, masks); }
std::vector<at::Tensor> define(const BitProductRequest& request, const MaskValues& masks) { return deal_bit_products(request, masks); }
std::vector<at::Tensor> define(const HarmonicRequest& request, const MaskValues& masks) { return {deal_harmonics(request, masks)}; }
std::vector<at::Tensor> define(const PowerRequest& request, const MaskValues& masks) { return deal_powers(request, masks); }
std::vector<at::Tensor> define(const ClassRequest& request, const MaskValues& masks) { return deal_class(request, masks); }

std::vector<at::Tensor> define(const WordRequest& request, const MaskValues& masks) { return {deal_words(request, masks)}; }
std::vector<at::Tensor> define(const OneHotRequest& request, const MaskValues& masks) { return {deal_one_hot(request, masks)}; }
std::vector<at::Tensor> define(const PermutationRequest& request, const MaskValues& masks) { return deal_permutation(request, masks); }

Digest digest(const Request& request) {
  const std::string bytes = canonical(request);
  return sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace

ByteVector deal(const DealerStreams& streams, const Ring& ring, const Request& request) {
  if (request.corrected < 0 || static_cast<size_t>(request.corrected) >= streams.size()) {
    throw InvalidArgument(provider_code::invalid_dealer, "no such corrected rank", "deal",
                          "rank " + std::to_string(request.corrected) + " of " + std::to_string(streams.size()), "name one of the ranks");
  }
  const auto shapes = dealt_shapes(request, ring);
  const Digest name = digest(request);
  std::vector<std::shared_ptr<const WordSource>> others;
  for (size_t rank = 0; rank < streams.size(); ++rank) {
    if (rank != static_cast<size_t>(request.corrected)) others.push_back(streams[rank]->outputs(name));
  }
  uint64_t bytes = 0;
  for (const auto& shape : shapes) bytes += shape.correction_bytes();
  ByteVector corrections(bytes);

  const MaskValues masks(streams, ring);
  const auto clear = std::visit([&](const auto& body) { return define(body, masks); }, request.body);
  uint64_t position = 0;
  std::span<std::byte> out(corrections);
  for (size_t tensor = 0; tensor < shapes.size(); ++tensor) {
    const uint64_t size = shapes[tensor].correction_bytes();
    write_correction(clear[tensor], others, position, shapes[tensor], out.first(size));
    position += shapes[tensor].stream_words();
    out = out.subspan(size);
  }
  return corrections;
}

}  // namespace crypten
