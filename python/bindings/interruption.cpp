// Ctrl-C while parties wait for each other: channels ask about every 100 ms. The main thread answers with Python's pending signals; others with what
// Interruption::interrupt said.
#include "python/bindings/interruption.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "comm/channel.h"
#include "crypten_core/error.h"
#include "python/bindings/bindings.h"

namespace crypten::python {
namespace {

thread_local std::shared_ptr<std::atomic<bool>> this_thread;

bool on_main_thread() { return syscall(SYS_gettid) == getpid(); }

}  // namespace

void Interruption::bind() const { this_thread = interrupted_; }

void Interruption::check() {
  if (this_thread && *this_thread) throw SessionClosed(617, "the simulation was interrupted", "waiting for a peer", "the calling program stopped it", "start a new simulation");
}

void bind_interrupt() {
  set_interrupt_check([] {
    Interruption::check();
    if (!on_main_thread() || Py_IsInitialized() == 0) return;  // only the main thread runs Python's signal handlers
    py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  });
}

}  // namespace crypten::python
