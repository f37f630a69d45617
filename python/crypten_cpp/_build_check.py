"""Loads torch and compares it with the one this package was built for, before the extension is loaded: its C++ interface changes with every minor version."""

import torch

try:
    from ._build import torch_version, version
except ImportError:
    raise ImportError("crypten_cpp is not built here: `pip install .`, or `make build` and PYTHONPATH=build/python") from None


def check(built_for: str, found: str) -> None:
    """Raises ImportError unless both versions have the same major and minor number."""
    if built_for.split(".")[:2] != found.split("+")[0].split(".")[:2]:
        minor = ".".join(built_for.split(".")[:2])
        raise ImportError(f'crypten_cpp was built for torch {built_for}, found {found}: pip install "torch=={minor}.*", or build crypten_cpp again')


check(torch_version, torch.__version__)
