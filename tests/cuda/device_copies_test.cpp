#include "crypten_core/device_copies.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"
#include "tests/cuda/gpu.h"

using namespace crypten;
using namespace crypten::test;

namespace {

// Nothing, less than a word, a tile and its neighbours, several tiles.
const std::vector<size_t> kSizes{0, 1, 7, 8, 4097, kCopyTile - 1, kCopyTile, kCopyTile + 1, 3 * kCopyTile + 12345};

at::Tensor random_bytes(size_t count) {
  return random_words({static_cast<int64_t>((count + 7) / 8)}).view(at::kByte).narrow(0, 0, static_cast<int64_t>(count)).contiguous();
}
bool same(std::span<const std::byte> bytes, const at::Tensor& expected, size_t count) {
  return count == 0 || std::memcmp(bytes.data(), expected.const_data_ptr(), count) == 0;
}

}  // namespace

TEST_CASE("device: a tensor comes to the host in tiles, as it was when that began to be asked") {
  if (no_gpu()) return;
  for (const size_t count : kSizes) {
    const auto expected = random_bytes(count);
    auto there = expected.to(kGpu);
    CopyToHost copy(there);
    REQUIRE(copy.bytes().size() == count);
    for (const size_t part : {count / 3, count / 2, count}) {
      copy.await(part);
      CHECK(same(copy.bytes(), expected, part));
    }
    there.zero_();
    CHECK(same(copy.bytes(), expected, count));
  }
}

TEST_CASE("device: bytes that come one after the other are on the device when they are taken") {
  if (no_gpu()) return;
  for (const size_t count : kSizes) {
    for (const size_t step : {count, count / 5 + 1, kCopyTile}) {
      const auto expected = random_bytes(count);
      CopyToDevice copy(count, kGpu);
      REQUIRE(copy.bytes().size() == count);
      for (size_t done = 0; done < count;) {
        const size_t next = std::min(step, count - done);
        std::memcpy(copy.bytes().data() + done, static_cast<const std::byte*>(expected.const_data_ptr()) + done, next);
        copy.arrived(done += next);
      }
      const auto words = copy.take();
      CHECK(words.device() == kGpu);
      CHECK(words.numel() == static_cast<int64_t>((count + 7) / 8));
      const auto back = words.cpu();
      CHECK(same({static_cast<const std::byte*>(back.const_data_ptr()), count}, expected, count));
      const auto* bytes = static_cast<const uint8_t*>(back.const_data_ptr());
      CHECK(std::all_of(bytes + count, bytes + back.nbytes(), [](uint8_t byte) { return byte == 0; }));
    }
  }
}

TEST_CASE("device: what is not awaited does no harm, and many copies run side by side") {
  if (no_gpu()) return;
  const auto expected = random_bytes(100000);
  std::vector<CopyToHost> copies;
  for (int i = 0; i < 20; ++i) {
    copies.emplace_back(expected.to(kGpu));  // whose memory is given back at once
    { const CopyToHost dropped(expected.to(kGpu)); }
    CopyToDevice half(100000, kGpu);
    std::memcpy(half.bytes().data(), expected.const_data_ptr(), 50000);
    half.arrived(50000);
  }
  for (auto& copy : copies) {
    copy.await(100000);
    CHECK(same(copy.bytes(), expected, 100000));
  }
}
