#include "crypten_core/kernels/compare_places.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>

#include "crypten_core/error.h"
#include "crypten_core/kernels/bit_slice.h"
#include "crypten_core/kernels/compare_bits_tile.h"

namespace crypten {
namespace {

template <class... Words>
void check(bool holds, const char* where, const Words&... why) {  // a check that holds builds no string
  if (!holds)
    throw InvalidArgument(160, "bit planes of another form", where, absl::StrCat(why...), "pass int64 tensors laid out as kernels/bit_slice.h says, all on one device");
}

void check_results(const char* where, int64_t less, int64_t equal, int64_t planes) {
  check(less < planes && equal < planes, where, "a result plane beyond the result");
}

constexpr int64_t kNumbersPerLookup = 5, kNumbersPerMerge = 6;

}  // namespace

Place plane_place(const char* where, const at::Tensor& planes, int64_t first, int64_t count, int64_t tiles, at::Device device) {
  check(planes.scalar_type() == at::kLong, where, "expected an int64 tensor");
  if (planes.device() != device) check(false, where, "expected a tensor on ", device.str());
  check(planes.dim() == 3 && planes.size(0) == tiles && planes.size(2) == kTileWords && (tiles == 0 || planes.stride(2) == 1), where,
        "expected planes of shape [", tiles, ", P, 8]");
  check(first >= 0 && first + count <= planes.size(1), where, "a plane that the tensor does not have");
  check(tiles == 0 || count == 1 || planes.stride(1) == kTileWords, where, "planes of one tile that do not follow one another");
  return {reinterpret_cast<const uint64_t*>(planes.const_data_ptr<int64_t>()) + first * planes.stride(1), planes.stride(0)};
}

LookupPlace lookup_place(const DigitLookup& lookup, const at::Tensor& numbers, const at::Tensor& tables, int64_t result_planes) {
  constexpr const char* where = "look_up_digits";
  check(lookup.width >= 1 && lookup.width <= kWidestDigit, where, "expected digits of 1 … 7 bits, got ", lookup.width);
  check_results(where, lookup.less, lookup.equal, result_planes);
  const int64_t tiles = numbers.size(0);
  return {plane_place(where, numbers, lookup.first_bit, lookup.width, tiles, numbers.device()),
          plane_place(where, tables, lookup.first_table_plane, (int64_t{1} << lookup.width) - 1, tiles, numbers.device())};
}

MergePlaces::MergePlaces(const PairMerge& merge, int64_t tiles, int64_t result_planes, at::Device device) : less(merge.less), equal(merge.equal) {
  constexpr const char* where = "merge_pairs";
  const size_t pairs = merge.public_equal.size();
  check(pairs >= 1 && pairs <= static_cast<size_t>(kMostFactors), where, "expected 1 … 8 pairs, got ", pairs);
  check(merge.public_less.size() == (less < 0 ? 0 : pairs) && merge.masks_less.size() == (less < 0 ? 0 : (size_t{1} << pairs) - 1), where,
        "another number of less bits");
  check(merge.masks_equal.size() == size_t{1} << (equal < 0 ? pairs - 1 : pairs), where, "another number of products of masks");
  check_results(where, less, equal, result_planes);
  const auto find = [&](const std::vector<Plane>& from, std::vector<Place>& to) {
    to.reserve(from.size());
    for (const auto& plane : from) to.push_back(plane.planes.defined() ? plane_place(where, plane.planes, plane.index, 1, tiles, device) : Place());
  };
  find(merge.public_less, public_less), find(merge.public_equal, public_equal), find(merge.masks_less, masks_less), find(merge.masks_equal, masks_equal);
  // What the kernel reads must be there: all but the empty product, and the last equal bit where it is not needed.
  const auto all_there = [&](const std::vector<Place>& places, size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) check(tiles == 0 || places[i].words != nullptr, where, "a plane is missing");
  };
  all_there(public_less, 0, public_less.size()), all_there(masks_less, 0, masks_less.size());
  all_there(public_equal, 0, equal < 0 ? pairs - 1 : pairs), all_there(masks_equal, 1, masks_equal.size());
}

at::Device device_of(std::span<const PairMerge> merges) {
  for (const auto& merge : merges) {
    for (const auto* list : {&merge.public_equal, &merge.masks_equal, &merge.public_less, &merge.masks_less}) {
      for (const auto& plane : *list) {
        if (plane.planes.defined()) return plane.planes.device();
      }
    }
  }
  return at::kCPU;
}

std::vector<int64_t> numbers_of(std::span<const DigitLookup> lookups) {
  std::vector<int64_t> numbers;
  for (const auto& lookup : lookups) {
    numbers.insert(numbers.end(), {lookup.first_bit, int64_t{lookup.width}, lookup.first_table_plane, lookup.less, lookup.equal});
  }
  return numbers;
}

std::vector<DigitLookup> lookups_of(at::IntArrayRef numbers) {
  check(numbers.size() % kNumbersPerLookup == 0, "look_up_digits", "expected five numbers for each lookup");
  std::vector<DigitLookup> lookups;
  for (size_t i = 0; i < numbers.size(); i += kNumbersPerLookup) {
    lookups.push_back({numbers[i], static_cast<int>(numbers[i + 1]), numbers[i + 2], numbers[i + 3], numbers[i + 4]});
  }
  return lookups;
}

// For each merge: the lengths of its four lists, less, equal; then for each of its planes the tensor's place in `tensors`, −1 for none, and the plane.
MergeArguments arguments_of(std::span<const PairMerge> merges) {
  MergeArguments arguments;
  const auto place_of = [&](const at::Tensor& planes) -> int64_t {
    if (!planes.defined()) return -1;
    auto& known = arguments.tensors;
    const auto same = std::find_if(known.begin(), known.end(), [&](const at::Tensor& other) { return other.is_same(planes); });
    const auto place = same - known.begin();
    if (same == known.end()) known.push_back(planes);
    return place;
  };
  for (const auto& merge : merges) {
    const std::array lists{&merge.public_less, &merge.public_equal, &merge.masks_less, &merge.masks_equal};
    for (const auto* list : lists) arguments.numbers.push_back(static_cast<int64_t>(list->size()));
    arguments.numbers.insert(arguments.numbers.end(), {merge.less, merge.equal});
    for (const auto* list : lists) {
      for (const auto& plane : *list) arguments.numbers.insert(arguments.numbers.end(), {place_of(plane.planes), plane.index});
    }
  }
  return arguments;
}

std::vector<PairMerge> merges_of(at::TensorList tensors, at::IntArrayRef numbers) {
  constexpr const char* where = "merge_pairs";
  std::vector<PairMerge> merges;
  size_t at = 0;
  while (at < numbers.size()) {
    check(at + kNumbersPerMerge <= numbers.size(), where, "a description that ends early");
    auto& merge = merges.emplace_back();
    const std::array lists{&merge.public_less, &merge.public_equal, &merge.masks_less, &merge.masks_equal};
    const auto lengths = numbers.slice(at, lists.size());
    merge.less = numbers[at + 4], merge.equal = numbers[at + 5];
    at += kNumbersPerMerge;
    for (size_t i = 0; i < lists.size(); ++i) {
      check(lengths[i] >= 0 && static_cast<uint64_t>(lengths[i]) <= (numbers.size() - at) / 2, where, "a description that ends early");
      for (int64_t k = 0; k < lengths[i]; ++k, at += 2) {
        check(numbers[at] >= -1 && numbers[at] < static_cast<int64_t>(tensors.size()), where, "a description of a tensor that is not there");
        lists[i]->push_back({numbers[at] < 0 ? at::Tensor() : tensors[static_cast<size_t>(numbers[at])], numbers[at + 1]});
      }
    }
  }
  return merges;
}

}  // namespace crypten
