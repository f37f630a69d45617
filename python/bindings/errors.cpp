// C++ errors as the Python classes of crypten_cpp/errors.py, of the same names, with their code and four facts.
#include "crypten_core/error.h"

#include <c10/util/Exception.h>

#include "python/bindings/bindings.h"

namespace crypten::python {
namespace {

// Most derived first.
const char* class_name(const Error& error) {
#define CRYPTEN_IS(name) \
  if (dynamic_cast<const name*>(&error) != nullptr) return #name
  CRYPTEN_IS(IndexError);
  CRYPTEN_IS(InvalidArgument);
  CRYPTEN_IS(ConfigMismatch);
  CRYPTEN_IS(VersionMismatch);
  CRYPTEN_IS(CertificateUntrusted);
  CRYPTEN_IS(CertificateExpired);
  CRYPTEN_IS(PeerIdentityMismatch);
  CRYPTEN_IS(RankTaken);
  CRYPTEN_IS(RendezvousTimeout);
  CRYPTEN_IS(DealerIsParty);
  CRYPTEN_IS(SessionClosed);
  CRYPTEN_IS(SessionError);
  CRYPTEN_IS(PeerLost);
  CRYPTEN_IS(PeerFinished);
  CRYPTEN_IS(PeerAborted);
  CRYPTEN_IS(PeerStalled);
  CRYPTEN_IS(DealerLost);
  CRYPTEN_IS(CommError);
  CRYPTEN_IS(MaskReuse);
  CRYPTEN_IS(ProgramMismatch);
  CRYPTEN_IS(MalformedFrame);
  CRYPTEN_IS(ProtocolError);
#undef CRYPTEN_IS
  return "Error";
}

// A message may quote what a damaged file holds: bytes that are no UTF-8 are shown as such.
py::str text(const std::string& bytes) {
  return py::reinterpret_steal<py::str>(PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "backslashreplace"));
}

void raise(const Error& error) {
  const auto type = py::module_::import("crypten_cpp.errors").attr(class_name(error));
  const auto value = type(error.code(), text(error.problem()), text(error.where()), text(error.why()), text(error.todo()));
  PyErr_SetObject(type.ptr(), value.ptr());
}

}  // namespace

void bind_errors() {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
      raise(error);
    } catch (const c10::IndexError& error) {
      PyErr_SetString(PyExc_IndexError, error.what_without_backtrace());
    } catch (const c10::OutOfMemoryError& error) {
      const std::string_view message = error.what_without_backtrace();
      raise(Error(618, "memory ran out", "the device's allocator", std::string(message.substr(0, message.find('\n'))), "compute on parts of it, or on a device with more memory; the session can go on if all parties give up this operation"));
    } catch (const c10::Error& error) {
      if (std::string_view(error.what_without_backtrace()).find("allocate memory") != std::string_view::npos) {
        return raise(Error(618, "memory ran out", "torch's allocator", "the system gave no memory for a tensor of this size",
                           "compute on parts of it, or on a machine with more memory; `crypten doctor` shows the limits of this process"));
      }
      PyErr_SetString(PyExc_RuntimeError, error.what_without_backtrace());
    }
  });
}

}  // namespace crypten::python
