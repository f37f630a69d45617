#include "crypten_core/kernels/packed_planes.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "crypten_core/kernels/bit_lanes.h"
#include "crypten_core/kernels/bit_slice.h"
#include "tests/crypten_core/kernels/cases.h"
#include "tests/support/code_of.h"

using namespace crypten;
using namespace crypten::test;

TEST_CASE("planes as they travel, as words: pack() and unpack(), and what a GPU's threads write") {
  for (const int64_t n : {0, 1, 8, 63, 511, 512, 513, 1300}) {
    for (const int64_t count : {0, 1, 3, 31}) {
      INFO(n << " elements, " << count << " planes");
      const auto planes = random_words({tile_count(n), count, kTileWords});
      std::vector<std::byte> bytes(static_cast<size_t>((packed_size(n, count) + 7) / 8 * 8));
      pack(planes, n, std::span(bytes).first(static_cast<size_t>(packed_size(n, count))));
      const auto words = pack_planes(planes, n);
      REQUIRE(words.nbytes() == bytes.size());
      const auto* packed = reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>());
      CHECK((bytes.empty() || std::memcmp(packed, bytes.data(), bytes.size()) == 0));
      const auto back = unpack_planes(words, n, count);
      CHECK(at::equal(pack_planes(back, n), words));
      const bit_lanes::Pack word{reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()), planes.stride(0), planes.stride(1), count, n};
      const bit_lanes::Unpack place{packed, count, n};
      bool same = true;
      for (int64_t i = 0; i < words.numel(); ++i) same &= word(i) == packed[i];
      for (int64_t i = 0; i < back.numel(); ++i) same &= place(i) == static_cast<uint64_t>(back.const_data_ptr<int64_t>()[i]);
      CHECK(same);
    }
  }
  CHECK(code_of([] { unpack_planes(random_words({3}), 600, 2); }) == 160);
  CHECK(code_of([] { pack_planes(random_words({1, 2, kTileWords}), 600); }) == 160);
}
