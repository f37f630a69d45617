#include "autograd/cryptensor.h"
#include "autograd/ops/arithmetic.h"
#include "autograd/ops/logic.h"
#include "autograd/ops/pool.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {
namespace {

using Sizes = std::vector<int64_t>;
using Pair = std::array<int64_t, 2>;

void bind_arithmetic(py::module_& m) {
  m.def("add", [](const CrypTensor& a, const CrypTensor& b) { return a + b; }, ReleaseGil());
  m.def("add", [](const CrypTensor& a, const Plain& b) { return a + b; }, ReleaseGil());
  m.def("sub", [](const CrypTensor& a, const CrypTensor& b) { return a - b; }, ReleaseGil());
  m.def("sub", [](const CrypTensor& a, const Plain& b) { return a - b; }, ReleaseGil());
  m.def("sub", [](const Plain& a, const CrypTensor& b) { return a - b; }, ReleaseGil());
  m.def("neg", [](const CrypTensor& a) { return -a; }, ReleaseGil());
  m.def("mul", [](const CrypTensor& a, const CrypTensor& b) { return a * b; }, ReleaseGil());
  m.def("mul", [](const CrypTensor& a, const Plain& b) { return a * b; }, ReleaseGil());
  m.def("div", [](const CrypTensor& a, const Plain& b) { return a / b; }, ReleaseGil());
  m.def("square", [](const CrypTensor& a) { return square(a); }, ReleaseGil());
  m.def("matmul", [](const CrypTensor& a, const CrypTensor& b) { return matmul(a, b); }, ReleaseGil());
  m.def("matmul", [](const CrypTensor& a, const Plain& b) { return matmul(a, b); }, ReleaseGil());
  m.def("matmul", [](const Plain& a, const CrypTensor& b) { return matmul(a, b); }, ReleaseGil());
  m.def("linear", [](const CrypTensor& x, const CrypTensor& weight, const std::optional<CrypTensor>& bias) { return linear(x, weight, bias.value_or(CrypTensor())); },
        py::arg("input"), py::arg("weight"), py::arg("bias") = py::none(), ReleaseGil());
  m.def("conv2d",
        [](const CrypTensor& x, const CrypTensor& weight, const std::optional<CrypTensor>& bias, Pair stride, Pair padding, Pair dilation, int64_t groups) {
          return conv2d(x, weight, bias.value_or(CrypTensor()), {stride, padding, dilation, groups});
        },
        py::arg("input"), py::arg("weight"), py::arg("bias"), py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("groups"), ReleaseGil());
  m.def("conv2d",
        [](const CrypTensor& x, const Plain& weight, const std::optional<CrypTensor>& bias, Pair stride, Pair padding, Pair dilation, int64_t groups) {
          const auto product = conv2d(x, weight, {stride, padding, dilation, groups});
          return bias ? product + reshape(*bias, {-1, 1, 1}) : product;
        },
        py::arg("input"), py::arg("weight"), py::arg("bias"), py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("groups"), ReleaseGil());
}

void bind_logic(py::module_& m) {
#define CRYPTEN_COMPARISON(name)                                                                                              \
  m.def(#name, [](const CrypTensor& a, const CrypTensor& b, double bound) { return name(a, b, bound); }, ReleaseGil()); \
  m.def(#name, [](const CrypTensor& a, const Plain& b, double bound) { return name(a, b, bound); }, ReleaseGil())
  CRYPTEN_COMPARISON(lt);
  CRYPTEN_COMPARISON(le);
  CRYPTEN_COMPARISON(gt);
  CRYPTEN_COMPARISON(ge);
  CRYPTEN_COMPARISON(eq);
  CRYPTEN_COMPARISON(ne);
#undef CRYPTEN_COMPARISON
  m.def("relu", [](const CrypTensor& x, double bound) { return relu(x, bound); }, ReleaseGil());
  m.def("hardtanh", [](const CrypTensor& x, double low, double high, double bound) { return hardtanh(x, low, high, bound); }, ReleaseGil());
  m.def("abs", [](const CrypTensor& x, double bound) { return abs(x, bound); }, ReleaseGil());
  m.def("sign", [](const CrypTensor& x, double bound) { return sign(x, bound); }, ReleaseGil());
  m.def("where", [](const CrypTensor& condition, const CrypTensor& a, const CrypTensor& b) { return where(condition, a, b); }, ReleaseGil());
}

void bind_pooling(py::module_& m) {
  m.def("max_pool2d",
        [](const CrypTensor& x, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode, double bound) {
          return max_pool2d(x, {kernel, stride, padding, dilation, ceil_mode, true, bound});
        },
        py::arg("input"), py::arg("kernel"), py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("ceil_mode"), py::arg("bound"), ReleaseGil());
  m.def("max_pool2d_with_indices",
        [](const CrypTensor& x, Pair kernel, Pair stride, Pair padding, Pair dilation, bool ceil_mode, double bound) {
          return max_pool2d_with_indices(x, {kernel, stride, padding, dilation, ceil_mode, true, bound});
        },
        py::arg("input"), py::arg("kernel"), py::arg("stride"), py::arg("padding"), py::arg("dilation"), py::arg("ceil_mode"), py::arg("bound"), ReleaseGil());
  m.def("avg_pool2d",
        [](const CrypTensor& x, Pair kernel, Pair stride, Pair padding, bool ceil_mode, bool count_include_pad) {
          return avg_pool2d(x, {kernel, stride, padding, {1, 1}, ceil_mode, count_include_pad});
        },
        py::arg("input"), py::arg("kernel"), py::arg("stride"), py::arg("padding"), py::arg("ceil_mode"), py::arg("count_include_pad"), ReleaseGil());
  m.def("adaptive_avg_pool2d", [](const CrypTensor& x, Pair output) { return adaptive_avg_pool2d(x, output); }, ReleaseGil());
  m.def("adaptive_max_pool2d", [](const CrypTensor& x, Pair output, double bound) { return adaptive_max_pool2d(x, output, bound); }, ReleaseGil());
}

void bind_reductions(py::module_& m) {
  m.def("sum", [](const CrypTensor& x, const Sizes& dims, bool keepdim) { return sum(x, dims, keepdim); }, ReleaseGil());
  m.def("mean", [](const CrypTensor& x, const Sizes& dims, bool keepdim) { return mean(x, dims, keepdim); }, ReleaseGil());
  m.def("max", [](const CrypTensor& x) { return max(x); }, ReleaseGil());
  m.def("max", [](const CrypTensor& x, int64_t dim, bool keepdim, bool one_hot, double bound) { return max(x, dim, keepdim, one_hot, bound); }, ReleaseGil());
  m.def("min", [](const CrypTensor& x) { return min(x); }, ReleaseGil());
  m.def("min", [](const CrypTensor& x, int64_t dim, bool keepdim, bool one_hot, double bound) { return min(x, dim, keepdim, one_hot, bound); }, ReleaseGil());
  m.def("argmax", [](const CrypTensor& x, std::optional<int64_t> dim, bool keepdim, bool one_hot, double bound) { return argmax(x, dim, keepdim, one_hot, bound); }, ReleaseGil());
  m.def("argmin", [](const CrypTensor& x, std::optional<int64_t> dim, bool keepdim, bool one_hot, double bound) { return argmin(x, dim, keepdim, one_hot, bound); }, ReleaseGil());
}

void bind_shapes(py::module_& m) {
  m.def("reshape", [](const CrypTensor& x, const Sizes& sizes) { return reshape(x, sizes); }, ReleaseGil());
  m.def("flatten", [](const CrypTensor& x, int64_t start, int64_t end) { return flatten(x, start, end); }, ReleaseGil());
  m.def("transpose", [](const CrypTensor& x, int64_t a, int64_t b) { return transpose(x, a, b); }, ReleaseGil());
  m.def("permute", [](const CrypTensor& x, const Sizes& dims) { return permute(x, dims); }, ReleaseGil());
  m.def("expand", [](const CrypTensor& x, const Sizes& sizes) { return expand(x, sizes); }, ReleaseGil());
  m.def("squeeze", [](const CrypTensor& x, std::optional<int64_t> dim) { return squeeze(x, dim); }, ReleaseGil());
  m.def("unsqueeze", [](const CrypTensor& x, int64_t dim) { return unsqueeze(x, dim); }, ReleaseGil());
  m.def("select", [](const CrypTensor& x, int64_t dim, int64_t index) { return select(x, dim, index); }, ReleaseGil());
  m.def("slice", [](const CrypTensor& x, int64_t dim, int64_t start, int64_t end, int64_t step) { return slice(x, dim, start, end, step); }, ReleaseGil());
  m.def("index_select", [](const CrypTensor& x, int64_t dim, const at::Tensor& index) { return index_select(x, dim, index); }, ReleaseGil());
  m.def("pad", [](const CrypTensor& x, const Sizes& widths, double value) { return pad(x, widths, value); }, ReleaseGil());
  m.def("cat", [](const std::vector<CrypTensor>& tensors, int64_t dim) { return cat(tensors, dim); }, ReleaseGil());
  m.def("stack", [](const std::vector<CrypTensor>& tensors, int64_t dim) { return stack(tensors, dim); }, ReleaseGil());
  m.def("split", [](const CrypTensor& x, int64_t size, int64_t dim) { return split(x, size, dim); }, ReleaseGil());
}

}  // namespace

void bind_autograd(py::module_& module) {
  py::class_<CrypTensor>(module, "CrypTensor", "A private tensor of reals. crypten_cpp.CrypTensor is what users hold.")
      .def_property_readonly("party", [](const CrypTensor& x) { return x.party(); })
      .def_property_readonly("sizes", [](const CrypTensor& x) { return x.sizes().vec(); })
      .def_property_readonly("fraction_bits", [](const CrypTensor& x) { return x.value().fraction_bits(); })
      .def_property_readonly("device", [](const CrypTensor& x) { return x.device().str(); })
      .def("to", [](const CrypTensor& x, const std::string& device) { return x.to(at::Device(device)); }, py::arg("device"), ReleaseGil(), "The same tensor on another device.")
      .def("get_plain_text", [](const CrypTensor& x, std::optional<int> dst) { return x.get_plain_text(dst); }, py::arg("dst") = py::none(), ReleaseGil(),
           "Reveals to all ranks, or to `dst` (None elsewhere). 1 round, 8 B an element. Opens: the value. float32; int64 for comparison results and indices.")
      .def("reveal",
           [](const CrypTensor& x, std::optional<int> dst) {
             const auto words = x.reveal(dst);
             return words.defined() ? words.words() : at::Tensor();
           },
           py::arg("dst") = py::none(), ReleaseGil(), "As get_plain_text, not decoded: int64 words with fraction_bits fractional bits.");
  module.def("cryptensor",
             [](std::shared_ptr<Party> party, const std::optional<at::Tensor>& plaintext, int src, std::optional<Sizes> sizes) {
               const auto view = sizes ? std::optional<at::IntArrayRef>(*sizes) : std::nullopt;
               return cryptensor(std::move(party), plaintext.value_or(at::Tensor()), src, view);
             },
             py::arg("party"), py::arg("plaintext"), py::arg("src"), py::arg("sizes"), ReleaseGil(), "Encodes and shares rank src's plaintext. 0 rounds, 0 B. Opens nothing.");
  bind_arithmetic(module);
  bind_logic(module);
  bind_pooling(module);
  bind_reductions(module);
  bind_shapes(module);
  bind_functions(module);
  bind_quotients(module);
}

}  // namespace crypten::python
