// The bodies of kernels/word_runs.h over vectors of words: included by the source of each instruction set.
#pragma once

#include <utility>

#include "crypten_core/kernels/lanes.h"
#include "crypten_core/kernels/word_runs.h"

namespace crypten {
namespace {  // NOLINT(cert-dcl59-cpp): each instruction set compiles its own copy

struct Subtract {
  template <class Words>
  Words operator()(Words x, Words y) const {
    return x - y;
  }
};
struct Multiply {
  template <class Words>
  Words operator()(Words x, Words y) const {
    return x * y;
  }
};
struct ExclusiveOr {
  template <class Words>
  Words operator()(Words x, Words y) const {
    return x ^ y;
  }
};

template <class Words, class Function, size_t kOperands, size_t... i>
inline void map_words(const Function& function, const std::array<const uint64_t*, kOperands>& in, uint64_t* out, size_t count,
                      std::index_sequence<i...>) {
  const Function f = function;  // no word that is written may be part of it
  const std::array<const uint64_t*, kOperands> from = in;
  size_t done = 0;
  for (; done + sizeof(Words) / 8 <= count; done += sizeof(Words) / 8) store(out + done, f(load<Words>(from[i] + done)...));
  for (; done < count; ++done) out[done] = f(from[i][done]...);
}

template <class Words, class Function, size_t kOperands>
void map_words(const Function& function, const std::array<const uint64_t*, kOperands>& in, uint64_t* out, size_t count) {
  map_words<Words>(function, in, out, count, std::make_index_sequence<kOperands>());
}

template <class Words, class Function>
void combine_words(uint64_t* a, const uint64_t* b, size_t count) {
  map_words<Words, Function, 2>({}, {a, b}, a, count);
}

template <class Words>
void difference_of_words(const uint64_t* a, const uint64_t* b, uint64_t* out, size_t count) {
  map_words<Words, Subtract, 2>({}, {a, b}, out, count);
}

template <class Words>
void truncated_words(const elementwise::Truncation& truncation, const uint64_t* opened, uint64_t* value, uint64_t* wrap, size_t count) {
  const elementwise::TruncatedValue first{truncation};
  const elementwise::TruncatedWrap second{truncation};
  size_t done = 0;
  for (; done + sizeof(Words) / 8 <= count; done += sizeof(Words) / 8) {
    const auto words = load<Words>(opened + done);
    store(value + done, first(words)), store(wrap + done, second(words));
  }
  for (; done < count; ++done) value[done] = first(opened[done]), wrap[done] = second(opened[done]);
}

// `Products`: the words that are multiplied at once.
template <class Words, class Products>
constexpr WordRuns word_runs() {
  return {combine_words<Words, elementwise::Add>,
          combine_words<Words, Subtract>,
          combine_words<Products, Multiply>,
          combine_words<Words, ExclusiveOr>,
          difference_of_words<Words>,
          map_words<Products, elementwise::MultiplyCombine, 5>,
          map_words<Words, elementwise::TruncateCombine, 3>,
          truncated_words<Words>};
}

}  // namespace
}  // namespace crypten
