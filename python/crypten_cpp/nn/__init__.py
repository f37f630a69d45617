"""Models: import from PyTorch, save, load, encrypt, run."""

from ..errors import UnsupportedModel
from .module import Graph, check, from_pytorch, load
from .report import Problem, Report

__all__ = ["Graph", "Problem", "Report", "UnsupportedModel", "check", "from_pytorch", "load"]
