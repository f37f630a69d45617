#include "comm/grpc/health.h"

#include "comm/grpc/ask.h"

namespace crypten {

namespace {

enum WireType : uint8_t { varint = 0, fixed64 = 1, delimited = 2, fixed32 = 5 };

// Protocol Buffers' wire format, as much of it as messages of one field need.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::optional<uint64_t> number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return std::nullopt;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> take(uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  // A field of a later version.
  bool skip(uint64_t wire_type) {
    switch (wire_type) {
      case varint:
        return number().has_value();
      case fixed64:
        return take(8).has_value();
      case fixed32:
        return take(4).has_value();
      case delimited: {
        const auto size = number();
        return size && take(*size);
      }
      default:
        return false;
    }
  }

 private:
  std::string_view rest_;
};

constexpr uint64_t tag(uint64_t field, WireType type) { return field << 3 | type; }

}  // namespace

std::optional<std::string> parse_health_request(std::string_view bytes) {
  if (bytes.size() > kLongestHealthRequest) return std::nullopt;
  std::string service;
  for (Fields fields(bytes); !fields.at_end();) {
    const auto field = fields.number();
    if (!field) return std::nullopt;
    if (*field == tag(1, delimited)) {
      const auto size = fields.number();
      const auto name = size ? fields.take(*size) : std::nullopt;
      if (!name) return std::nullopt;
      service = *name;
    } else if (!fields.skip(*field & 7)) {
      return std::nullopt;
    }
  }
  return service;
}

std::string health_response(Health health) { return {static_cast<char>(tag(1, varint)), static_cast<char>(health)}; }

std::optional<Health> parse_health_response(std::string_view bytes) {
  uint64_t status = 0;
  for (Fields fields(bytes); !fields.at_end();) {
    const auto field = fields.number();
    if (!field) return std::nullopt;
    if (*field == tag(1, varint)) {
      const auto value = fields.number();
      if (!value) return std::nullopt;
      status = *value;
    } else if (!fields.skip(*field & 7)) {
      return std::nullopt;
    }
  }
  return status == 1 ? Health::serving : status == 2 ? Health::not_serving : Health::unknown;
}

Health check_health(const ServiceAddress& service, Clock::time_point deadline) {
  grpc::ClientContext context;
  std::string answer;
  if (!ask_member(service, kHealthMethod, deadline, &context, &answer).ok()) return Health::unknown;
  return parse_health_response(answer).value_or(Health::unknown);
}

}  // namespace crypten
