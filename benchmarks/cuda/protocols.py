"""Whole protocols on a GPU: operations and models of two parties in one process, which share the device; the dealer is in the process, too, and works on the CPU.

    python benchmarks/cuda/protocols.py [--json FILE] [--device cuda:0] [--sizes 10000,…] [--operations multiply,…] [--models digits,…] [--network rtt=0.05ms,rate=10Gbps]

Models are measured twice, the second time with that network between the parties.

Times are wall clock of a run of both parties until the device is idle, the median of several, with inputs that nothing is known of yet. The same with --device cpu is what
to compare with.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "examples")]

import crypten_cpp as crypten  # noqa: E402
from benchmarks import machine  # noqa: E402

OPERATIONS: dict[str, Callable[..., Any]] = {
    "multiply": lambda x, y: x * y,
    "ReLU": lambda x, _: x.relu(),
    "GELU": lambda x, _: x.gelu(),
    "softmax": lambda x, _: x.softmax(1),
}
SOFTMAX_ROW = 10
FAST_LAN = "rtt=0.05ms,rate=10Gbps"


def model_of(name: str) -> tuple[torch.nn.Module, torch.Tensor]:
    """A network and an image, with weights as they were drawn: time does not depend on them."""
    torch.manual_seed(0)
    if name == "digits":
        import digits

        return digits.Network().eval(), torch.rand(1, 1, 8, 8)
    import torchvision

    if name == "vgg16-cifar":  # as published measurements have it: VGG-16's convolutions on 32², three small layers behind them
        widths = ((512, 256), (256, 256), (256, 10))
        dense = [part for i, (inputs, outputs) in enumerate(widths) for part in (torch.nn.Linear(inputs, outputs), *([torch.nn.ReLU()] if i < 2 else []))]
        return torch.nn.Sequential(torchvision.models.vgg16(weights=None).features, torch.nn.Flatten(), *dense).eval(), torch.rand(1, 3, 32, 32)
    return getattr(torchvision.models, name)(weights=None).eval(), torch.rand(1, 3, 224, 224)


def idle(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(sim: Any, device: torch.device, runs: int, prepare: Callable[[], list], program: Callable[..., Any]) -> float:
    """The median over runs of the slower party's seconds; one run more to warm up."""

    def once() -> float:
        inputs = prepare()
        idle(device)
        begin = time.perf_counter()
        program(*inputs)
        idle(device)
        return time.perf_counter() - begin

    return statistics.median([max(sim.run(once)) for _ in range(runs + 1)][1:])


def measure_operation(name: str, elements: int, device: torch.device, runs: int) -> float:
    shape = (elements // SOFTMAX_ROW, SOFTMAX_ROW) if name == "softmax" else (elements,)
    x = torch.rand(shape, device=device) * 8 - 4
    with crypten.simulate(2) as sim:
        return timed(sim, device, runs, lambda: [crypten.cryptensor(x), crypten.cryptensor(x, src=1)], OPERATIONS[name])


def measure_model(name: str, device: torch.device, runs: int, network: str | None = None) -> float:
    model, example = model_of(name)
    graph = crypten.nn.from_pytorch(model, example)
    image = example.to(device)
    with crypten.simulate(2, network=network) as sim:
        own = {}

        def prepare() -> list:
            if crypten.rank() not in own:
                party_graph = graph if crypten.rank() == 0 else graph.structure_only()
                own[crypten.rank()] = crypten.plan(party_graph.encrypt().to(device))
            return [crypten.cryptensor(image, src=1)]

        return timed(sim, device, runs, prepare, lambda x: own[crypten.rank()](x))


def row(name: str, measure: Callable[[], float]) -> dict[str, Any]:
    """One result; where memory does not suffice, the row says so, and the next one is measured."""
    try:
        seconds = measure()
    except crypten.Error as error:
        if error.code != 618:
            raise
        print(f"{name:<48} out of memory", flush=True)
        return {"name": name, "seconds": None, "why": error.why}
    print(f"{name:<48} {seconds:12.6f} s", flush=True)
    return {"name": name, "seconds": seconds}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--sizes", default="10000,100000,1000000,10000000,100000000", help="elements, with commas between")
    parser.add_argument("--operations", default=",".join(OPERATIONS))
    parser.add_argument("--models", default="digits,vgg16-cifar,resnet18,resnet50")
    parser.add_argument("--network", default=FAST_LAN, help="between the parties, as for crypten-launch --network")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args(arguments)
    try:
        device = crypten.devices.ready(options.device)
    except crypten.InvalidArgument as problem:
        print(problem, file=sys.stderr)
        return 1
    chosen = {key: [part for part in getattr(options, key).split(",") if part] for key in ("sizes", "operations", "models")}
    results = [row(f"{name} {int(size):,}", lambda n=name, s=int(size): measure_operation(n, s, device, options.runs)) for name in chosen["operations"] for size in chosen["sizes"]]
    for name in chosen["models"]:
        results += [row(name if line is None else f"{name}, {line}", lambda n=name, w=line: measure_model(n, device, options.runs, w)) for line in (None, options.network)]
    if options.json:
        where = torch.cuda.get_device_name(device) if device.type == "cuda" else str(device)
        options.json.write_text(json.dumps({"device": where, "machine": machine.description(ROOT), "results": results}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
