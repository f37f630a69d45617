// Names of operations beyond sums, products, comparisons and pooling: orders, rearrangements, assignments, convolutions, logic, random values.
#include "autograd/ops/conv.h"
#include "autograd/ops/order.h"
#include "autograd/ops/rearrange.h"
#include "autograd/ops/sample.h"
#include "autograd/ops/truth.h"
#include "mpc/function/normal.h"
#include "mpc/tensor/sample.h"
#include "mpc/tensor/shuffle.h"
#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {
namespace {

using Sizes = std::vector<int64_t>;
using Dim = std::optional<int64_t>;
using PairWithIndex = std::pair<CrypTensor, std::optional<CrypTensor>>;

PairWithIndex pair(const ValueAndIndex& ordered) {
  return {ordered.first, ordered.second.defined() ? std::optional(ordered.second) : std::nullopt};
}

// f(x, y) for a private and for a public y.
#define CRYPTEN_OF_TWO(name)                                                                        \
  m.def(#name, [](const CrypTensor& a, const CrypTensor& b) { return name(a, b); }, ReleaseGil());  \
  m.def(#name, [](const CrypTensor& a, const Plain& b) { return name(a, b); }, ReleaseGil())

// f(x, dim, index, source).
#define CRYPTEN_AT_INDEX(name)                                                                                                                          \
  m.def(#name, [](const CrypTensor& x, int64_t dim, const at::Tensor& index, const CrypTensor& source) { return name(x, dim, index, source); }, ReleaseGil()); \
  m.def(#name, [](const CrypTensor& x, int64_t dim, const at::Tensor& index, const Plain& source) { return name(x, dim, index, source); }, ReleaseGil())

void bind_orders(py::module_& m) {
  m.def("sort", [](const CrypTensor& x, int64_t dim, bool descending, bool indices, double bound) { return pair(sort(x, dim, descending, indices, bound)); }, ReleaseGil());
  m.def("topk", [](const CrypTensor& x, int64_t k, int64_t dim, bool largest, bool indices, double bound) { return pair(topk(x, k, dim, largest, indices, bound)); }, ReleaseGil());
  m.def("kthvalue", [](const CrypTensor& x, int64_t k, int64_t dim, bool keepdim, bool indices, double bound) { return pair(kthvalue(x, k, dim, keepdim, indices, bound)); }, ReleaseGil());
  m.def("median", [](const CrypTensor& x) { return median(x); }, ReleaseGil());
  m.def("median", [](const CrypTensor& x, int64_t dim, bool keepdim, bool indices, double bound) { return pair(median(x, dim, keepdim, indices, bound)); }, ReleaseGil());
  m.def("maximum", [](const CrypTensor& a, const CrypTensor& b, double bound) { return maximum(a, b, bound); }, ReleaseGil());
  m.def("maximum", [](const CrypTensor& a, const Plain& b, double bound) { return maximum(a, b, bound); }, ReleaseGil());
  m.def("minimum", [](const CrypTensor& a, const CrypTensor& b, double bound) { return minimum(a, b, bound); }, ReleaseGil());
  m.def("minimum", [](const CrypTensor& a, const Plain& b, double bound) { return minimum(a, b, bound); }, ReleaseGil());
  m.def("clamp", [](const CrypTensor& x, std::optional<double> low, std::optional<double> high, double bound) { return clamp(x, low, high, bound); }, ReleaseGil());
  m.def("logical_not", [](const CrypTensor& x) { return logical_not(x); }, ReleaseGil());
  CRYPTEN_OF_TWO(logical_and);
  CRYPTEN_OF_TWO(logical_or);
  CRYPTEN_OF_TWO(logical_xor);
}

void bind_rearrangements(py::module_& m) {
  m.def("movedim", [](const CrypTensor& x, const Sizes& source, const Sizes& destination) { return movedim(x, source, destination); }, ReleaseGil());
  m.def("diagonal", [](const CrypTensor& x, int64_t offset, int64_t dim1, int64_t dim2) { return diagonal(x, offset, dim1, dim2); }, ReleaseGil());
  m.def("unfold", [](const CrypTensor& x, int64_t dim, int64_t size, int64_t step) { return unfold(x, dim, size, step); }, ReleaseGil());
  m.def("flip", [](const CrypTensor& x, const Sizes& dims) { return flip(x, dims); }, ReleaseGil());
  m.def("roll", [](const CrypTensor& x, const Sizes& shifts, const Sizes& dims) { return roll(x, shifts, dims); }, ReleaseGil());
  m.def("repeat", [](const CrypTensor& x, const Sizes& sizes) { return repeat(x, sizes); }, ReleaseGil());
  m.def("tile", [](const CrypTensor& x, const Sizes& sizes) { return tile(x, sizes); }, ReleaseGil());
  m.def("repeat_interleave", [](const CrypTensor& x, int64_t repeats, Dim dim) { return repeat_interleave(x, repeats, dim); }, ReleaseGil());
  m.def("tril", [](const CrypTensor& x, int64_t diagonal) { return tril(x, diagonal); }, ReleaseGil());
  m.def("triu", [](const CrypTensor& x, int64_t diagonal) { return triu(x, diagonal); }, ReleaseGil());
  m.def("gather", [](const CrypTensor& x, int64_t dim, const at::Tensor& index) { return gather(x, dim, index); }, ReleaseGil());
  m.def("take", [](const CrypTensor& x, const at::Tensor& index) { return take(x, index); }, ReleaseGil());
  CRYPTEN_AT_INDEX(scatter);
  CRYPTEN_AT_INDEX(scatter_add);
  CRYPTEN_AT_INDEX(index_add);
  m.def("put", [](const CrypTensor& x, const at::Tensor& places, const CrypTensor& values) { return put(x, places, values); }, ReleaseGil());
  m.def("put", [](const CrypTensor& x, const at::Tensor& places, const Plain& values) { return put(x, places, values); }, ReleaseGil());
  m.def("masked_fill", [](const CrypTensor& x, const at::Tensor& mask, const Plain& value) { return masked_fill(x, mask, value); }, ReleaseGil());
  m.def("cumsum", [](const CrypTensor& x, int64_t dim) { return cumsum(x, dim); }, ReleaseGil());
  m.def("trace", [](const CrypTensor& x) { return trace(x); }, ReleaseGil());
  m.def("prod", [](const CrypTensor& x, Dim dim, bool keepdim) { return prod(x, dim, keepdim); }, ReleaseGil());
}

template <typename Weight>
void bind_convolutions_of(py::module_& m) {
  m.def("conv",
        [](const CrypTensor& x, const Weight& weight, const std::optional<CrypTensor>& bias, const Sizes& stride, const Sizes& padding, const Sizes& dilation, int64_t groups) {
          return conv(x, weight, bias.value_or(CrypTensor()), {stride, padding, dilation, groups});
        },
        py::arg("input"), py::arg("weight"), py::arg("bias"), py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("groups"), ReleaseGil());
  m.def("conv_transpose",
        [](const CrypTensor& x, const Weight& weight, const std::optional<CrypTensor>& bias, const Sizes& stride, const Sizes& padding, const Sizes& output_padding, const Sizes& dilation,
           int64_t groups) { return conv_transpose(x, weight, bias.value_or(CrypTensor()), {stride, padding, dilation, groups}, output_padding); },
        py::arg("input"), py::arg("weight"), py::arg("bias"), py::arg("stride"), py::arg("padding"), py::arg("output_padding"), py::arg("dilation"), py::arg("groups"), ReleaseGil());
}

void bind_samples(py::module_& m) {
  m.def("rand", [](std::shared_ptr<Party> party, const Sizes& sizes, const std::string& device) { return CrypTensor(rand(std::move(party), sizes, at::Device(device))); }, ReleaseGil());
  m.def("randn", [](std::shared_ptr<Party> party, const Sizes& sizes, const std::string& device) { return CrypTensor(randn(std::move(party), sizes, at::Device(device))); }, ReleaseGil());
  m.def("randperm", [](std::shared_ptr<Party> party, int64_t n, const std::string& device) { return CrypTensor(randperm(std::move(party), n, at::Device(device))); }, ReleaseGil());
  m.def("shuffle", [](const std::vector<CrypTensor>& tensors) { return shuffle(tensors); }, ReleaseGil());
  m.def("look_up", [](const CrypTensor& table, const CrypTensor& index) { return look_up(table, index); }, ReleaseGil());
  m.def("look_up", [](const Plain& table, const CrypTensor& index) { return look_up(table, index); }, ReleaseGil());
  m.def("bernoulli", [](std::shared_ptr<Party> party, const at::Tensor& probabilities) { return CrypTensor(bernoulli(std::move(party), probabilities)); }, ReleaseGil());
  m.def("bernoulli", [](const CrypTensor& probabilities) { return bernoulli(probabilities); }, ReleaseGil());
  m.def("dropout", [](const CrypTensor& x, double p, bool training) { return dropout(x, p, training); }, ReleaseGil());
}

}  // namespace

void bind_verbs(py::module_& module) {
  bind_orders(module);
  bind_rearrangements(module);
  bind_convolutions_of<CrypTensor>(module);
  bind_convolutions_of<Plain>(module);
  bind_samples(module);
}

}  // namespace crypten::python
