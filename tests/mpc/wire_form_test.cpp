#include "mpc/wire_form.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <utility>
#include <vector>

#include "crypten_core/kernels/bit_slice.h"
#include "tests/support/aten.h"
#include "tests/support/ring_cases.h"

using namespace crypten;
using crypten::testing::random_words;

namespace {

// What each of n parties gets if all send all, `step` bytes at a time.
std::vector<at::Tensor> combined_by_all(const std::vector<Party::Opening>& openings, int ring_bits, size_t step) {
  std::vector<std::unique_ptr<WireForm>> forms;
  for (const auto& opening : openings) forms.push_back(WireForm::of(opening, ring_bits));
  const int n = static_cast<int>(forms.size());
  std::vector<std::vector<MutableBytes>> buffers(forms.size());
  for (int to = 0; to < n; ++to)
    for (int from = 0; from < n; ++from)
      buffers[static_cast<size_t>(to)].push_back(from == to ? MutableBytes{} : forms[static_cast<size_t>(to)]->receive_from(from));
  for (int from = 0; from < n; ++from) {
    WireForm& sender = *forms[static_cast<size_t>(from)];
    const Bytes sent = sender.to_send();
    REQUIRE(sent.size() == sender.bytes());
    for (size_t end = 0; end < sent.size();) {
      const size_t begin = std::exchange(end, std::min(end + step, sent.size()));
      sender.needed(end);
      for (int to = 0; to < n; ++to) {
        if (to == from) continue;
        std::memcpy(buffers[static_cast<size_t>(to)][static_cast<size_t>(from)].data() + begin, sent.data() + begin, end - begin);
        forms[static_cast<size_t>(to)]->arrived(from, end);
      }
    }
  }
  std::vector<at::Tensor> results;
  for (const auto& form : forms) results.push_back(form->opened());
  return results;
}

}  // namespace

TEST_CASE("Every form sums what all parties sent, however it was cut", "[mpc][wire_form]") {
  for (const auto& [n, count] : {std::pair<int, int64_t>{1, 700}, {2, 700}, {3, 700}, {2, 1024}}) {
    for (const size_t step : {size_t{1}, size_t{8}, size_t{13}, size_t{1000}, size_t{1} << 20}) {
      INFO(n << " parties, " << count << " elements, " << step << " bytes at a time");
      std::vector<at::Tensor> words;
      auto sum = at::zeros({count}, at::kLong), odd = sum.clone();
      std::vector<Party::Opening> full(static_cast<size_t>(n)), narrow(static_cast<size_t>(n)), planes(static_cast<size_t>(n));
      for (size_t p = 0; p < full.size(); ++p) {
        words.push_back(random_words({count}).words());
        sum = sum + words[p];
        odd = odd.bitwise_xor(words[p]);
        auto later = at::zeros({count}, at::kLong);
        full[p] = {.words = later, .compute = [later, from = words[p]](int64_t begin, int64_t end) {
                     later.slice(0, begin, end).copy_(from.slice(0, begin, end));
                   }};
        auto low = at::zeros({count}, at::kLong);  // bits beyond the nine are sent by nobody
        narrow[p] = {
            .words = low,
            .compute = [low, from = words[p]](int64_t begin, int64_t end) { low.slice(0, begin, end).copy_(from.slice(0, begin, end)); },
            .bits = 9};
        auto bits = at::zeros({tile_count(count), 3, kTileWords}, at::kLong);
        planes[p] = {.words = bits,
                     .compute =
                         [bits, from = slice_bits(words[p], 0, 3)](int64_t begin, int64_t end) {
                           const int64_t words_of_tile = 3 * kTileWords;
                           REQUIRE((begin % words_of_tile == 0 && end % words_of_tile == 0));
                           bits.flatten().slice(0, begin, end).copy_(from.flatten().slice(0, begin, end));
                         },
                     .xor_planes = true,
                     .count = count};
      }
      for (const auto& result : combined_by_all(full, 64, step)) CHECK(result.equal(sum));
      for (const auto& result : combined_by_all(narrow, 64, step)) CHECK(result.equal(sum.bitwise_and(511)));
      for (const auto& result : combined_by_all(planes, 64, step)) CHECK(unslice_bits(result, count, 0).equal(odd.bitwise_and(7)));
    }
  }
}

TEST_CASE("What is sent is as short as it can be", "[mpc][wire_form]") {
  const auto words = at::zeros({100}, at::kLong);
  CHECK(WireForm::of({.words = words}, 64)->bytes() == 800);
  CHECK(WireForm::of({.words = words}, 7)->bytes() == static_cast<size_t>(packed_size(100, 7)));
  CHECK(WireForm::of({.words = words, .bits = 3}, 64)->bytes() == static_cast<size_t>(packed_size(100, 3)));
  CHECK(WireForm::of({.words = slice_bits(words, 0, 2), .xor_planes = true, .count = 100}, 64)->bytes() ==
        static_cast<size_t>(packed_size(100, 2)));
}
