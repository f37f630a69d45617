#include "crypten_core/kernels/elementwise.h"
#include "cuda/elementwise.h"
#include "cuda/launch.h"

namespace crypten::cuda {
namespace {

template <typename Function, typename... In>
__global__ void apply(Function function, int64_t count, uint64_t* out, const In*... in) {
  for (int64_t i = first_index(); i < count; i += index_step()) out[i] = function(in[i]...);
}

template <typename First, typename Second>
__global__ void apply_both(First first, Second second, int64_t count, uint64_t* of_first, uint64_t* of_second, const uint64_t* in) {
  for (int64_t i = first_index(); i < count; i += index_step()) of_first[i] = first(in[i]), of_second[i] = second(in[i]);
}

template <typename Function, typename... In>
cudaError_t start(Function function, int64_t count, cudaStream_t stream, uint64_t* out, const In*... in) {
  if (count == 0) return cudaSuccess;
  return launch(apply<Function, In...>, blocks_for(count), stream, function, count, out, in...);
}

}  // namespace

cudaError_t multiply_combine(const uint64_t* x, const uint64_t* y, const uint64_t* lambda, const uint64_t* mu, const uint64_t* product,
                             uint64_t* out, int64_t count, bool add_public, cudaStream_t stream) {
  return start(elementwise::MultiplyCombine{add_public}, count, stream, out, x, y, lambda, mu, product);
}

cudaError_t truncate_combine(const uint64_t* opened, const uint64_t* high, const uint64_t* top, uint64_t* out, int64_t count, int shift,
                             int bits, bool add_public, cudaStream_t stream) {
  return start(elementwise::TruncateCombine{{shift, bits}, add_public}, count, stream, out, opened, high, top);
}

cudaError_t truncated(const uint64_t* opened, uint64_t* value, uint64_t* wrap, int64_t count, int shift, int bits, cudaStream_t stream) {
  if (count == 0) return cudaSuccess;
  const elementwise::Truncation truncation{shift, bits};
  return launch(apply_both<elementwise::TruncatedValue, elementwise::TruncatedWrap>, blocks_for(count), stream, elementwise::TruncatedValue{truncation},
                elementwise::TruncatedWrap{truncation}, count, value, wrap, opened);
}

cudaError_t add(const uint64_t* x, const uint64_t* y, uint64_t* out, int64_t count, cudaStream_t stream) {
  return start(elementwise::Add{}, count, stream, out, x, y);
}

}  // namespace crypten::cuda
