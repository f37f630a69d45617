// Ctrl-C while a party waits for its peers: channels ask about every 100 ms; the main thread answers with Python's pending signals.
#include <sys/syscall.h>
#include <unistd.h>

#include "comm/channel.h"
#include "python/bindings/bindings.h"

namespace crypten::python {
namespace {

bool on_main_thread() { return syscall(SYS_gettid) == getpid(); }

}  // namespace

void bind_interrupt() {
  set_interrupt_check([] {
    if (!on_main_thread() || Py_IsInitialized() == 0) return;  // only the main thread runs Python's signal handlers
    py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  });
}

}  // namespace crypten::python
