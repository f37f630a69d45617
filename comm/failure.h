// The named errors of a round: each says which peer, in which round and operation of ours, what was found and what to do.
#pragma once

#include <cstdint>
#include <string>

#include "comm/last_words.h"

namespace crypten {

// Where we are; the text of Error::where().
struct Place {
  int rank = 0;
  uint64_t round = 0;
  std::string scope;
  std::string text() const;
};

[[noreturn]] void throw_peer_lost(const Place& place, int peer, const std::string& detail);
[[noreturn]] void throw_peer_finished(const Place& place, int peer);
[[noreturn]] void throw_peer_stalled(const Place& place, int peer, double seconds);
[[noreturn]] void throw_program_mismatch(const Place& place, int peer, const std::string& peer_scope);
[[noreturn]] void throw_malformed_frame(const Place& place, int peer, const std::string& detail);
// What last words, told by `reporter`, mean for us: the loss, stall or end of a third rank is reported as that, by its name; a divergence as ProgramMismatch
// with both scopes; what the witness suffered by itself, or because of us, is PeerAborted.
[[noreturn]] void throw_last_words(const Place& place, int reporter, const LastWords& words);

}  // namespace crypten
