#include "tests/mpc/secrecy/stage.h"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <variant>

#include "comm/communicator.h"
#include "comm/frame.h"
#include "crypten_core/kernels/bit_slice.h"
#include "mpc/provider/dealer.h"
#include "tests/support/run_communicators.h"
#include "tests/support/tapped_channel.h"

namespace crypten::secrecy {

class Stage::Streams final : public RankStreams {
 public:
  Streams(Stage& stage, int rank) : stage_(stage), rank_(rank) {}
  std::shared_ptr<const WordSource> masks(uint64_t call) const override {
    return stage_.source(rank_, {.role = StreamName::Role::mask, .first = rank_, .call = call});
  }
  std::shared_ptr<const WordSource> outputs(const Digest& request) const override {
    return stage_.source(rank_, stage_.output_stream(rank_, request));
  }

 private:
  Stage& stage_;
  int rank_;
};

// The dealer: its production function, called when it is asked.
class Stage::Corrections final : public CorrectionSource {
 public:
  explicit Corrections(Stage& stage) : stage_(stage) {
    for (int rank = 0; rank < stage.case_.parties; ++rank) streams_.push_back(std::make_shared<Streams>(stage, rank));
  }
  std::shared_ptr<Pending> request(const Request& request, uint64_t bytes) override {
    stage_.announce(request);
    bytes_ += bytes;
    if (!stage_.layout_) return std::make_shared<Answer>(ByteVector(bytes, std::byte{}));
    auto correction = deal(streams_, stage_.case_.ring, request);
    if (stage_.case_.replayed && !stage_.corrections.empty()) correction = stage_.corrections.front().bytes;
    stage_.deliver(request, correction);
    return std::make_shared<Answer>(std::move(correction));
  }
  void flush() override {}
  uint64_t bytes_received() const override { return bytes_; }

 private:
  struct Answer final : Pending {
    explicit Answer(ByteVector b) : bytes(std::move(b)) {}
    ByteVector wait() override { return bytes; }
    ByteVector bytes;
  };
  Stage& stage_;
  DealerStreams streams_;
  uint64_t bytes_ = 0;
};

std::shared_ptr<const WordSource> Stage::source(int reader, const StreamName& name) {
  if (layout_) return std::make_shared<PrescribedWords>(layout_, name);
  const std::lock_guard lock(mutex_);
  auto& counted = counted_[{reader, name}];
  if (!counted) counted = std::make_shared<CountedWords>();
  return counted;
}

// Requests are known by their digests; the rank that a request corrects, which runs the same program, says which is which.
StreamName Stage::output_stream(int rank, const Digest& digest) {
  std::unique_lock lock(mutex_);
  const auto deadline = Clock::now() + std::chrono::minutes(2);
  while (!failed_ && !requests_.contains(digest) && Clock::now() < deadline) news_.wait_for(lock, std::chrono::milliseconds(20));
  if (!requests_.contains(digest)) throw std::logic_error("the corrected rank did not make a request that another one made");
  const auto [call, index] = requests_.at(digest);
  return {.role = StreamName::Role::output, .first = rank, .call = call, .request = index};
}

void Stage::announce(const Request& request) {
  const std::string bytes = canonical(request);
  const std::lock_guard lock(mutex_);
  requests_[sha256(std::as_bytes(std::span(bytes)))] = {request.call, request.index};
  news_.notify_all();
  if (layout_) return;
  note_rows(request);
  const auto shapes = dealt_shapes(request, case_.ring);
  for (int rank = 0; rank < case_.parties; ++rank) {
    if (rank == request.corrected) continue;
    auto& draws = dealt_.streams[{.role = StreamName::Role::output, .first = rank, .call = request.call, .request = request.index}];
    for (const auto& shape : shapes) {
      const bool planes = shape.width == 0;
      if (planes && shape.count % kTileElements != 0) throw std::logic_error("a dealt tensor that is not enumerated");
      const int rows = planes ? static_cast<int>(shape.count / kTileElements) : 1;
      const size_t count =
          planes ? static_cast<size_t>(rows * shape.planes) : static_cast<size_t>(c10::multiply_integers(shape.sizes) / kTileElements);
      const int width = planes ? 1 : std::min(shape.width, bits());
      draws.push_back({planes              ? Draw::Unit::planes
                       : shape.width == 64 ? Draw::Unit::words
                                           : Draw::Unit::narrow,
                       std::vector<Variable>(count, Variable{.width = width}), shape.width, rows});
    }
  }
}

void Stage::deliver(const Request& request, const ByteVector& bytes) {
  const std::lock_guard lock(mutex_);
  corrections.push_back({request.corrected, dealt_shapes(request, case_.ring), bytes});
}

// How many rows a block of mask bits has does not follow from its length.
void Stage::note_rows(const Request& request) {
  const auto note = [this](const BitMaskRef& bits) { bit_rows_[{bits.call, bits.offset}] = std::max(1, static_cast<int>(bits.count / kTileElements)); };
  const auto of_term = [&](const TermRef& term) {
    if (term.kind == TermRef::Kind::bit) note(term.bit);
  };
  if (const auto* compare = std::get_if<CompareRequest>(&request.body)) note(compare->bits);
  if (const auto* bits = std::get_if<BitProductRequest>(&request.body)) std::ranges::for_each(bits->factors, note);
  if (const auto* shares = std::get_if<ShareRequest>(&request.body))
    for (const auto& item : shares->items) of_term(item.term);
  if (const auto* products = std::get_if<ProductRequest>(&request.body))
    for (const auto& pair : products->pairs) of_term(pair.a), of_term(pair.b);
}

// One share of each input is what the others leave: that of an honest party, so that fewer words are enumerated.
at::Tensor Stage::secret_share(int rank, size_t input, Draw::Unit unit, bool exclusive_or) {
  const auto count = static_cast<int64_t>(unit == Draw::Unit::words ? elements() : elements() / 64);
  const auto name = [input](int p) { return StreamName{.role = StreamName::Role::secret, .first = p, .request = input}; };
  const auto words = [&](int p) {
    auto out = at::zeros({count}, at::kLong);
    if (layout_)
      PrescribedWords(layout_, name(p)).fill({reinterpret_cast<uint64_t*>(out.data_ptr<int64_t>()), static_cast<size_t>(count)}, 0);
    return out;
  };
  if (!layout_) {
    const std::lock_guard lock(mutex_);
    for (int p = 0; p < case_.parties; ++p)
      if (p != derived_rank_) dealt_.streams[name(p)] = {draw_of(static_cast<uint64_t>(count), bits())};
  }
  if (rank != derived_rank_) return words(rank);
  auto rest = unit == Draw::Unit::words ? inputs_[input].clone() : slice_bits(inputs_[input], 0, 1).flatten();
  for (int p = 0; p < case_.parties; ++p) {
    if (p == derived_rank_) continue;
    if (exclusive_or) rest.bitwise_xor_(words(p));
    else rest.sub_(words(p)).bitwise_and_(static_cast<int64_t>(low_mask(bits())));
  }
  return rest;
}

StreamFactory Stage::pairwise(const Session& session) {
  return [this, session](const Key& key) -> std::shared_ptr<const WordSource> {
    for (uint64_t call = 0; call < 8; ++call)
      for (int p = 0; p < session.world_size; ++p)
        if (p != session.rank && key == derive_key(session.pair[static_cast<size_t>(p)], "zero", call))
          return source(session.rank, {StreamName::Role::zero, std::min(p, session.rank), std::max(p, session.rank), call});
    return std::make_shared<PrescribedWords>(std::make_shared<const Layout>(), StreamName{});  // public coins: no verb draws any
  };
}

std::unique_ptr<Channel> Stage::tapped(int rank, int peer, std::unique_ptr<Channel> channel) {
  // A large frame comes in two messages, cut within an opening: openings of whole tiles have sizes that are multiples of 64 bytes, the
  // first message has not.
  struct Frame {
    bool data = false;
    uint64_t rest = 0;
  };
  auto tap = std::make_unique<testing::TappedChannel>(std::move(channel));
  tap->on_pieces = [this, rank, peer, frame = Frame()](std::span<const Bytes> pieces) mutable {
    bool cut = frame.rest != 0;
    if (!cut) {
      const auto header = decode_frame_header(pieces[0]).value();
      frame = {header.kind == FrameKind::data, header.payload_bytes};
    }
    pieces = pieces.subspan(1);  // the header, or the number of a further part
    const std::lock_guard lock(mutex_);
    for (const Bytes piece : pieces) {
      frame.rest -= piece.size();
      if (!frame.data) continue;
      auto& openings = sent[{rank, peer}];
      if (std::exchange(cut, false)) openings.back().insert(openings.back().end(), piece.begin(), piece.end());
      else openings.emplace_back(piece.begin(), piece.end());
    }
  };
  return tap;
}

void Stage::play(int rank, std::vector<std::unique_ptr<Channel>> channels) {
  const Session session =
      handshake({.rank = rank, .world_size = case_.parties, .run_id = "secrecy"}, channels, Clock::now() + std::chrono::seconds(60));
  for (int peer = 0; peer < case_.parties; ++peer)
    if (peer != rank) channels[static_cast<size_t>(peer)] = tapped(rank, peer, std::move(channels[static_cast<size_t>(peer)]));
  const auto corrected = case_.in_turn ? CorrectedRanks::in_turn(case_.parties) : CorrectedRanks::always(case_.parties, case_.parties - 1);
  auto provider = std::make_unique<Provider>(rank, corrected, case_.ring, std::make_shared<Streams>(*this, rank),
                                             corrected.includes(rank) ? std::make_shared<Corrections>(*this) : nullptr);
  Party party(std::make_unique<Communicator>(session, std::move(channels)), std::move(provider), nullptr, pairwise(session));
  Run run(
      rank, bits(), inputs_, [&](size_t j, Draw::Unit unit) { return secret_share(rank, j, unit, true); },
      [&](size_t j, Draw::Unit unit) { return secret_share(rank, j, unit, false); });
  case_.program(run, party);
  party.close();
  const std::lock_guard lock(mutex_);
  outputs[static_cast<size_t>(rank)] = std::move(run.outputs);
  right = right && run.right;
}

void Stage::run() {
  outputs.resize(static_cast<size_t>(case_.parties));
  // Messages in one piece for each opening, however long.
  LocalNetwork network(case_.parties, size_t{1} << 30);
  std::exception_ptr first;
  testing::run_ranks(
      network, [&](int rank, std::vector<std::unique_ptr<Channel>> channels) { play(rank, std::move(channels)); },
      [&](std::exception_ptr error) {
        if (!first) first = error;
        {
          const std::lock_guard lock(mutex_);
          failed_ = true;
        }
        news_.notify_all();
        network.abort("another rank failed");
      });
  if (first) std::rethrow_exception(first);
}

Layout Stage::rehearsed() const {
  Layout layout = dealt_;
  for (const auto& [key, words] : counted_) {
    const auto& [reader, name] = key;
    if (name.role == StreamName::Role::output || reader != name.first) continue;  // a pair's stream is read by both
    auto& draws = layout.streams[name];
    uint64_t position = 0;
    for (const uint64_t length : words->lengths) {
      const auto rows = bit_rows_.find({name.call, position});
      if (name.role == StreamName::Role::mask && rows != bit_rows_.end())
        draws.push_back({Draw::Unit::planes, std::vector<Variable>(length / kTileWords, Variable{.width = 1}), 64, rows->second});
      else
        draws.push_back(draw_of(length, bits()));
      position += length;
    }
  }
  return layout;
}

}  // namespace crypten::secrecy
