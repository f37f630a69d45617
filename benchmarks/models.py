"""The models of the end-to-end rows: made once in the project's environment, read by every peer's. Batch norm is folded into the convolutions for all peers alike."""

from __future__ import annotations

import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[1] / ".cache" / "bench" / "models"


def make() -> None:
    """Trains the digits network of examples/digits.py, draws a ResNet-18, folds batch norm, and writes the parameters; files that exist are kept."""
    import torch

    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name, create in (("digits", lambda: _example().train()), ("resnet18", _resnet18)):
        if not parameters_file(name).exists():
            model = fold(create())
            write(name, {key: value.numpy() for key, value in model.state_dict().items()})


def parameters_file(name: str) -> pathlib.Path:
    return FOLDER / f"{name}.npz"


def write(name: str, parameters: dict) -> None:
    import numpy as np

    partial = parameters_file(name).with_suffix(".partial.npz")
    np.savez(partial, **parameters)
    partial.rename(parameters_file(name))


def parameters(name: str) -> dict:
    """Parameter name → numpy array."""
    import numpy as np

    with np.load(parameters_file(name)) as file:
        return dict(file)


def load(name: str):
    """The model as a torch module, batch norm folded, for environments that have torch and torchvision."""
    import torch

    model = fold(_digits() if name == "digits" else _resnet18())
    model.load_state_dict({key: torch.from_numpy(value) for key, value in parameters(name).items()})
    return model.eval()


def fold(model):
    """Each convolution takes in the batch norm behind it; an Identity stays in its place."""
    import torch
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    model = model.eval()
    previous = None
    for name, child in list(model.named_children()):
        if isinstance(child, torch.nn.BatchNorm2d):
            setattr(model, previous, fuse_conv_bn_eval(getattr(model, previous), child))
            setattr(model, name, torch.nn.Identity())
        elif not isinstance(child, torch.nn.Conv2d):
            fold(child)
        previous = name
    return model


def _digits():
    return _example().Network()


def _resnet18():
    """Random, also in its batch norms: where many biases are equal, the ONNX exporter shares them, which CrypTen cannot read."""
    import torch
    import torchvision

    model = torchvision.models.resnet18(weights=None)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.bias, std=0.1)
    return model


def _example():
    """examples/digits.py"""
    import sys

    folder = str(FOLDER.parents[2] / "examples")
    if folder not in sys.path:
        sys.path.append(folder)
    import digits

    return digits


if __name__ == "__main__":
    make()
