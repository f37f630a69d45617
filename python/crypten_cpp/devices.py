"""Devices: where this party's part of a tensor lies. What other devices than the CPU compute with is a library of its own, loaded when such a device is first named."""

from __future__ import annotations

import pathlib
from typing import Any

import torch

from . import _C
from .errors import InvalidArgument

_LIBRARY = "libcrypten_cuda.so"


def _library() -> pathlib.Path | None:
    """Beside the extension of an installed package, or in the build folder."""
    package = pathlib.Path(_C.__file__).resolve().parent
    return next((path for path in (package / "lib" / _LIBRARY, package.parents[1] / "lib" / _LIBRARY) if path.exists()), None)


def ready(device: Any) -> torch.device:
    """The device, once this process has kernels for it. Errors: InvalidArgument (620) where there is no such device, (621) where there are no kernels for it."""
    device = torch.device("cuda", device) if isinstance(device, int) else torch.device(device)
    if _C.has_kernels(device.type):
        return device
    if device.type != "cuda":
        raise InvalidArgument(621, "there are no kernels for this device", f"device {device}", "private tensors are computed with on the CPU and on GPUs", 'use "cpu" or "cuda"')
    if not torch.cuda.is_available():
        why = f"torch {torch.__version__} sees no GPU" if torch.version.cuda else f"torch {torch.__version__} was built without CUDA"
        raise InvalidArgument(620, "there is no GPU here", f"device {device}", why, "look at nvidia-smi and CUDA_VISIBLE_DEVICES, or leave the tensors on the CPU")
    path = _library()
    if path is None:
        raise InvalidArgument(621, "there are no kernels for this device", f"device {device}", f"this build has no {_LIBRARY}", "build where nvcc is on the PATH, or leave the tensors on the CPU")
    torch.ops.load_library(str(path))
    return device


def placed(value: Any, size: Any, device: Any) -> torch.Tensor | None:
    """A plaintext as a tensor where its shares are to lie: on ``device``, if one is named. Where there is no value, a tensor of that size which nobody reads says so."""
    if device is not None:
        device = ready(device)
        if value is None:
            return None if size is None else torch.zeros((), device=device).expand(tuple(size))
        return torch.as_tensor(value, device=device)
    if isinstance(value, (bool, int, float)):
        return torch.tensor(value)
    if value is not None:
        ready(value.device)
    return value
