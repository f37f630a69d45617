// Version: what software listens at an address, told before any session, to whoever has a certificate of the run.
// Every refusal of a call carries it; so it is asked by a call that each listener refuses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "comm/grpc/mesh.h"

namespace crypten {

inline constexpr const char* kVersionKey = "crypten-version";  // of the metadata that goes with a refusal

struct Version {
  std::string library;
  int revision = 0;  // of everything that travels (comm/session.h)
  bool operator==(const Version&) const = default;
};
Version own_version();
std::string text_of(const Version& version);                     // "0.1.0 revision 4"
std::optional<Version> parse_version(std::string_view text);  // nullopt: that is no such text

// nullopt: who listens there does not say it, as before revision 4. Throws what ask_member() throws.
std::optional<Version> version_at(const ServiceAddress& member, Clock::time_point deadline);

}  // namespace crypten
