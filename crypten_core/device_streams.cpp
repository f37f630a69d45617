#include "crypten_core/device_streams.h"

#include <array>
#include <atomic>
#include <string>

#include "crypten_core/error.h"

namespace crypten {
namespace {

std::array<std::atomic<DeviceStream>, kDeviceTypes> streams{};

void check_device_type(int device_type) {
  if (device_type >= 0 && device_type < kDeviceTypes) return;
  throw InvalidArgument(143, "no such device", "device_stream", "type " + std::to_string(device_type), "name a type of c10::DeviceType");
}

}  // namespace

void register_device_stream(int device_type, DeviceStream stream) {
  check_device_type(device_type);
  streams[static_cast<size_t>(device_type)].store(stream);
}

DeviceStream device_stream(int device_type) {
  check_device_type(device_type);
  return streams[static_cast<size_t>(device_type)].load();
}

}  // namespace crypten
