#include "comm/exchange.h"

#include <algorithm>
#include <utility>

#include "comm/byte_codec.h"
#include "comm/refusal.h"

namespace crypten {

namespace {

using std::chrono::milliseconds;
constexpr auto kSlice = milliseconds(50);  // longest wait for one peer before the others are looked at
constexpr auto kInterruptPeriod = milliseconds(100);
constexpr auto kLastWordsGrace = milliseconds(100);   // for last words that were sent before a connection ended
constexpr auto kScopeWait = std::chrono::seconds(5);  // for the other side's text after a mismatch

Clock::duration seconds(double value) { return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value)); }

}  // namespace

Place Mesh::place() const {
  return {.rank = rank, .round = traffic.rounds, .scope = transcript ? printable(transcript->scope(), kLongestScope) : std::string()};
}

void Exchange::run(const std::vector<const std::vector<Bytes>*>& send, std::span<const std::vector<MutableBytes>> receive) {
  ++mesh_.traffic.rounds;
  for (int peer = 0; peer < static_cast<int>(mesh_.links.size()); ++peer) {
    if (!mesh_.links[peer]) continue;
    if (receive[peer].empty()) others_.push_back(peer);
    else awaited_.push_back({.peer = peer, .buffers = receive[peer], .progress = Clock::now()});
  }
  send_all(send);
  const auto start = Clock::now();
  receive_all();
  flush_all();
  mesh_.traffic.wait_seconds += std::chrono::duration<double>(Clock::now() - start).count();
}

// All peers get the same part before one gets the next. Between parts the transport is driven, and what came is taken: a long payload is
// computed, sent, received and combined side by side.
void Exchange::send_all(const std::vector<const std::vector<Bytes>*>& send) {
  const uint64_t word = mesh_.word();
  for (int peer = 0; peer < static_cast<int>(mesh_.links.size()); ++peer) {
    if (!mesh_.links[peer] || send[peer]->empty()) continue;
    mesh_.links[peer]->begin_send(FrameKind::data, word, *send[peer]);
    mesh_.traffic.bytes_sent += total_bytes(std::span<const Bytes>(*send[peer]));
    unsent_.push_back(peer);
  }
  try {
    while (!unsent_.empty()) {
      for (int peer : unsent_)
        if (send_part(peer) != Wire::ok) closed(peer);
      std::erase_if(unsent_, [this](int peer) { return mesh_.links[peer]->all_sent(); });
      if (!unsent_.empty()) take_what_came();
    }
  } catch (...) {
    finish_sending();
    throw;
  }
}

Wire Exchange::send_part(int peer) {
  PeerLink& link = *mesh_.links[peer];
  if (hooks_.needed) hooks_.needed(peer, link.next_part_end());
  return link.send_part();
}

void Exchange::finish_sending() {
  try {
    for (int peer : std::exchange(unsent_, {})) {
      while (!mesh_.links[peer]->all_sent() && send_part(peer) == Wire::ok) {
      }
    }
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): what was to be sent cannot be computed; the peers see a frame that breaks off
  }
}

void Exchange::take_what_came() {
  for (Awaited& one : awaited_) {
    while (!one.done && step(one, Clock::now())) {
    }
  }
}

void Exchange::receive_all() {
  const auto set_done_aside = [this] {
    for (const Awaited& one : awaited_) {
      if (one.done) others_.push_back(one.peer);
    }
    std::erase_if(awaited_, [](const Awaited& one) { return one.done; });
  };
  for (set_done_aside(); !awaited_.empty(); set_done_aside()) {
    if (step(awaited_.front(), Clock::now() + kSlice)) continue;
    take_what_came();
    for (int peer : others_) watch(peer);
    for (const Awaited& slow : awaited_) {
      if (!slow.done && Clock::now() - slow.progress > seconds(mesh_.round_timeout_s)) stalled(slow.peer);
    }
    pause();
  }
}

void Exchange::flush_all() {
  const auto start = Clock::now();
  for (int peer = 0; peer < static_cast<int>(mesh_.links.size()); ++peer) {
    if (!mesh_.links[peer]) continue;
    while (true) {
      const Wire wire = mesh_.links[peer]->flush(Clock::now() + kSlice);
      if (wire == Wire::ok) break;
      if (wire == Wire::closed) closed(peer);
      for (int other = 0; other < static_cast<int>(mesh_.links.size()); ++other) {
        if (mesh_.links[other]) watch(other);
      }
      if (Clock::now() - start > seconds(mesh_.round_timeout_s)) stalled(peer);
      pause();
    }
  }
}

bool Exchange::step(Awaited& awaited, Clock::time_point deadline) {
  PeerLink& link = *mesh_.links[awaited.peer];
  const absl::StatusOr<Wire> wire = awaited.begun ? link.continue_payload(deadline) : link.poll(deadline);
  if (!wire.ok()) malformed(awaited.peer, wire.status());
  if (*wire == Wire::deadline) return false;
  if (*wire == Wire::closed) closed(awaited.peer);
  if (!awaited.begun) begin(awaited);
  awaited.progress = Clock::now();
  if (hooks_.arrived) hooks_.arrived(awaited.peer, link.payload_received());
  awaited.done = link.payload_done();
  if (awaited.done) mesh_.traffic.bytes_received += total_bytes(awaited.buffers);
  return true;
}

void Exchange::begin(Awaited& awaited) {
  const FrameHeader header = header_of(awaited.peer);
  if (header.kind == FrameKind::scope) diverged(awaited.peer);
  if (header.kind != FrameKind::data) last_words(awaited.peer, header);
  if (header.transcript != mesh_.word()) diverged(awaited.peer);  // before the length: another operation often has another one
  if (absl::Status status = mesh_.links[awaited.peer]->begin_payload(header, awaited.buffers); !status.ok())
    malformed(awaited.peer, status);
  awaited.begun = true;
}

// A frame of a later round stays where it is, and so does "finished": it concerns only who needs something from that peer.
void Exchange::watch(int peer) {
  PeerLink& link = *mesh_.links[peer];
  if (link.has_frame()) return;
  const Wire wire = link.poll(Clock::now());
  if (wire == Wire::closed) closed(peer);
  if (wire != Wire::ok) return;
  const FrameHeader header = header_of(peer);
  if (header.kind == FrameKind::aborted) last_words(peer, header);
  if (header.kind == FrameKind::scope) diverged(peer);
}

void Exchange::pause() {
  const auto now = Clock::now();
  if (now - last_interrupt_check_ < kInterruptPeriod) return;
  last_interrupt_check_ = now;
  check_interrupt();
}

FrameHeader Exchange::header_of(int peer) {
  const PeerLink& link = *mesh_.links[peer];
  const absl::StatusOr<FrameHeader> header = link.header();
  if (header.ok()) return *header;
  if (link.received_frames() == 0) refused(peer);
  malformed(peer, header.status());
}

// The handshake may have failed at that peer, because of a third one, when it was over here: its reason is the first that comes.
void Exchange::refused(int peer) {
  const absl::StatusOr<Refusal> refusal = decode_refusal_message(mesh_.links[peer]->message());
  if (!refusal.ok()) return;
  blame(peer);
  mesh_.cause->witness = static_cast<uint32_t>(peer);
  mesh_.cause->error_class = refusal->error_class;
  throw_refusal(*refusal, mesh_.rank, peer);
}

Place Exchange::blame(int peer) {
  const Place place = mesh_.place();
  mesh_.cause = LastWords{.witness = static_cast<uint32_t>(place.rank),
                          .culprit = static_cast<uint32_t>(peer),
                          .round = place.round,
                          .error_class = {},
                          .scope = place.scope,
                          .culprit_scope = {}};
  return place;
}

// The connection has ended. Behind frames that nobody asked for there may be last words.
void Exchange::closed(int peer) {
  PeerLink& link = *mesh_.links[peer];
  const std::string detail = link.detail();
  const auto deadline = Clock::now() + kLastWordsGrace;
  bool more = link.payload_done() || link.drain(deadline) == Wire::ok;
  while (more && link.poll(deadline) == Wire::ok) {
    const absl::StatusOr<FrameHeader> header = link.header();
    if (!header.ok() && link.received_frames() == 0) refused(peer);
    if (header.ok() && (header->kind == FrameKind::finished || header->kind == FrameKind::aborted)) last_words(peer, *header);
    more = link.drain(deadline) == Wire::ok;
  }
  throw_peer_lost(blame(peer), peer, detail);
}

void Exchange::stalled(int peer) { throw_peer_stalled(blame(peer), peer, mesh_.round_timeout_s); }

void Exchange::malformed(int peer, const absl::Status& status) { throw_malformed_frame(blame(peer), peer, std::string(status.message())); }

void Exchange::last_words(int peer, const FrameHeader& header) {
  if (header.kind == FrameKind::finished) throw_peer_finished(blame(peer), peer);
  const absl::StatusOr<ByteVector> payload = mesh_.links[peer]->take_small_payload(header);
  if (!payload.ok()) malformed(peer, payload.status());
  const absl::StatusOr<LastWords> words = decode_last_words(*payload);
  if (!words.ok()) malformed(peer, words.status());
  mesh_.cause = *words;
  throw_last_words(mesh_.place(), peer, *words);
}

// Both sides see other words, or one sees the other's text: each sends its own text once and waits for the other's.
void Exchange::diverged(int peer) {
  finish_sending();
  PeerLink& link = *mesh_.links[peer];
  const Place place = blame(peer);
  mesh_.scope_in_flight = place.scope;
  const Bytes text = bytes_of(mesh_.scope_in_flight);
  link.send(FrameKind::scope, mesh_.word(), std::span(&text, 1));  // if the peer is gone, its last words are read below
  mesh_.cause->culprit_scope = await_scope(peer);
  throw_program_mismatch(place, peer, mesh_.cause->culprit_scope);
}

// The text of the peer's operation, from a scope frame or from last words; data before it is dropped.
std::string Exchange::await_scope(int peer) {
  PeerLink& link = *mesh_.links[peer];
  const auto deadline = Clock::now() + std::min<Clock::duration>(kScopeWait, seconds(mesh_.round_timeout_s));
  while (link.poll(deadline) == Wire::ok) {
    const absl::StatusOr<FrameHeader> header = link.header();
    if (!header.ok()) break;
    if (header->kind == FrameKind::finished) return "(its program has ended)";
    if (header->kind != FrameKind::data) {
      const absl::StatusOr<ByteVector> payload = link.take_small_payload(*header);
      if (!payload.ok()) break;
      if (header->kind == FrameKind::scope) {
        return printable({reinterpret_cast<const char*>(payload->data()), payload->size()}, kLongestScope);
      }
      const absl::StatusOr<LastWords> words = decode_last_words(*payload);
      if (words.ok() && words->culprit == static_cast<uint32_t>(peer)) return words->culprit_scope;
      if (words.ok() && words->witness == static_cast<uint32_t>(peer)) return words->scope;
      break;
    }
    if (link.drain(deadline) != Wire::ok) break;
  }
  return "(unknown: it did not say)";
}

}  // namespace crypten
