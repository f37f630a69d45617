"""Organisation A (rank 0) owns a trained model, organisation B (rank 1) owns images. The model classifies the images; B alone learns the labels.

    crypten-launch -n 2 --dealer .venv/bin/python examples/1_classify_digits.py [--check FOLDER] [--images N]

Without --check the two share nothing but this program. With it, A leaves its plaintext model in FOLDER and B compares with it afterwards: for the
demonstration only, since a B that has this file needs no privacy. FOLDER then also feeds the C++ twin, examples/1_classify_digits.cpp.
"""

import argparse
import pathlib
import time

import digits
import torch
from safetensors.torch import save_file

import crypten_cpp as crypten

A, B = 0, 1


def classify(images: int, folder: pathlib.Path | None) -> None:
    rank = crypten.rank()
    model = digits.train() if rank == A else digits.Network()  # B knows the architecture; its own random weights are never used
    data, labels = (part[:images] for part in digits.held_out_part()) if rank == B else (None, None)

    graph = crypten.nn.from_pytorch(model, torch.zeros(1, 1, 8, 8))
    if rank == A and folder:
        graph.save(folder / "model.safetensors")
        graph.save(folder / "structure.safetensors", structure_only=True)
    graph.encrypt(src=A)
    x = crypten.cryptensor(data, src=B, size=(images, 1, 8, 8))

    started = time.perf_counter()
    with crypten.scope("classify"):
        found = graph(x).argmax(dim=1, one_hot=False).get_plain_text(dst=B)
    seconds = time.perf_counter() - started

    if rank == B:
        print(f"private accuracy: {accuracy(found, labels)}")
        if folder:
            compare(found, data, labels, folder)
        stats = crypten.communication_stats()
        print(f"time per image: {1e3 * seconds / images:.2f} ms; {stats.rounds} rounds, {stats.bytes_sent:,} bytes sent, {stats.dealer_bytes:,} dealer bytes")
    print(f"rank {rank}'s ledger, all that was revealed:\n{crypten.ledger()}", end="")


def compare(found: torch.Tensor, images: torch.Tensor, labels: torch.Tensor, folder: pathlib.Path) -> None:
    print(f"for this check only, B reads A's plaintext model {folder / 'model.safetensors'}")
    logits = crypten.nn.load(folder / "model.safetensors").plaintext(images)
    plain = logits.argmax(1)
    print(f"plaintext accuracy: {accuracy(plain, labels)}")
    print(f"labels agree: {int((found == plain).sum())} of {len(plain)}")
    for i in (found != plain).nonzero().flatten().tolist():
        best = logits[i].sort(descending=True)
        print(f"  image {i}: plaintext {plain[i]}, private {found[i]}, margin of the plaintext logits {float(best.values[0] - best.values[1]):.6f}")
    save_file({"images": images, "labels": labels, "plaintext_labels": plain}, folder / "images.safetensors")


def accuracy(found: torch.Tensor, labels: torch.Tensor) -> str:
    return f"{100 * float((found == labels).float().mean()):.2f} %"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", type=pathlib.Path, metavar="FOLDER", help="compare with A's plaintext model, which is left there")
    parser.add_argument("--images", type=int, default=digits.HELD_OUT, help="how many of the held-out images to classify")
    args = parser.parse_args()
    torch.set_num_threads(1)
    crypten.init()
    if args.check and crypten.rank() == A:
        args.check.mkdir(parents=True, exist_ok=True)
    classify(args.images, args.check)
    crypten.uninit()
