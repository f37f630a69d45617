#include "comm/grpc/version.h"

#include <charconv>

#include "comm/grpc/ask.h"
#include "comm/session.h"

namespace crypten {
namespace {

constexpr std::string_view kBetween = " revision ";
constexpr size_t kLongest = 64;
constexpr const char* kRefusedMethod = "/crypten.Version/Ask";  // nobody offers it

}  // namespace

Version own_version() { return {std::string(kLibraryVersion), kProtocolRevision}; }

std::string text_of(const Version& version) { return version.library + std::string(kBetween) + std::to_string(version.revision); }

std::optional<Version> parse_version(std::string_view text) {
  const size_t at = text.find(kBetween);
  if (text.size() > kLongest || at == std::string_view::npos || at == 0) return std::nullopt;
  Version version;
  const auto number = text.substr(at + kBetween.size());
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), version.revision);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  version.library = text.substr(0, at);
  for (const char c : version.library)
    if (c <= ' ' || c > '~') return std::nullopt;
  return version.revision > 0 ? std::optional(version) : std::nullopt;
}

std::optional<Version> version_at(const ServiceAddress& member, Clock::time_point deadline) {
  grpc::ClientContext context;
  std::string answer;
  static_cast<void>(ask_member(member, kRefusedMethod, deadline, &context, &answer));  // a refusal, in whatever words
  for (const auto* metadata : {&context.GetServerTrailingMetadata(), &context.GetServerInitialMetadata()}) {
    const auto found = metadata->find(kVersionKey);
    if (found != metadata->end()) return parse_version({found->second.data(), found->second.size()});
  }
  return std::nullopt;
}

}  // namespace crypten
