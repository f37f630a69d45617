// Settings as text, "name=value" line by line: set, or a named error; and what was set is told and read back as it was.
#include "crypten_core/config.h"

#include "tests/fuzz/target.h"

namespace crypten::fuzz {

Memory memory() { return {.growth = 32}; }

void examine(Bytes input) {
  std::string_view rest(reinterpret_cast<const char*>(input.data()), std::min<size_t>(input.size(), 256));
  Config config;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    named([&] { config.set(line.substr(0, equals), line.substr(equals + 1)); });
  }
  Config again;
  for (const Config::Field& field : config.fields()) again.set(field.name, field.value);
  require(again.canonical() == config.canonical(), "what was set is read back as it was");
}

std::vector<Input> seeds() {
  std::string all;
  for (const Config::Field& field : Config().fields()) all += field.name + "=" + field.value + "\n";
  return {bytes_of_text(all), bytes_of_text("protocol.truncation=exact\nencoder.precision_bits=24\ncommunicator.round_timeout=1e3\n"), bytes_of_text("encoder.precision=8\n")};
}

}  // namespace crypten::fuzz
