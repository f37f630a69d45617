"""Prints docs/models.md: which of torchvision's classifiers can be imported, and what is in the way of the others.

    python -m crypten_cpp.nn.model_report > docs/models.md
"""

from __future__ import annotations

import sys

import torch

from .importer import import_pytorch
from .plaintext import evaluate
from .report import Report

# One or two of each family. Weights are random: only the operations matter.
MODELS = {
    "alexnet": {}, "vgg11_bn": {}, "resnet18": {}, "resnext50_32x4d": {}, "squeezenet1_1": {}, "densenet121": {}, "googlenet": {"init_weights": False},
    "inception_v3": {"init_weights": False}, "mobilenet_v2": {}, "mobilenet_v3_small": {}, "shufflenet_v2_x1_0": {}, "mnasnet0_5": {}, "regnet_y_400mf": {},
    "efficientnet_b0": {}, "convnext_tiny": {}, "vit_b_16": {}, "swin_t": {},
}  # fmt: skip


def try_model(name: str, options: dict) -> tuple[Report, float | None]:
    """Imports it; if that works, the largest difference to PyTorch on a batch of another size than the example's, relative to the largest output."""
    import torchvision

    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None, **options).eval()
    program, report = import_pytorch(model, torch.zeros(1, 3, 224, 224))
    if not report.supported:
        return report, None
    images = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        expected, found = model(images), evaluate(program, (images,))[0]
    return report, float((expected - found).abs().max() / expected.abs().max())


def row(name: str, report: Report, difference: float | None) -> str:
    if report.supported:
        return f"| {name} | yes | {report.nodes} | {report.parameters:,} | {difference:.0e} | |".replace("| 0e+00 |", "| 0 |")
    groups = [f"`{operation}` ({len(problems)} places, first at `{problems[0].path or 'top level'}`): {problems[0].reason}" for operation, problems in report.by_operation().items()]
    return f"| {name} | no | | {report.parameters:,} | | {'<br>'.join(groups)} |"


def main() -> None:
    print("# Which models can be imported\n")
    print("Printed by `python -m crypten_cpp.nn.model_report`. torchvision's classifiers with random weights, 224×224, through `crypten.nn.from_pytorch`.")
    print("\"Difference\" is between the imported graph, run in plaintext, and PyTorch, relative to the largest logit, on a batch of another size than the example's.\n")
    print("| model | imported | operations | parameters | difference | in the way |\n|---|---|---|---|---|---|")
    for name, options in MODELS.items():
        print(row(name, *try_model(name, options)), flush=True)
        print(name, file=sys.stderr)


if __name__ == "__main__":
    main()
