// Names of operations on binary tensors: those of CrypTensors, for these operands, and operations on bits.
#include "autograd/binary_tensor.h"
#include "python/bindings/bindings.h"
#include "python/bindings/casters.h"

namespace crypten::python {
namespace {

using Sizes = std::vector<int64_t>;
using Tensor = const BinaryTensor&;

// f(x, y) for a private and for a public y.
template <typename Function>
void of_two(py::module_& m, const char* name, Function function) {
  m.def(name, [function](Tensor a, Tensor b) { return function(a, BinaryOperand(b)); }, ReleaseGil());
  m.def(name, [function](Tensor a, const Plain& b) { return function(a, BinaryOperand(b)); }, ReleaseGil());
}

void bind_operators(py::module_& m) {
  using Operand = const BinaryOperand&;
  of_two(m, "bit_xor", [](Tensor a, Operand b) { return a ^ b; });
  of_two(m, "bit_and", [](Tensor a, Operand b) { return a & b; });
  of_two(m, "bit_or", [](Tensor a, Operand b) { return a | b; });
  of_two(m, "add", [](Tensor a, Operand b) { return a + b; });
  of_two(m, "sub", [](Tensor a, Operand b) { return a - b; });
  of_two(m, "lt", [](Tensor a, Operand b) { return lt(a, b); });
  of_two(m, "le", [](Tensor a, Operand b) { return le(a, b); });
  of_two(m, "gt", [](Tensor a, Operand b) { return gt(a, b); });
  of_two(m, "ge", [](Tensor a, Operand b) { return ge(a, b); });
  of_two(m, "eq", [](Tensor a, Operand b) { return eq(a, b); });
  of_two(m, "ne", [](Tensor a, Operand b) { return ne(a, b); });
  m.def("sub", [](const Plain& a, Tensor b) { return a - b; }, ReleaseGil());
  m.def("neg", [](Tensor a) { return -a; }, ReleaseGil());
  m.def("bit_not", [](Tensor a) { return ~a; }, ReleaseGil());
  m.def("shift_left", [](Tensor a, int bits) { return a << bits; }, ReleaseGil());
  m.def("shift_right", [](Tensor a, int bits) { return a >> bits; }, ReleaseGil());
  m.def("shift_right_logical", [](Tensor a, int bits) { return shift_right_logical(a, bits); }, ReleaseGil());
  m.def("rotate_left", [](Tensor a, int bits) { return rotate_left(a, bits); }, ReleaseGil());
  m.def("where", [](Tensor condition, Tensor a, Tensor b) { return where(condition, a, b); }, ReleaseGil());
}

void bind_moves(py::module_& m) {
  m.def("reshape", [](Tensor a, const Sizes& sizes) { return reshape(a, sizes); }, ReleaseGil());
  m.def("permute", [](Tensor a, const Sizes& dims) { return permute(a, dims); }, ReleaseGil());
  m.def("unsqueeze", [](Tensor a, int64_t dim) { return unsqueeze(a, dim); }, ReleaseGil());
  m.def("select", [](Tensor a, int64_t dim, int64_t index) { return select(a, dim, index); }, ReleaseGil());
  m.def("slice", [](Tensor a, int64_t dim, int64_t start, int64_t end, int64_t step) { return slice(a, dim, start, end, step); }, ReleaseGil());
  m.def("index_select", [](Tensor a, int64_t dim, const at::Tensor& index) { return index_select(a, dim, index); }, ReleaseGil());
  m.def("cat", [](const std::vector<BinaryTensor>& tensors, int64_t dim) { return cat(tensors, dim); }, ReleaseGil());
  m.def("stack", [](const std::vector<BinaryTensor>& tensors, int64_t dim) { return stack(tensors, dim); }, ReleaseGil());
}

}  // namespace

void bind_binary(py::module_& module) {
  py::class_<BinaryTensor>(module, "BinaryTensor", "A private tensor of 64-bit integers, shared bit by bit. crypten_cpp.BinaryTensor is what users hold.")
      .def_property_readonly("party", [](Tensor a) { return a.party(); })
      .def_property_readonly("sizes", [](Tensor a) { return a.sizes().vec(); })
      .def_property_readonly("device", [](Tensor a) { return a.device().str(); })
      .def("to", [](Tensor a, const std::string& device) { return a.to(at::Device(device)); }, py::arg("device"), ReleaseGil(), "The same tensor on another device.")
      .def("get_plain_text", [](Tensor a, std::optional<int> dst) { return a.get_plain_text(dst); }, py::arg("dst") = py::none(), ReleaseGil(),
           "Reveals to all ranks, or to `dst` (None elsewhere). 1 round, 8 B an element. Opens: the value. int64.");
  module.def("binary_tensor",
             [](std::shared_ptr<Party> party, const std::optional<at::Tensor>& integers, int src, std::optional<Sizes> sizes) {
               const auto view = sizes ? std::optional<at::IntArrayRef>(*sizes) : std::nullopt;
               return binary_tensor(std::move(party), integers.value_or(at::Tensor()), src, view);
             },
             py::arg("party"), py::arg("integers"), py::arg("src"), py::arg("sizes"), ReleaseGil(),
             "Shares rank src's whole numbers. 0 rounds, 0 B. Opens nothing.");
  module.def("binary", [](const CrypTensor& x) { return binary(x); }, ReleaseGil(), "The floor of private reals as a binary tensor.");
  module.def("arithmetic", [](Tensor a, int bits) { return arithmetic(a, bits); }, ReleaseGil(), "The numbers of a binary tensor as a CrypTensor.");
  bind_operators(module);
  bind_moves(module);
}

}  // namespace crypten::python
