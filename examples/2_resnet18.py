"""torchvision's ResNet-18 on one private image of 64×64 pixels: A (rank 0) owns the weights (random here), B (rank 1) the image, and B learns the logits.

    crypten-launch -n 2 --dealer .venv/bin/python examples/2_resnet18.py --check FOLDER [--runs 16]

B then judges the logits: repeated plaintext runs of the folded graph, with unbiased rounding wherever the private run truncates, give each logit's mean and
sigma; every private logit must lie within six of them, and so must the mean of several private runs along the direction in which a biased truncation of
any layer would move it. For this check only, B reads the plaintext model that A leaves in FOLDER. FOLDER also feeds examples/2_resnet18.cpp.
"""

import argparse
import pathlib
import sys
import time

import torch
import torchvision
from safetensors.torch import save_file

import crypten_cpp as crypten
from crypten_cpp.nn.reference import Reference, fold

A, B = 0, 1
SHAPE = (1, 3, 64, 64)


def run(graph: crypten.nn.Graph, image: torch.Tensor | None, name: str, copies: int = 1) -> torch.Tensor | None:
    """One private run on copies of the image; each copy has masks of its own, so their roundings are independent."""
    crypten.reset_communication_stats()
    started = time.perf_counter()
    x = crypten.cryptensor(None if image is None else image.expand(copies, *SHAPE[1:]), src=B, size=(copies, *SHAPE[1:]))
    with crypten.scope(name.replace(" ", "_")):
        logits = graph(x).get_plain_text(dst=B)
    stats, seconds = crypten.communication_stats(), time.perf_counter() - started
    if crypten.rank() == B:
        print(f"{name}, batch {copies}: {seconds:.2f} s, {stats.rounds} rounds, {stats.bytes_sent / 1e6:.1f} MB sent, {stats.dealer_bytes / 1e6:.1f} MB from the dealer", flush=True)
    return logits


def check(logits: torch.Tensor, image: torch.Tensor, folder: pathlib.Path) -> bool:
    graph = crypten.nn.load(folder / "model.safetensors")
    reference = Reference(fold(graph.program), crypten.cfg.encoder.precision_bits)
    result = reference.distribution(image).check(logits, unquantised=graph.plaintext(image))
    print(f"for this check only, B read A's plaintext model {folder / 'model.safetensors'}\n{result}")
    save_file({"images": image, "expected_logits": reference.exact(image)}, folder / "images.safetensors")
    return result.passed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=pathlib.Path, required=True, metavar="FOLDER", help="where A leaves its plaintext model for the check")
    parser.add_argument("--runs", type=int, default=16, help="private runs whose mean is searched for biases")
    args = parser.parse_args()
    torch.set_num_threads(1)
    crypten.init()
    rank = crypten.rank()
    torch.manual_seed(rank)
    image = torch.randn(SHAPE) if rank == B else None
    graph = crypten.nn.from_pytorch(torchvision.models.resnet18(weights=None), torch.zeros(SHAPE))
    if rank == A:
        args.check.mkdir(parents=True, exist_ok=True)
        graph.save(args.check / "model.safetensors")
        graph.save(args.check / "structure.safetensors", structure_only=True)
    graph.encrypt(src=A)
    run(graph, image, "first run")  # opens the weights, masked
    run(graph, image, "second run")
    logits = run(graph, image, "check", args.runs)
    print(f"rank {rank}'s ledger, all that was revealed:\n{crypten.ledger()}", end="")
    crypten.uninit()
    sys.exit(0 if rank == A or check(logits, image, args.check) else 1)
