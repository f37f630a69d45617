#include "mpc/provider/dealer.h"

#include <algorithm>
#include <array>
#include <string>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/word_runs.h"
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

using ClearValues = std::vector<ClearValue>;

ClearValues values_of(const std::vector<at::Tensor>& tensors) { return {tensors.begin(), tensors.end()}; }

// What a request defines, in clear, tensor by tensor.
ClearValues define(const ShareRequest& request, const MaskValues& masks) {
  ClearValues clear;
  for (const auto& item : request.items) clear.push_back(masks.term_blocks(item.term));
  return clear;
}

ClearValue product_blocks(const TermRef& a, const TermRef& b, const MaskValues& masks) {
  if (a == b) {
    return ClearValue([term = masks.term_blocks(a)](int64_t first, std::span<uint64_t> out) {
      term.read(first, out);
      kWordRuns[kernel_path()]->multiply(out.data(), out.data(), out.size());
    });
  }
  return ClearValue([left = masks.term_blocks(a), right = masks.term_blocks(b)](int64_t first, std::span<uint64_t> out) {
    std::array<uint64_t, 4 * kTileElements> words;
    left.read(first, out);
    for (; !out.empty(); first += static_cast<int64_t>(words.size())) {
      const auto block = std::span(words).first(std::min(out.size(), words.size()));
      right.read(first, block);
      kWordRuns[kernel_path()]->multiply(out.data(), block.data(), block.size());
      out = out.subspan(block.size());
    }
  });
}

ClearValues define(const ProductRequest& request, const MaskValues& masks) {
  ClearValues clear;
  for (const auto& [a, b, width] : request.pairs) {
    if (request.op.kind() == Bilinear::Kind::elementwise && a.sizes == b.sizes) clear.push_back(product_blocks(a, b, masks));
    else clear.push_back(request.op(RingTensor(masks.term(a)), RingTensor(masks.term(b))).words());
  }
  return clear;
}

ClearValues define(const CompareRequest& request, const MaskValues& masks) { return deal_comparison(request, masks); }
ClearValues define(const BitProductRequest& request, const MaskValues& masks) { return values_of(deal_bit_products(request, masks)); }
ClearValues define(const HarmonicRequest& request, const MaskValues& masks) { return {deal_harmonics(request, masks)}; }
ClearValues define(const PowerRequest& request, const MaskValues& masks) { return deal_powers(request, masks); }
ClearValues define(const ClassRequest& request, const MaskValues& masks) { return deal_class(request, masks); }

ClearValues define(const WordRequest& request, const MaskValues& masks) { return {deal_words(request, masks)}; }
ClearValues define(const OneHotRequest& request, const MaskValues& masks) { return {deal_one_hot(request, masks)}; }
ClearValues define(const PermutationRequest& request, const MaskValues& masks) { return values_of(deal_permutation(request, masks)); }

Digest digest(const Request& request) {
  const std::string bytes = canonical(request);
  return sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace

ByteVector deal(const DealerStreams& streams, const Ring& ring, const Request& request, const MaskCache::Session* kept) {
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

  const MaskValues masks(streams, ring, kept);
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
