// Decoders with a defect each, behind a magic number. They must be found, or this arrangement would find nothing else either (tools/fuzz.sh).
#include <cstring>

#include "comm/byte_codec.h"
#include "crypten_core/error.h"
#include "tests/fuzz/target.h"

namespace crypten::fuzz {

Memory memory() { return {.growth = 8}; }

void examine(Bytes input) {
  ByteReader in(input);
  if (in.u32() != 0x21746c46 || !in.ok()) return;
  [[maybe_unused]] const uint32_t length = in.u32();
  [[maybe_unused]] const Bytes rest = input.subspan(std::min<size_t>(input.size(), 8));
#if PLANTED_OVERFLOW
  const Input body(rest.begin(), rest.end());
  std::byte last{};
  if (length > 0) std::memcpy(&last, body.data() + (length - 1) % 64, 1);  // the length is believed when the bytes are read
  require(std::to_integer<int>(last) < 256, "so that it is not left out");
#elif PLANTED_ALLOCATION
  Input body;
  body.reserve(length % (1U << 26));  // the length is believed before they are there
  body.insert(body.end(), rest.begin(), rest.end());
#elif PLANTED_ENCODING
  if (rest.size() == 1) require(std::to_integer<uint32_t>(rest[0]) % 128 == std::to_integer<uint32_t>(rest[0]), "a byte encodes to itself");  // a bit is dropped
#elif PLANTED_ERROR
  named([&] {
    if (length == 77) throw std::out_of_range("an error without a name");
  });
#endif
}

std::vector<Input> seeds() { return {Input(16, std::byte{1})}; }

}  // namespace crypten::fuzz
