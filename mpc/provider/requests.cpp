#include "mpc/provider/requests.h"

#include <string>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/narrow_words.h"
#include "mpc/provider/class_plan.h"
#include "mpc/provider/comparison_plan.h"
#include "mpc/provider/error_codes.h"
#include "mpc/provider/permutation.h"
#include "mpc/provider/request_limits.h"
#include "mpc/provider/word_plan.h"

namespace crypten {
namespace {

[[noreturn]] void refuse(std::string why) {
  throw InvalidArgument(provider_code::invalid_request, "a request that the dealer cannot answer", "dealt_shapes", std::move(why),
                        "split the operation, or report this if no single tensor is that large");
}

uint64_t elements(const std::vector<int64_t>& sizes) {
  uint64_t product = 1;
  for (const int64_t size : sizes) product *= static_cast<uint64_t>(size);
  return product;
}

DealtShape additive(int width, std::vector<int64_t> sizes) { return {.width = width, .sizes = std::move(sizes)}; }
DealtShape bits(int planes, int64_t count) { return {.width = 0, .planes = planes, .count = count}; }

std::vector<DealtShape> shapes_of(const ShareRequest& request, const Ring&) {
  std::vector<DealtShape> shapes;
  for (const auto& item : request.items) shapes.push_back(additive(item.width, item.term.sizes));
  return shapes;
}

std::vector<DealtShape> shapes_of(const ProductRequest& request, const Ring&) {
  std::vector<DealtShape> shapes;
  for (const auto& pair : request.pairs) shapes.push_back(additive(pair.width, request.op.output_sizes(pair.a.sizes, pair.b.sizes)));
  return shapes;
}

std::vector<DealtShape> shapes_of(const CompareRequest& request, const Ring& ring) {
  if (request.first_bit + request.compared_bits > ring.bits) refuse("a comparison is of at most as many bits as the ring has");
  const ComparisonPlan& plan = comparison_plan(request, ring);
  if (request.bits.planes != plan.opened_bits) refuse("a comparison opens more bits than it has mask bits for");
  return {bits(request.tables ? plan.table_planes : 0, request.bits.count), bits(plan.product_planes, request.bits.count)};
}

std::vector<DealtShape> shapes_of(const BitProductRequest& request, const Ring&) {
  const int factors = static_cast<int>(request.factors.size());
  return {bits((1 << factors) - factors - 1, request.factors.front().count)};
}

std::vector<DealtShape> shapes_of(const HarmonicRequest& request, const Ring&) {
  return {additive(request.width, {static_cast<int64_t>(2 * request.harmonics.size()), static_cast<int64_t>(elements(request.masks.front().sizes))})};
}

std::vector<DealtShape> shapes_of(const PowerRequest& request, const Ring& ring) {
  if (request.low_bits + request.high_bits > ring.bits) refuse("digits are of bits of the ring");
  return std::vector<DealtShape>(size_t{1} << request.high_bits, additive(request.width, request.masks.front().sizes));
}

std::vector<DealtShape> shapes_of(const ClassRequest& request, const Ring& ring) {
  const ClassPlan& plan = class_plan(request, ring);
  if (request.bits.planes != plan.opened_bits) refuse("a size class opens more bits than it has mask bits for");
  return {bits(plan.table_planes, request.bits.count), bits(plan.product_planes, request.bits.count)};
}

std::vector<DealtShape> shapes_of(const WordRequest& request, const Ring& ring) {
  const WordPlan& plan = word_plan(request.kind, request.word_bits, ring);
  if (request.bits.planes != plan.opened_bits) refuse("a sum of words opens more bits than it has mask bits for");
  return {bits(static_cast<int>(plan.products.size()), request.bits.count)};
}

std::vector<DealtShape> shapes_of(const OneHotRequest& request, const Ring& ring) {
  return {additive(ring.bits, {(int64_t{1} << request.bits) - 1, static_cast<int64_t>(elements(request.masks.front().sizes))})};
}

std::vector<DealtShape> shapes_of(const PermutationRequest& request, const Ring& ring) {
  std::vector<DealtShape> shapes;
  for (const auto& masks : request.masks) shapes.push_back(additive(ring.bits, masks.front().sizes));
  return shapes;
}

// Shifts and bits of a term against the ring, which a request's own limits do not know.
void check_ring(const TermRef& term, const Ring& ring) {
  if (term.ring_bits > ring.bits) refuse("a term's ring is part of the party's");
  if (term.shift >= ring.bits) refuse("a shift is smaller than the ring's number of bits");
}
void check_ring(const ShareRequest& request, const Ring& ring) {
  for (const auto& item : request.items) check_ring(item.term, ring);
}
void check_ring(const ProductRequest& request, const Ring& ring) {
  for (const auto& pair : request.pairs) check_ring(pair.a, ring), check_ring(pair.b, ring);
}
void check_ring(const CompareRequest&, const Ring&) {}
void check_ring(const BitProductRequest&, const Ring&) {}
void check_ring(const HarmonicRequest& request, const Ring& ring) {
  if (request.angle_bits > ring.bits) refuse("an angle has at most as many bits as the ring");
}
void check_ring(const PowerRequest& request, const Ring& ring) {
  for (const auto& sign : request.sign) check_ring(sign, ring);
}
void check_ring(const ClassRequest& request, const Ring& ring) {
  if (request.low_bit + request.chunks * ring.chunk_bits > ring.bits) refuse("the chunks of a size class are of bits of the ring");
}

void check_ring(const WordRequest& request, const Ring& ring) {
  if (request.word_bits > ring.bits) refuse("a word has at most as many bits as the ring");
}
void check_ring(const OneHotRequest& request, const Ring& ring) {
  if (request.first_bit + request.bits > ring.bits) refuse("the place in a table is of bits of the ring");
}
void check_ring(const PermutationRequest&, const Ring&) {}

void rename(MaskExpression& masks, uint64_t from, uint64_t to) {
  for (auto& mask : masks) {
    if (mask.call == from) mask.call = to;
  }
}
void rename(BitMaskRef& bit, uint64_t from, uint64_t to) {
  if (bit.call == from) bit.call = to;
}
void rename(TermRef& term, uint64_t from, uint64_t to) {
  rename(term.masks, from, to);
  rename(term.bit, from, to);
}
void rename(ShareRequest& request, uint64_t from, uint64_t to) {
  for (auto& item : request.items) rename(item.term, from, to);
}
void rename(ProductRequest& request, uint64_t from, uint64_t to) {
  for (auto& pair : request.pairs) rename(pair.a, from, to), rename(pair.b, from, to);
}
void rename(CompareRequest& request, uint64_t from, uint64_t to) {
  rename(request.masks, from, to);
  rename(request.bits, from, to);
}
void rename(BitProductRequest& request, uint64_t from, uint64_t to) {
  for (auto& factor : request.factors) rename(factor, from, to);
}

void rename(HarmonicRequest& request, uint64_t from, uint64_t to) { rename(request.masks, from, to); }
void rename(PowerRequest& request, uint64_t from, uint64_t to) {
  rename(request.masks, from, to);
  for (auto& sign : request.sign) rename(sign, from, to);
}
void rename(ClassRequest& request, uint64_t from, uint64_t to) {
  rename(request.masks, from, to);
  rename(request.bits, from, to);
}

void rename(WordRequest& request, uint64_t from, uint64_t to) {
  rename(request.masks, from, to);
  rename(request.bits, from, to);
}
void rename(OneHotRequest& request, uint64_t from, uint64_t to) { rename(request.masks, from, to); }
void rename(PermutationRequest& request, uint64_t from, uint64_t to) {
  if (request.keys.call == from) request.keys.call = to;
  for (auto& masks : request.masks) rename(masks, from, to);
}

}  // namespace

uint64_t DealtShape::stream_words() const {
  if (width == 0) return static_cast<uint64_t>(tile_count(count) * planes * kTileWords);
  return (narrow_size(elements(sizes), width) + 7) / 8;
}

uint64_t DealtShape::correction_bytes() const {
  if (width == 0) return static_cast<uint64_t>(packed_size(count, planes));
  return narrow_size(elements(sizes), width);
}

std::vector<DealtShape> dealt_shapes(const Request& request, const Ring& ring) {
  if (const absl::Status status = check_request(request); !status.ok()) refuse(std::string(status.message()));
  auto shapes = std::visit([&](const auto& body) { return check_ring(body, ring), shapes_of(body, ring); }, request.body);
  if (const absl::Status status = check_dealt(shapes); !status.ok()) refuse(std::string(status.message()));
  return shapes;
}

Request in_call(Request request, uint64_t from, uint64_t to) {
  if (request.call == from) request.call = to;
  std::visit([&](auto& body) { rename(body, from, to); }, request.body);
  return request;
}

}  // namespace crypten
