#include <c10/core/Device.h>
#include <pybind11/stl.h>

#include "crypten_core/config.h"
#include "crypten_core/device_streams.h"
#include "crypten_core/kernels/dispatch.h"
#include "crypten_core/thread_pool.h"
#include "python/bindings/bindings.h"

namespace crypten::python {

void bind_crypten_core(py::module_& module) {
  py::class_<Config>(module, "Config", "Settings of a session, by dotted name, as text.")
      .def(py::init<>())
      .def(py::init<const Config&>())
      .def("set", [](Config& config, const std::string& name, const std::string& value) { config.set(name, value); }, py::arg("name"), py::arg("value"),
           "Sets a field from text. InvalidArgument: unknown name (with the nearest as suggestion), or a value that cannot be read or is out of range.")
      .def("get", [](const Config& config, const std::string& name) { return config.get(name); }, py::arg("name"), "A field as text.")
      .def("fields",
           [](const Config& config) {
             std::vector<std::tuple<std::string, std::string, bool>> fields;
             for (const auto& field : config.fields()) fields.emplace_back(field.name, field.value, field.compared);
             return fields;
           },
           "All fields: name, value, whether it must be equal on all parties.");
  module.def("kernel_path", [] { return std::string(name(kernel_path())); }, "The instructions that the kernels use: portable, avx2, avx512 or amx. InvalidArgument: CRYPTEN_KERNELS cannot be met.");
  module.def("has_kernels",
             [](const std::string& device) {
               const at::Device wanted(device);
               return wanted.is_cpu() || device_stream(static_cast<int>(wanted.type())) != nullptr;
             },
             py::arg("device"), "Whether this process has kernels for a device of this type.");
  module.def("threads", [] { return ThreadPool::process().threads(); }, "How many threads the kernels use. InvalidArgument: CRYPTEN_THREADS cannot be used.");
}

}  // namespace crypten::python
