"""The device that the C++ tests emulate (tests/cuda/emulation), for Python: its library is loaded as that of a GPU is."""

import ctypes
import pathlib
import types

import torch

from crypten_cpp import _C

LIBRARY = pathlib.Path(_C.__file__).resolve().parents[2] / "emulated" / "libcrypten_cuda_emulated.so"


def load() -> torch.device | None:
    """None where it is not built."""
    if not LIBRARY.exists():
        return None
    if not hasattr(torch, "emulated"):
        torch.ops.load_library(str(LIBRARY))
        module = types.ModuleType("torch.emulated")  # torch asks it to begin, before it makes a first tensor there
        module._lazy_init = lambda: None
        module.is_available = lambda: True
        module.device_count = lambda: 2
        module.current_device = lambda: 0
        module._is_in_bad_fork = lambda: False
        module.manual_seed_all = lambda seed: None
        torch._register_device_module("emulated", module)
    return torch.device("emulated", 0)


def work() -> dict[str, int]:
    """What the calling thread, so one party, asked the device for so far (tests/cuda/emulation/torch_device.h)."""
    counts = (ctypes.c_uint64 * 4)()
    ctypes.CDLL(str(LIBRARY)).emulated_work(counts)
    return dict(zip(("kernels", "operators", "copies", "waits"), counts, strict=True))


def only_count(only: bool) -> None:
    """Kernels count and do nothing while this holds: results are garbage."""
    ctypes.CDLL(str(LIBRARY)).emulated_only_count(int(only))
