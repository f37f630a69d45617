#include "crypten_core/kernels/tile_planes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "crypten_core/kernels/transpose64.h"
#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

constexpr size_t kWords = 512, kWordsOfPlane = 8;

struct Version {
  const char* name;
  const TilePlanes* functions;
};

std::vector<Version> versions_here() {
  std::vector<Version> versions;
  for (const KernelPath path : {KernelPath::portable, KernelPath::avx2, KernelPath::avx512}) {
    if (supported(path)) versions.push_back({name(path).data(), kTilePlanes[path]});
  }
  if (has_gfni()) versions.push_back({"gfni", &kTilePlanesGfni});
  return versions;
}

std::vector<uint64_t> random_tile(size_t count) {
  const auto words = random_words({static_cast<int64_t>(count)});
  const auto* from = reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>());
  return {from, from + count};
}

uint64_t bits_kept(int first_bit, int count) { return count == 0 ? 0 : ~uint64_t{0} >> (64 - count) << first_bit; }

}  // namespace

TEST_CASE("transposition of 64 words, on each path") {
  for (const auto& [path, transpose] : {std::pair{KernelPath::portable, &transpose64_portable}, {KernelPath::avx2, &transpose64_avx2}}) {
    if (!supported(path)) continue;
    const auto in = random_tile(64);
    uint64_t out[64];
    transpose(in.data(), out);
    bool right = true;
    for (size_t i = 0; i < 64; ++i) {
      for (size_t j = 0; j < 64; ++j) right &= (out[i] >> j & 1) == (in[j] >> i & 1);
    }
    CHECK(right);
    transpose(out, out);
    CHECK(std::equal(out, out + 64, in.begin()));
  }
}

TEST_CASE("planes of a tile, for all ranges of bits, on each path") {
  const uint64_t untouched = 0x5a5a5a5a5a5a5a5a;
  for (const auto& version : versions_here()) {
    INFO(version.name);
    const auto words = random_tile(kWords);
    bool slices = true, bounds = true, unslices = true;
    for (int first = 0; first <= 64; ++first) {
      for (int count = 0; first + count <= 64; ++count) {
        std::vector<uint64_t> planes((static_cast<size_t>(count) + 1) * kWordsOfPlane, untouched);
        version.functions->slice(words.data(), first, count, planes.data());
        for (int p = 0; p < count; ++p) {
          for (size_t e = 0; e < kWords; e += 1 + (e * 7 + static_cast<size_t>(p)) % 13)
            slices &= (planes[static_cast<size_t>(p) * kWordsOfPlane + e / 64] >> (e % 64) & 1) == (words[e] >> (first + p) & 1);
        }
        bounds &=
            std::all_of(planes.end() - static_cast<int64_t>(kWordsOfPlane), planes.end(), [&](uint64_t word) { return word == untouched; });
        std::vector<uint64_t> back(kWords, untouched);
        version.functions->unslice(planes.data(), kWordsOfPlane, first, count, back.data());
        for (size_t e = 0; e < kWords; ++e) unslices &= back[e] == (words[e] & bits_kept(first, count));
      }
    }
    CHECK(slices);
    CHECK(bounds);
    CHECK(unslices);
  }
}

TEST_CASE("every bit of a tile goes to its own place, on each path") {
  for (const auto& version : versions_here()) {
    INFO(version.name);
    bool right = true;
    for (size_t e = 0; e < kWords; e += 3) {
      for (size_t bit = e % 5; bit < 64; bit += 5) {
        std::vector<uint64_t> words(kWords), planes(kWords), back(kWords), expected(kWords);
        words[e] = uint64_t{1} << bit;
        expected[bit * kWordsOfPlane + e / 64] = uint64_t{1} << e % 64;
        version.functions->slice(words.data(), 0, 64, planes.data());
        version.functions->unslice(planes.data(), kWordsOfPlane, 0, 64, back.data());
        right &= planes == expected && back == words;
      }
    }
    CHECK(right);
  }
}

TEST_CASE("planes that lie apart, at any address, on each path") {
  const auto words = random_tile(kWords + 1);
  for (const auto& version : versions_here()) {
    INFO(version.name);
    std::vector<uint64_t> planes(1 + 64 * 11), dense(kWords), back(kWords + 1);
    version.functions->slice(words.data() + 1, 0, 64, dense.data());
    for (size_t p = 0; p < 64; ++p) std::copy_n(dense.data() + p * kWordsOfPlane, kWordsOfPlane, planes.data() + 1 + 11 * p);
    version.functions->unslice(planes.data() + 1, 11, 0, 64, back.data() + 1);
    CHECK(std::equal(back.begin() + 1, back.end(), words.begin() + 1));
  }
}

TEST_CASE("the path that runs is the widest that this CPU has of the one chosen") {
  CHECK(&tile_planes(KernelPath::portable) == &kTilePlanesPortable);
  if (supported(KernelPath::avx2)) CHECK(&tile_planes(KernelPath::avx2) == &kTilePlanesAvx2);
  if (supported(KernelPath::avx512)) CHECK(&tile_planes(KernelPath::avx512) == (has_gfni() ? &kTilePlanesGfni : &kTilePlanesAvx512));
}
