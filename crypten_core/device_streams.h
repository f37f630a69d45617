// Streams of words (prg.h) in the memory of devices other than the CPU. Keys do not pass through torch's dispatcher, whose profilers log what an operator is
// given: a library with kernels for a device puts a function here when it is loaded.
#pragma once

#include <cstdint>
#include <span>

namespace crypten {

// Words in the memory of a device, which this process may not be able to read. Types are numbered as c10::DeviceType.
struct DeviceWords {
  int device_type, device_index;
  uint64_t* data;
  uint64_t size;
};

// out[i] = word position + i of the stream of `key`, as AesStream defines it. May return before the words are there: later work on the device's current queue
// finds them.
using DeviceStream = void (*)(std::span<const uint8_t, 16> key, uint64_t position, const DeviceWords& out);

inline constexpr int kDeviceTypes = 64;  // more than torch has
void register_device_stream(int device_type, DeviceStream stream);
DeviceStream device_stream(int device_type);  // null: no library registered one

}  // namespace crypten
