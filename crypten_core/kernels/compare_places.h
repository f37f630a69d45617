// Where the planes of a comparison lie (kernels/compare_bits.h), and the checks that they are there: for the kernels of all devices.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypten_core/kernels/compare_bits.h"

namespace crypten {

// A plane in every tile.
struct Place {
  const uint64_t* words = nullptr;
  int64_t stride = 0;
  const uint64_t* in(int64_t tile) const { return words + tile * stride; }
};

// Planes first … first + count − 1 of a tensor, which must follow one another in each tile. Throws InvalidArgument (160): they are not there, or on another
// device.
Place plane_place(const char* where, const at::Tensor& planes, int64_t first, int64_t count, int64_t tiles, at::Device device);

struct LookupPlace {
  Place digit, table;
};
// Checks all of a lookup.
LookupPlace lookup_place(const DigitLookup& lookup, const at::Tensor& numbers, const at::Tensor& tables, int64_t result_planes);

// A merge's planes; those that are not read may be null.
struct MergePlaces {
  std::vector<Place> public_less, public_equal, masks_less, masks_equal;
  int64_t less, equal;
  MergePlaces(const PairMerge& merge, int64_t tiles, int64_t result_planes, at::Device device);
};

// The device of the planes of merges; the CPU if there are none.
at::Device device_of(std::span<const PairMerge> merges);

// Lookups and merges as what a torch operator can be given, and back.
std::vector<int64_t> numbers_of(std::span<const DigitLookup> lookups);
std::vector<DigitLookup> lookups_of(at::IntArrayRef numbers);

struct MergeArguments {
  std::vector<at::Tensor> tensors;
  std::vector<int64_t> numbers;
};
MergeArguments arguments_of(std::span<const PairMerge> merges);
std::vector<PairMerge> merges_of(at::TensorList tensors, at::IntArrayRef numbers);

}  // namespace crypten
