#include "crypten_core/aes_bitslice.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "crypten_core/prg.h"

namespace crypten::aes_bitslice {
namespace {

std::array<uint8_t, 16> block_of(std::string_view hex) {
  std::array<uint8_t, 16> block{};
  for (size_t i = 0; i < 16; ++i) block[i] = static_cast<uint8_t>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  return block;
}

using Blocks = std::array<std::array<uint8_t, 16>, kBlocks>;

Blocks encrypted(const std::array<uint8_t, 16>& key, const Blocks& plain) {
  Keys keys;
  expand(key.data(), keys);
  uint32_t words[kBlocks][4];
  std::memcpy(words, plain.data(), sizeof words);
  State state;
  load(state, words);
  encrypt(state, keys);
  store(state, words);
  Blocks cipher;
  std::memcpy(cipher.data(), words, sizeof words);
  return cipher;
}

// All of a device's threads, one after another. A word on either side tells whether one wrote too far.
std::vector<uint64_t> stream_of(const Keys& keys, uint64_t position, uint64_t count) {
  constexpr uint64_t kUntouched = 0x5555aaaa5555aaaa;
  std::vector<uint64_t> out(count + 2, kUntouched);
  for (uint64_t chunk = 0; count > 0 && chunk < chunk_count(position, count); ++chunk) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) fill(keys, first_chunk(position) + chunk, lane, position, count, out.data() + 1);
  }
  REQUIRE((out.front() == kUntouched && out.back() == kUntouched));
  return {out.begin() + 1, out.end() - 1};
}

}  // namespace

TEST_CASE("bit-sliced AES-128 gives the vectors of FIPS 197, B and C.1, and SP 800-38A, F.1.1, in every of its eight places") {
  for (const auto& [key, plain, cipher] :
       {std::array<std::string_view, 3>{"2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"},
        {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"},
        {"2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"}}) {
    for (size_t j = 0; j < kBlocks; ++j) {
      Blocks blocks{};
      blocks[j] = block_of(plain);
      CHECK(encrypted(block_of(key), blocks)[j] == block_of(cipher));
    }
  }
}

TEST_CASE("bit-sliced AES-128 in counter mode gives the vectors of NIST SP 800-38A, F.5.1") {
  const auto key = block_of("2b7e151628aed2a6abf7158809cf4f3c");
  const std::array<std::string_view, 4> plain{"6bc1bee22e409f96e93d7e117393172a", "ae2d8a571e03ac9c9eb76fac45af8e51", "30c81c46a35ce411e5fbc1191a0a52ef",
                                              "f69f2445df4f9b17ad2b417be66c3710"};
  const std::array<std::string_view, 4> cipher{"874d6191b620e3261bef6864990db6ce", "9806f66b7970fdff8617187bb9fffdff", "5ae4df3edbd5d35e5b4f09020db03eab",
                                               "1e031dda2fbe03d1792170a0f3009cee"};
  Blocks counters{};
  for (size_t j = 0; j < counters.size(); ++j) {
    counters[j] = block_of("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    const unsigned last = counters[j][15] + static_cast<unsigned>(j);
    counters[j][15] = static_cast<uint8_t>(last), counters[j][14] = static_cast<uint8_t>(counters[j][14] + (last >> 8));
  }
  const auto stream = encrypted(key, counters);
  for (size_t j = 0; j < plain.size(); ++j) {
    auto block = block_of(plain[j]);
    for (size_t i = 0; i < 16; ++i) block[i] ^= stream[j][i];
    CHECK(block == block_of(cipher[j]));
  }
}

TEST_CASE("the bit-sliced S-box is the field's inverse and the affine map of FIPS 197, for all bytes") {
  const auto times = [](unsigned a, unsigned b) {
    unsigned product = 0;
    for (; b != 0; b >>= 1, a = (a << 1) ^ (a >> 7) * 0x11b) product ^= (b & 1) * a;
    return product;
  };
  for (unsigned x = 0; x < 256; ++x) {
    unsigned inverse = 0;
    while (x != 0 && times(x, inverse) != 1) ++inverse;
    unsigned expected = 0x63;
    for (unsigned shift = 0; shift < 5; ++shift) expected ^= (inverse << shift | inverse >> (8 - shift)) & 0xff;
    uint32_t planes[8];
    for (unsigned b = 0; b < 8; ++b) planes[b] = x >> b & 1 ? ~0u : 0;
    substitute(planes);
    unsigned found = 0;
    for (unsigned b = 0; b < 8; ++b) found |= (planes[b] & 1) << b;
    REQUIRE(found == expected);
    for (const uint32_t plane : planes) REQUIRE((plane == 0 || plane == ~0u));
  }
}

TEST_CASE("a device's threads write the CPU's stream, at any position and length, and nothing beside it") {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 3; ++trial) {
    const Key key = random_key();
    Keys keys;
    expand(key.bytes().data(), keys);
    const AesStream stream(key);
    const auto check = [&](uint64_t position, uint64_t count) {
      std::vector<uint64_t> expected(count);
      stream.fill(expected, position);
      INFO("position " << position << " count " << count);
      CHECK(stream_of(keys, position, count) == expected);
    };
    for (const uint64_t position : {0, 1, 2, 63, 64, 511, 512, 513, 1023}) {
      for (const uint64_t count : {0, 1, 2, 3, 63, 511, 512, 513, 2000}) check(position, count);
    }
    constexpr uint64_t kEnd = uint64_t{1} << 37;
    for (int i = 0; i < 200; ++i) {
      const uint64_t count = 1 + random() % 700, position = (random() % kEnd) >> random() % 37;
      check(std::min(position, kEnd - count), count);
    }
    for (const uint64_t carry : {uint64_t{1} << 33, uint64_t{1} << 25, uint64_t{1} << 17, kEnd - 600})
      check(carry - 300, 600);  // counters that carry into a higher byte
  }
}

}  // namespace crypten::aes_bitslice
