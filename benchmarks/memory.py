"""Memory that a party takes for a model: the most that its process had resident, from the encryption of the model to the end of its runs, over what it had before.

It stands beside 3 × (model + activations in ring form) + what a plan has asked for ahead: 8 bytes for each parameter and for each output of a layer, as share, as
opening and as what a step works on.
"""

from __future__ import annotations

import gc
import pathlib
import time
from typing import Any

import numpy as np
import torch

import crypten_cpp as crypten
from benchmarks import models, operations

WORD = 8
FACTOR = 3
WINDOW = 256 << 20  # kPrefetchWindow of mpc/provider/provider.h
CALLS = 3
SETTLE_SECONDS = 0.5  # for answers that were asked for ahead


def of_model(name: str) -> dict[str, Any]:
    """``peak``: bytes over the baseline. ``model``, ``activations``: elements. ``ahead``: bytes that a plan has from the dealer ahead of a call, at most its window.
    ``beside``: what the peak is compared with, in bytes. Best in a process that did nothing else."""
    row = operations.row_named(name)
    values = [torch.from_numpy(v) for v in operations.inputs(row)]
    model = models.load(row.operation)
    elements = {"model": sum(p.numel() for p in model.parameters()), "activations": activations(model, values[0])}
    _warm_up()
    gc.collect()
    before = _status("VmRSS")
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    private = crypten.plan(crypten.nn.from_pytorch(model, torch.zeros(row.shapes[0])).encrypt(src=0))
    received = []
    for _ in range(CALLS):
        stats = crypten.communication_stats()
        private(crypten.cryptensor(values[0], src=0))
        received.append(crypten.communication_stats().dealer_bytes_received - stats.dealer_bytes_received)
        time.sleep(SETTLE_SECONDS)
    peak, ahead = _status("VmHWM") - before, min(WINDOW, int(np.median(received)))
    return elements | {"peak": peak, "ahead": ahead, "beside": FACTOR * WORD * sum(elements.values()) + ahead}


def activations(model: torch.nn.Module, values: torch.Tensor) -> int:
    """Elements of the input and of the outputs of all layers, in one inference."""
    counted = [values.numel()]

    def count(module: torch.nn.Module, inputs: Any, output: torch.Tensor) -> None:
        counted.append(output.numel())

    hooks = [m.register_forward_hook(count) for m in model.modules() if not list(m.children()) and not isinstance(m, torch.nn.Identity)]
    with torch.no_grad():
        model(values)
    for hook in hooks:
        hook.remove()
    return sum(counted)


def _warm_up() -> None:
    """Libraries and modules that the first model loads, whatever its size."""
    tiny = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 1), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten(), torch.nn.Linear(1, 1)).eval()
    private = crypten.plan(crypten.nn.from_pytorch(tiny, torch.zeros(1, 1, 2, 2)).encrypt(src=0))
    for _ in range(2):
        private(crypten.cryptensor(torch.ones(1, 1, 2, 2), src=0))


def _status(name: str) -> int:
    """A figure of /proc/self/status, in bytes."""
    line = next(line for line in pathlib.Path("/proc/self/status").read_text().splitlines() if line.startswith(name + ":"))
    return int(line.split()[1]) * 1024
