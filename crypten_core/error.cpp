#include "crypten_core/error.h"

#include <utility>

namespace crypten {
namespace {

constexpr size_t kLongestFact = 4096;

// Facts may name what came from a file or a peer. What a terminal would obey or Python could not decode becomes '?': control characters other than a line's end, and bytes
// that are no UTF-8.
std::string shown(std::string fact) {
  size_t end = 0;
  for (size_t i = 0; i < fact.size() && i < kLongestFact;) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(fact[at]); };
    const unsigned char lead = byte(i);
    size_t length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    bool whole = length > 0 && i + length <= fact.size() && lead != 0x7f && (lead >= 0x20 || lead == '\n');
    for (size_t k = 1; whole && k < length; ++k) whole = (byte(i + k) & 0xc0) == 0x80;
    // Overlong forms, surrogates, and numbers beyond the last letter.
    if (whole && length > 2) whole = !(lead == 0xe0 && byte(i + 1) < 0xa0) && !(lead == 0xed && byte(i + 1) > 0x9f) && !(lead == 0xf0 && byte(i + 1) < 0x90) && !(lead == 0xf4 && byte(i + 1) > 0x8f);
    if (!whole) fact[i] = '?', length = 1;
    end = i += length;
  }
  fact.resize(end);
  return fact;
}

std::string text(int code, const std::string& what, const std::string& where, const std::string& why, const std::string& todo) {
  std::string number = std::to_string(code);
  if (number.size() < 4) number.insert(0, 4 - number.size(), '0');
  return "CRY-" + number + " " + what + "\nwhere: " + where + "\nwhy: " + why + "\ndo: " + todo;
}

}  // namespace

Error::Error(int code, std::string what, std::string where, std::string why, std::string todo)
    : std::runtime_error(text(code, shown(what), shown(where), shown(why), shown(todo))),
      code_(code),
      problem_(shown(std::move(what))),
      where_(shown(std::move(where))),
      why_(shown(std::move(why))),
      todo_(shown(std::move(todo))) {}

}  // namespace crypten
