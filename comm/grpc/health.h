// Health: grpc.health.v1, by which standard probes ask whether a service is ready: the two messages of Check, and the asking side.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "comm/grpc/mesh.h"

namespace crypten {

enum class Health : uint8_t { unknown = 0, serving = 1, not_serving = 2 };  // numbers of the protocol

inline constexpr const char* kHealthMethod = "/grpc.health.v1.Health/Check";
inline constexpr size_t kLongestHealthRequest = 256;

// The service that a HealthCheckRequest names, empty for the whole server; nullopt: these bytes are no such message.
std::optional<std::string> parse_health_request(std::string_view bytes);
std::string health_response(Health health);
// nullopt: these bytes are no HealthCheckResponse.
std::optional<Health> parse_health_response(std::string_view bytes);

// Asks the service at an address once. Throws what ask_member() throws (ask.h).
Health check_health(const ServiceAddress& service, Clock::time_point deadline);

}  // namespace crypten
