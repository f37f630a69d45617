// Requests to the dealer: what parses has exactly one encoding, defines shapes within the limits or is refused, and can be renamed into another call and back.
#include <array>

#include "mpc/provider/request_limits.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/examples.h"

namespace crypten::fuzz {

Memory memory() { return {.growth = 24, .allowance = size_t{1} << 20}; }  // a list of lists in four bytes each; plans of a kind of request are made once

void examine(Bytes input) {
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const auto request = parse_request(text);
  if (!request.ok()) return;
  require(canonical(*request) == text, "a request encodes to the bytes it came from");
  constexpr std::array<Ring, 3> rings{Ring{}, Ring{.bits = 8, .chunk_bits = 2, .arity = 2}, Ring{.bits = 2, .chunk_bits = 1, .arity = 2}};
  for (const Ring& ring : rings) {
    named([&] {
      uint64_t words = 0;
      for (const DealtShape& shape : dealt_shapes(*request, ring)) {
        require((shape.correction_bytes() + 7) / 8 <= shape.stream_words(), "a correction is no longer than its stream");
        words += shape.stream_words();
      }
      require(words <= kMaxWords, "what a request defines lies within the limit");
    });
  }
  const uint64_t fresh = request->call ^ 0x5a5a5a5a;
  require(in_call(*request, request->call, request->call) == *request && in_call(*request, request->call, fresh).call == fresh, "requests move between calls");
}

std::vector<Input> seeds() {
  std::vector<Input> all;
  for (const Request& request : example_requests()) all.push_back(bytes_of_text(canonical(request)));
  return all;
}

}  // namespace crypten::fuzz
