// crypten_cpp._C: the C++ library in Python.
#include "python/bindings/bindings.h"

#include "comm/session.h"

PYBIND11_MODULE(_C, module) {
  using namespace crypten::python;
  py::module_::import("torch");  // its types before ours
  module.doc() = "The C++ library in Python: names and docstrings only. The package crypten_cpp is what users import.";
  module.attr("torch_version") = CRYPTEN_TORCH_VERSION;
  module.attr("__version__") = std::string(crypten::kLibraryVersion);
#ifdef CRYPTEN_WITH_GRPC
  module.attr("with_grpc") = true;
#else
  module.attr("with_grpc") = false;
#endif
  bind_errors();
  bind_interrupt();
  bind_crypten_core(module);
  bind_mpc(module);
  bind_autograd(module);
  bind_binary(module);
  bind_verbs(module);
  bind_nn(module);
}
