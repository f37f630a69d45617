#include "comm/failure.h"

#include <absl/strings/str_cat.h>

#include "comm/error_codes.h"
#include "crypten_core/error.h"

namespace crypten {

namespace {

constexpr const char* kSameProgram = "run the same program on all ranks; what differs may also be an operation, shape or scale before this one";

std::string quoted(const std::string& scope) { return scope.empty() ? "an operation without a name" : absl::StrCat("\"", scope, "\""); }
std::string restart(int peer) { return absl::StrCat("look at the output of rank ", peer, ", then start all ranks again"); }

}  // namespace

std::string Place::text() const {
  return absl::StrCat("rank ", rank, ", round ", round, scope.empty() ? "" : absl::StrCat(", in ", quoted(scope)));
}

void throw_peer_lost(const Place& place, int peer, const std::string& detail) {
  throw PeerLost(comm_code::peer_lost, absl::StrCat("rank ", peer, " is lost"), place.text(), absl::StrCat("its connection ended without last words: ", detail),
                 restart(peer));
}

void throw_peer_finished(const Place& place, int peer) {
  throw PeerFinished(comm_code::peer_finished, absl::StrCat("rank ", peer, " has finished"), place.text(),
                     "its program ended in good order while this one still needs it", "run the same operations on all ranks, in the same order");
}

void throw_peer_stalled(const Place& place, int peer, double seconds) {
  throw PeerStalled(comm_code::peer_stalled, absl::StrCat("rank ", peer, " does not answer"), place.text(),
                    absl::StrCat("its connection is alive, but nothing came for ", seconds, " s"),
                    absl::StrCat("look at what rank ", peer, " does; raise communicator.round_timeout if it only needs longer"));
}

void throw_program_mismatch(const Place& place, int peer, const std::string& peer_scope) {
  throw ProgramMismatch(comm_code::program_mismatch, "the parties run different operations", place.text(),
                        absl::StrCat("round ", place.round, ": here ", quoted(place.scope), ", rank ", peer, " ", quoted(peer_scope)),
                        kSameProgram);
}

void throw_malformed_frame(const Place& place, int peer, const std::string& detail) {
  throw MalformedFrame(comm_code::malformed_frame, absl::StrCat("a frame from rank ", peer, " is not the one that is due"), place.text(), std::string(detail),
                       "if all ranks run the same version and program, this is a defect or somebody tampers with the connection");
}

void throw_last_words(const Place& place, int reporter, const LastWords& words) {
  const int witness = static_cast<int>(words.witness);
  const int culprit = static_cast<int>(words.culprit);
  const bool third = culprit != place.rank && culprit != witness;
  const std::string told = absl::StrCat("rank ", witness, " found it in its round ", words.round, words.scope.empty() ? "" : absl::StrCat(" in ", quoted(words.scope)),
                                        reporter == witness ? "" : absl::StrCat("; rank ", reporter, " passed it on"));
  if (words.error_class == "ProgramMismatch") {
    if (culprit == place.rank) throw_program_mismatch(place, witness, words.scope);
    throw ProgramMismatch(comm_code::program_mismatch, "the parties run different operations", place.text(),
                          absl::StrCat("round ", words.round, ": rank ", witness, " ", quoted(words.scope), ", rank ", culprit, " ", quoted(words.culprit_scope)),
                          kSameProgram);
  }
  if (third && words.error_class == "PeerLost") {
    throw PeerLost(comm_code::peer_lost, absl::StrCat("rank ", culprit, " is lost"), place.text(), told, restart(culprit));
  }
  if (third && words.error_class == "PeerStalled") {
    throw PeerStalled(comm_code::peer_stalled, absl::StrCat("rank ", culprit, " does not answer"), place.text(), told, restart(culprit));
  }
  if (third && words.error_class == "PeerFinished") {
    throw PeerFinished(comm_code::peer_finished, absl::StrCat("rank ", culprit, " has finished"), place.text(), told, restart(culprit));
  }
  throw PeerAborted(comm_code::peer_aborted, absl::StrCat("rank ", witness, " failed: ", words.error_class), place.text(),
                    absl::StrCat(told, culprit == place.rank ? "; it names this rank" : third ? absl::StrCat("; it names rank ", culprit) : ""),
                    restart(third ? culprit : witness));
}

}  // namespace crypten
