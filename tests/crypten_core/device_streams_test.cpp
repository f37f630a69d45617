#include "crypten_core/device_streams.h"

#include <c10/core/DeviceType.h>

#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/aes_bitslice.h"
#include "crypten_core/error.h"
#include "crypten_core/prg.h"
#include "crypten_core/stream_tensor.h"
#include "tests/support/aten.h"
#include "tests/support/code_of.h"

using namespace crypten;

namespace {

constexpr int kType = kDeviceTypes - 1;  // torch knows no such device

// A device whose memory is the CPU's.
void on_this_cpu(std::span<const uint8_t, 16> key, uint64_t position, const DeviceWords& out) {
  aes_bitslice::Keys keys;
  aes_bitslice::expand(key.data(), keys);
  for (uint64_t chunk = 0; chunk < aes_bitslice::chunk_count(position, out.size); ++chunk) {
    for (uint32_t lane = 0; lane < aes_bitslice::kLanes; ++lane) {
      aes_bitslice::fill(keys, aes_bitslice::first_chunk(position) + chunk, lane, position, out.size, out.data);
    }
  }
}

// A source as tests have: not AES.
class Counting final : public WordSource {
 public:
  void fill(std::span<uint64_t> out, uint64_t position) const override {
    for (auto& word : out) word = position++;
  }
};

}  // namespace

TEST_CASE("a stream goes to the kernel that is registered for the device, with its key") {
  const AesStream stream(random_key());
  std::vector<uint64_t> expected(1000), words(1000);
  stream.fill(expected, 777);
  const DeviceWords out{kType, 0, words.data(), words.size()};
  CHECK(device_stream(kType) == nullptr);
  CHECK(code_of([&] { stream.fill_device(out, 777); }) == 143);
  register_device_stream(kType, on_this_cpu);
  stream.fill_device(out, 777);
  CHECK(words == expected);
  CHECK_NOTHROW(stream.fill_device(DeviceWords{kType, 0, nullptr, 0}, 5));  // nothing to do: no kernel is started
  CHECK(code_of([&] { stream.fill_device(out, (uint64_t{1} << 37) - 999); }) == 130);
  register_device_stream(kType, nullptr);
  CHECK(code_of([&] { register_device_stream(kDeviceTypes, on_this_cpu); }) == 143);
  CHECK(code_of([&] { device_stream(-1); }) == 143);
}

TEST_CASE("a tensor is filled where it lies, or refused by name") {
  const AesStream stream(random_key());
  std::vector<uint64_t> expected(12);
  stream.fill(expected, 3);
  auto words = at::empty({3, 4}, at::kLong);
  fill_words(stream, words, 3);
  CHECK(at::equal(words.flatten(), at::from_blob(expected.data(), {12}, at::kLong)));
  fill_words(Counting(), words, 5);
  CHECK(at::equal(words.flatten(), at::arange(5, 17, at::kLong)));
  auto transposed = words.t(), reals = at::zeros({2}), undefined = at::Tensor(),
       elsewhere = at::empty({2}, at::TensorOptions().dtype(at::kLong).device(at::kMeta));
  CHECK(code_of([&] { fill_words(stream, transposed, 0); }) == 142);
  CHECK(code_of([&] { fill_words(stream, reals, 0); }) == 142);
  CHECK(code_of([&] { fill_words(stream, undefined, 0); }) == 142);
  CHECK(code_of([&] { fill_words(stream, elsewhere, 0); }) == 143);
}
