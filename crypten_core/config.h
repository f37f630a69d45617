// Configuration of a session. Every compared field must be equal on all parties; the handshake names the first that is not.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crypten {

enum class Truncation { dithered, exact };

struct Config {
  int precision_bits = 16;                           // encoder.precision_bits: fractional bits of reals, 8 … 24
  Truncation truncation = Truncation::dithered;      // protocol.truncation: "dithered" or "exact"
  double round_timeout_s = 300;                      // communicator.round_timeout: longest wait for a peer that is alive, seconds
  double rendezvous_timeout_s = 60;                  // communicator.rendezvous_timeout: longest wait for all parties at the start, seconds
  bool insecure_plaintext = false;                   // communicator.insecure_plaintext: no TLS; for tests and measurements only
  bool check_ranges = false;                         // debug.check_ranges: world size 1 or simulation only

  // Sets a field by its dotted name from text, as in a file or an environment variable.
  // Throws InvalidArgument: unknown name (with the nearest name as suggestion), unparsable or out-of-range value.
  void set(std::string_view name, std::string_view value);
  std::string get(std::string_view name) const;
  // All fields as (name, value, must be equal on all parties), sorted by name.
  struct Field { std::string name, value; bool compared; };
  std::vector<Field> fields() const;
  std::string canonical() const;  // "name=value\n" of the compared fields: what the handshake hashes and compares
};

}  // namespace crypten
