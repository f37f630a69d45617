"""How many kernels a network asks a GPU to start: counted on the device that the tests emulate on the CPU, where kernels count and compute nothing. No GPU is needed.

    python benchmarks/cuda/launches.py [--models digits,resnet50] [--size 64]

Counts are of each party's second inference of one image, after weights were opened. They hardly depend on the image's size (--size, of its sides, for models of torchvision).
"""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import sys

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "examples"), str(ROOT / "python" / "tests")]

import emulated  # noqa: E402

import crypten_cpp as crypten  # noqa: E402


def network(name: str, size: int) -> tuple[torch.nn.Module, torch.Tensor]:
    spec = importlib.util.spec_from_file_location("protocols", pathlib.Path(__file__).parent / "protocols.py")
    protocols = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(protocols)
    model, example = protocols.model_of(name)
    return model, example if name == "digits" else torch.rand(1, 3, size, size)


def counted(name: str, size: int, device: torch.device) -> list[dict[str, int]]:
    """Of each party: launches, of kernels of this library and of torch's, copies, waits, and rounds."""
    model, example = network(name, size)
    graph = crypten.nn.from_pytorch(model, example)

    def program() -> dict[str, int]:
        own = (graph if crypten.rank() == 0 else graph.structure_only()).encrypt().to(device)
        image = crypten.cryptensor(example.to(device), src=1)
        emulated.only_count(True)
        own(image)
        before, rounds = emulated.work(), crypten.communication_stats()["rounds"]
        own(crypten.cryptensor(example.to(device), src=1))
        after = emulated.work()
        return {key: after[key] - before[key] for key in after} | {"rounds": crypten.communication_stats()["rounds"] - rounds}

    try:
        with crypten.simulate(2) as sim:
            return sim.run(program)
    finally:
        emulated.only_count(False)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default="digits,resnet50")
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args(arguments)
    device = emulated.load()
    if device is None:
        print("the emulated device is not built here: cmake --build build --target crypten_cuda_emulated", file=sys.stderr)
        return 1
    for name in options.models.split(","):
        for rank, work in enumerate(counted(name, options.size, device)):
            print(f"{name}, rank {rank}: {work['kernels'] + work['operators']:,} launches ({work['kernels']:,} of cuda/, {work['operators']:,} of torch), "
                  f"{work['copies']:,} copies, {work['waits']:,} of them waited for, in {work['rounds']:,} rounds", flush=True)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
