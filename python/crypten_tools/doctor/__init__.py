"""The checks of `crypten doctor`, one family a file. Each returns findings and changes nothing."""

from __future__ import annotations


def main(arguments: list[str] | None = None) -> int:
    """The program `crypten doctor`."""
    from crypten_tools.doctor.__main__ import main as program  # as late as that: `python -m` would run a module that is loaded already

    return program(arguments)
