#include "crypten_core/kernels/word_runs.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/crypten_core/kernels/cases.h"

using namespace crypten;
using namespace crypten::test;

namespace {

using Run = std::vector<uint64_t>;

Run random_run(size_t count) {
  const auto words = random_words({static_cast<int64_t>(count)});
  const auto* from = reinterpret_cast<const uint64_t*>(words.const_data_ptr<int64_t>());
  return {from, from + count};
}

// The kernel on `count` words at an odd address, beside the function word by word; what lies behind the last word must stay.
template <class Kernel, class Function>
bool combines(Kernel kernel, size_t count, Function function) {
  Run a = random_run(count + 2);
  const Run before = a, b = random_run(count + 2);
  kernel(a.data() + 1, b.data() + 1, count);
  bool right = a.front() == before.front() && a.back() == before.back();
  for (size_t i = 1; i <= count; ++i) right &= a[i] == function(before[i], b[i]);
  return right;
}

}  // namespace

TEST_CASE("runs of words of every length, on each path") {
  for (const KernelPath path : kKernelPaths) {
    if (!supported(path)) continue;
    const WordRuns& runs = *kWordRuns[path];
    for (size_t count = 0; count < 40; ++count) {
      INFO(name(path) << ", " << count);
      CHECK(combines(runs.add, count, [](uint64_t a, uint64_t b) { return a + b; }));
      CHECK(combines(runs.subtract, count, [](uint64_t a, uint64_t b) { return a - b; }));
      CHECK(combines(runs.multiply, count, [](uint64_t a, uint64_t b) { return a * b; }));
      CHECK(combines(runs.exclusive_or, count, [](uint64_t a, uint64_t b) { return a ^ b; }));
      const std::array in{random_run(count), random_run(count), random_run(count), random_run(count), random_run(count)};
      Run out(count + 1, 7), wrap(count + 1, 7);
      bool right = true;
      for (const bool add_public : {false, true}) {
        runs.multiply_combine({add_public}, {in[0].data(), in[1].data(), in[2].data(), in[3].data(), in[4].data()}, out.data(), count);
        for (size_t i = 0; i < count; ++i)
          right &= out[i] == in[0][i] * in[3][i] + in[1][i] * in[2][i] + in[4][i] + (add_public ? in[0][i] * in[1][i] : 0);
        for (const auto& [shift, bits] : {std::pair{16, 64}, {1, 64}, {62, 64}, {3, 8}}) {
          const uint64_t quarter = uint64_t{1} << (bits - 2), mask = ~uint64_t{0} >> (64 - bits);
          const elementwise::Truncation truncation{shift, bits};
          const auto value_of = [&](size_t i) { return (((in[0][i] + quarter) & mask) >> shift) - (quarter >> shift); };
          const auto wrap_of = [&](size_t i) { return ((in[0][i] + quarter) & mask) >> (bits - 1) ? 0 : uint64_t{1} << (bits - shift); };
          runs.truncate_combine({truncation, add_public}, {in[0].data(), in[1].data(), in[2].data()}, out.data(), count);
          for (size_t i = 0; i < count; ++i) right &= out[i] == wrap_of(i) * in[2][i] - in[1][i] + (add_public ? value_of(i) : 0);
          runs.truncated(truncation, in[0].data(), out.data(), wrap.data(), count);
          for (size_t i = 0; i < count; ++i) right &= out[i] == value_of(i) && wrap[i] == wrap_of(i);
        }
      }
      CHECK(right);
      CHECK((out[count] == 7 && wrap[count] == 7));
    }
  }
}
