"""Private computation on tensors: PyTorch-like code that several organisations run together without seeing each other's data.

Every party runs the same program. ``init()`` joins the session; ``cryptensor(x, src=r)`` shares rank r's tensor; operations keep everything secret;
``get_plain_text()`` reveals, on purpose, and enters the ledger. ``simulate(n)`` runs n parties as threads of one process.
"""

from . import _build_check  # first: a readable error where the extension does not fit this torch

from . import dispatch as _dispatch  # torch's functions on CrypTensors
from . import nn
from .accounting import CommunicationStats, Ledger, Reveal, communication_stats, ledger, print_communication_stats, reset_communication_stats
from .binary import BinaryTensor, binary_tensor
from .config import Config, cfg
from .errors import *  # noqa: F403
from .errors import Error, IndexError, InvalidArgument  # noqa: A004
from .functions import cat, cryptensor, is_encrypted_tensor, stack, where
from .plan import Plan, plan
from .sampling import bernoulli, lookup, rand, randn, randperm, shuffle
from .session import init, is_initialized, rank, scope, uninit, world_size
from .simulation import Simulation, simulate
from .tensor import CrypTensor

__version__ = _build_check.version
