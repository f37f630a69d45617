#include "crypten_core/kernels/elementwise_cpu.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "crypten_core/aten.h"
#include "crypten_core/bilinear.h"
#include "crypten_core/kernels/operands.h"
#include "crypten_core/kernels/word_runs.h"
#include "crypten_core/thread_pool.h"
#include "crypten_core/word_tensor.h"

namespace crypten {
namespace {

constexpr int64_t kElementsPerThread = 1 << 16;

template <typename Function, size_t kOperands>
at::Tensor map(MapWords<Function, kOperands> run, const Function& function, std::array<LazyWords, kOperands> operands) {
  std::vector<int64_t> sizes = operands[0].sizes().vec();
  for (const auto& operand : operands) {
    if (operand.there()) check_cpu_words("elementwise", operand.words());
    if (operand.sizes() != at::IntArrayRef(sizes)) sizes = Bilinear::elementwise().output_sizes(sizes, operand.sizes());
  }
  bool all_there = true;
  for (auto& operand : operands) {
    if (operand.sizes() != at::IntArrayRef(sizes)) operand = operand.words().expand(sizes);
    if (operand.there() && !operand.words().is_contiguous()) operand = operand.words().contiguous();
    all_there = all_there && operand.there();
  }
  auto result = empty_words(sizes);
  uint64_t* const out = mutable_words_of(result);
  const auto run_part = [&](int64_t begin, int64_t end, auto&& operand_at) {
    std::array<const uint64_t*, kOperands> in;
    for (size_t i = 0; i < kOperands; ++i) in[i] = operand_at(i);
    run(function, in, out + begin, static_cast<size_t>(end - begin));
  };
  parallel_for(result.numel(), kElementsPerThread, [&](int64_t begin, int64_t end) {
    if (all_there) return run_part(begin, end, [&](size_t i) { return words_of(operands[i].words()) + begin; });
    std::array<std::array<uint64_t, LazyWords::kBlock>, kOperands> rooms;
    for (int64_t first = begin; first < end; first += LazyWords::kBlock) {
      const int64_t last = std::min(first + LazyWords::kBlock, end);
      run_part(first, last,
               [&](size_t i) { return operands[i].block(first, std::span(rooms[i]).first(static_cast<size_t>(last - first))); });
    }
  });
  return result;
}

elementwise::Truncation checked(int64_t shift, int64_t bits) {
  check_truncation(shift, bits);
  return {static_cast<int>(shift), static_cast<int>(bits)};
}

}  // namespace

at::Tensor multiply_combine_cpu(const LazyWords& x, const LazyWords& y, const LazyWords& lambda, const LazyWords& mu,
                                const LazyWords& product, bool add_public) {
  return map<elementwise::MultiplyCombine, 5>(kWordRuns[kernel_path()]->multiply_combine, {add_public}, {x, y, lambda, mu, product});
}

at::Tensor truncate_combine_cpu(const LazyWords& opened, const LazyWords& high, const LazyWords& top, int64_t shift, int64_t bits,
                                bool add_public) {
  return map<elementwise::TruncateCombine, 3>(kWordRuns[kernel_path()]->truncate_combine, {checked(shift, bits), add_public}, {opened, high, top});
}

at::Tensor truncated_cpu(const at::Tensor& opened, int64_t shift, int64_t bits) {
  const auto truncation = checked(shift, bits);
  check_cpu_words("truncated", opened);
  const auto in = opened.contiguous();
  auto result = empty_words(pair_of(in.sizes()));
  const auto run = kWordRuns[kernel_path()]->truncated;
  const uint64_t* const from = words_of(in);
  uint64_t *const value = mutable_words_of(result), *const wrap = value + in.numel();
  parallel_for(in.numel(), kElementsPerThread,
               [=](int64_t begin, int64_t end) { run(truncation, from + begin, value + begin, wrap + begin, static_cast<size_t>(end - begin)); });
  return result;
}

void difference_of_part(const at::Tensor& to, const at::Tensor& from, const LazyWords& subtracted, int64_t begin, int64_t end) {
  uint64_t* const out = mutable_words_of(to);
  const uint64_t* const in = words_of(from);
  const auto difference = kWordRuns[kernel_path()]->difference;
  parallel_for(end - begin, kElementsPerThread, [&](int64_t part_begin, int64_t part_end) {
    for (int64_t first = begin + part_begin; first < begin + part_end; first += LazyWords::kBlock) {
      const std::span block(out + first, static_cast<size_t>(std::min(LazyWords::kBlock, begin + part_end - first)));
      // Made where the difference is written: no other memory is touched.
      difference(in + first, subtracted.block(first, block), block.data(), block.size());
    }
  });
}

at::Tensor sum_cpu(at::TensorList parts) {
  check_parts(parts);
  std::vector<at::Tensor> kept;  // contiguous
  for (const at::Tensor& part : parts) {
    check_cpu_words("sum", part);
    kept.push_back(part.contiguous());
  }
  auto result = empty_words(kept[0].sizes());
  uint64_t* const out = mutable_words_of(result);
  const auto add = kWordRuns[kernel_path()]->add;
  parallel_for(result.numel(), kElementsPerThread, [&](int64_t begin, int64_t end) {
    constexpr int64_t kBlock = 1024;  // stays in the first-level cache while all parts are added to it
    for (; begin < end; begin += kBlock) {
      const int64_t count = std::min(kBlock, end - begin);
      std::copy_n(words_of(kept[0]) + begin, count, out + begin);
      for (size_t p = 1; p < kept.size(); ++p) add(out + begin, words_of(kept[p]) + begin, static_cast<size_t>(count));
    }
  });
  return result;
}

}  // namespace crypten
