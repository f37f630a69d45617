// The roster of a run folder: decodes to ranks with distinct fingerprints, or a named error.
#include "comm/grpc/credentials.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "tests/fuzz/target.h"

namespace crypten::fuzz {
namespace {

const std::string& folder() {
  static const std::string path = [] {
    std::string made = "/dev/shm/fuzz-roster-XXXXXX";
    require(::mkdtemp(made.data()) != nullptr, "a folder for the roster");
    return made;
  }();
  return path;
}

std::string member(int rank, char digit) {
  return R"({"rank": )" + std::to_string(rank) + R"(, "name": "party-)" + std::to_string(rank) + R"(", "fingerprint": ")" + std::string(64, digit) + "\"}";
}

}  // namespace

Memory memory() { return {.growth = 96}; }  // a value of JSON in two bytes is a node in memory

void examine(Bytes input) {
  std::ofstream(folder() + "/roster.json", std::ios::binary).write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size()));
  named([&] {
    const Roster roster = load_roster(folder());
    const auto all = roster.fingerprints();
    require(!all.empty() && !roster.run_id.empty(), "a roster names a run and its parties");
    require(std::set<std::string>(all.begin(), all.end()).size() == all.size(), "fingerprints are distinct");
    for (const auto& one : all) require(one.size() == 64, "a fingerprint has 64 digits");
  });
}

std::vector<Input> seeds() {
  const std::string dealer = R"("dealer": {"fingerprint": ")" + std::string(64, 'd') + "\"}";
  return {bytes_of_text(R"({"run_id": "9f1c", "parties": [)" + member(0, 'a') + ", " + member(1, 'b') + "], " + dealer + "}"),
          bytes_of_text(R"({"run_id": "9f1c", "parties": [)" + member(0, 'a') + "]}"), bytes_of_text("[[[[[[]]]]]]")};
}

}  // namespace crypten::fuzz
