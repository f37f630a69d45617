#include "comm/last_words.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <typeinfo>

#include "comm/byte_codec.h"

namespace crypten {

ByteVector encode(const LastWords& words) {
  ByteWriter out;
  out.u32(words.witness);
  out.u32(words.culprit);
  out.u64(words.round);
  out.text(std::string_view(words.error_class).substr(0, kLongestErrorClass));
  out.text(std::string_view(words.scope).substr(0, kLongestScope));
  out.text(std::string_view(words.culprit_scope).substr(0, kLongestScope));
  return out.take();
}

absl::StatusOr<LastWords> decode_last_words(Bytes payload) {
  ByteReader in(payload);
  LastWords words;
  words.witness = in.u32();
  words.culprit = in.u32();
  words.round = in.u64();
  words.error_class = printable(in.text(kLongestErrorClass));
  words.scope = printable(in.text(kLongestScope));
  words.culprit_scope = printable(in.text(kLongestScope));
  if (absl::Status status = in.finish(); !status.ok()) return status;
  return words;
}

std::string error_class(const std::exception& error) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status), &std::free);
  std::string text = status == 0 ? name.get() : typeid(error).name();
  constexpr std::string_view own = "crypten::";
  if (text.starts_with(own)) text.erase(0, own.size());
  return text;
}

}  // namespace crypten
