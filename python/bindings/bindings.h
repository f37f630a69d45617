// One function for each C++ folder: names and docstrings, no logic. Everything that can wait releases the GIL.
#pragma once

#include <pybind11/pybind11.h>

namespace crypten::python {

namespace py = pybind11;
using ReleaseGil = py::call_guard<py::gil_scoped_release>;

void bind_errors();
void bind_interrupt();
void bind_crypten_core(py::module_& module);
void bind_mpc(py::module_& module);
void bind_autograd(py::module_& module);
void bind_binary(py::module_& module);
void bind_functions(py::module_& module);
void bind_quotients(py::module_& module);
void bind_verbs(py::module_& module);
void bind_nn(py::module_& module);

}  // namespace crypten::python
