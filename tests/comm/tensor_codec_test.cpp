#include "comm/tensor_codec.h"

#include <catch2/catch.hpp>

#include "crypten_core/error.h"
#include "tests/support/aten.h"

using namespace crypten;

TEST_CASE("words travel little endian and row-major, 8 bytes each") {
  const RingTensor tensor(at::arange(6, at::kLong).view({2, 3}).t());  // a view: [[0, 3], [1, 4], [2, 5]]
  const RingTensor host = on_host(tensor);
  const Bytes bytes = wire_bytes(host);
  REQUIRE(bytes.size() == 48);
  for (int i = 0; i < 6; ++i) {
    CHECK(bytes[8 * i] == std::byte("\0\3\1\4\2\5"[i]));
    CHECK(bytes[8 * i + 7] == std::byte{0});
  }
}

TEST_CASE("a contiguous host tensor is not copied, and what is written into its bytes is in it") {
  const RingTensor tensor = RingTensor::zeros({2, 2});
  CHECK(on_host(tensor).words().data_ptr() == tensor.words().data_ptr());
  writable_wire_bytes(tensor)[8] = std::byte{9};
  CHECK(tensor.words()[0][1].item<int64_t>() == 9);
  CHECK(on_device(tensor, at::kCPU).equal(tensor));
}

TEST_CASE("empty tensors and scalars have 0 and 8 bytes") {
  CHECK(wire_bytes(RingTensor::zeros({0, 3})).empty());
  CHECK(wire_bytes(RingTensor::zeros({})).size() == 8);
}

TEST_CASE("undefined tensors and views have no bytes") {
  CHECK_THROWS_AS(on_host(RingTensor()), InvalidArgument);
  CHECK_THROWS_AS(wire_bytes(RingTensor()), InvalidArgument);
  CHECK_THROWS_AS(wire_bytes(RingTensor(at::zeros({2, 3}, at::kLong).t())), InvalidArgument);
}
