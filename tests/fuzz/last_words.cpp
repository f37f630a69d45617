// Last words: what decodes can be shown, keeps its length, and is read back as it was.
#include "comm/last_words.h"

#include "comm/byte_codec.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {

Memory memory() { return {.growth = 8}; }

void examine(Bytes input) {
  const auto words = decode_last_words(input);
  if (!words.ok()) return;
  for (const std::string* text : {&words->error_class, &words->scope, &words->culprit_scope}) require(*text == printable(*text), "last words can be shown");
  const auto again = encode(*words);
  require(again.size() == input.size(), "last words keep their length");
  const auto twice = decode_last_words(again);
  require(twice.ok() && *twice == *words, "last words are read back as they were");
}

std::vector<Input> seeds() {
  return {encode(LastWords{.witness = 0, .culprit = 1, .round = 77, .error_class = "ProgramMismatch", .scope = "layer1 / conv2d (1, 3, 8, 8)", .culprit_scope = "linear (2, 3)"}),
          encode(LastWords{})};
}

}  // namespace crypten::fuzz
