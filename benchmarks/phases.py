"""Where the CPU time of a row's runs goes, phase by phase, from samples of its processes (cpu_samples.py)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.cpu_samples import FREQUENCY, KERNEL, Sample

# In the order of the table: local work, randomness, memory, the wire, and what belongs to none of them.
PHASES = ("kernels", "protocol", "torch", "Python", "PRG and keys", "memory", "TLS", "gRPC", "network", "switching", "other")
WIRE = ("TLS", "gRPC", "network")
TOP = 8

_KERNEL_PHASES = (
    ("switching", re.compile(r"schedule|finish_task_switch|try_to_wake_up|^wake_up|futex|sched_|idle|hrtimer|ttwu|sys_epoll_wait|sys_poll|eventfd")),
    ("memory", re.compile(r"page_fault|mmap|munmap|madvise|sys_brk|mprotect|clear_page")),
    ("network", re.compile(r"sock|tcp|_skb|^ip_|napi|net_rx|sendmsg|recvmsg|ep_|epoll|unix_stream|softirq")),
)
_PRG = re.compile(r"aes_ctr|AesStream|hkdf|[Ss]ha256|derive|fill_words|expand_(share|part)|RankStreams|PartyRng")
# Loops over elements: what thread pools are given, and the functions of crypten_core/kernels.
_KERNELS = re.compile(
    r"_Function_handler<void \(long, long\)|\{lambda\(long, long\)|namespace\)::(block|axpy|dot|pack|gather|transpose|copy_lines|Window)|ring_(matmul|conv)|_combine|slice_bits"
    r"|slice_by_|(combine|map|truncated)_words|_blocks.*\{lambda|bit_to_words|transpose|gather_bit|look_up_digit|merge_pairs|difference_or_second|narrow"
    r"|pack_groups|thin_product|GemmTiles|Panels const&|matrix_panels|__vector\(|_avx2|_avx512|_amx"
)
_WIRE = re.compile(
    r"^grpc::|send_records|Exchange|PeerLink|ByteStream|Frame|Communicator|GrpcStream|Mesh|DealerConnection|DealerServer|byte_codec|Encoder|Decoder"
)
_MEMORY = re.compile(r"memmove|memcpy|memset|malloc|calloc|realloc|free|alloc|operator (new|delete)|unlink_chunk|sysmalloc|memalign")
_OWN_PHASES = (("PRG and keys", _PRG), ("gRPC", _WIRE), ("kernels", _KERNELS), ("memory", _MEMORY))
_HASH = re.compile(r"SHA|MD|digest|HMAC|sha")


def phase(sample: Sample) -> str:
    """Of PHASES. A library without names of its inner functions counts as what it is mostly for."""
    library, symbol = sample.library, sample.symbol
    if library == KERNEL:
        whole = (symbol, *sample.callers)
        return next((name for name, words in _KERNEL_PHASES if any(words.search(function) for function in whole)), "other")
    if library.startswith(("libtorch", "libc10")):
        return "torch"
    if library.startswith(("libcrypten", "crypten-dealer")):
        return next(
            (name for name, words in (("PRG and keys", _PRG), ("gRPC", _WIRE), ("kernels", _KERNELS), ("memory", _MEMORY)) if words.search(symbol)), "protocol"
        )
    if library.startswith("libcrypto"):
        return "PRG and keys" if _HASH.search(symbol) else "TLS"
    if library.startswith("libssl"):
        return "TLS"
    if library.startswith(("libgrpc", "libgpr", "libabsl", "libupb", "libaddress_sorting", "libprotobuf", "libcares", "libre2")):
        return "gRPC"
    if library.startswith(("python", "_C.cpython", "libpython")):
        return "Python"
    if library.startswith(("libc.so", "libstdc++")):
        return "memory" if _MEMORY.search(symbol) else "other"
    return "other"


Spans = Sequence[tuple[float, float]]  # (start, end), one for each sample of the row


def breakdown(samples: Iterable[Sample], names: dict[int, str], spans: dict[str, Spans], runs: int, waits: dict[str, list[float]]) -> dict[str, Any]:
    """Of ``runs`` runs in all, which took place in ``spans``, by process (``names``), "all" for the dealer and the time on the wall: seconds of a run on the wall; of CPU by
    process and phase; the largest parts of each process; and seconds that each rank waited, for its peer and for the dealer (``waits``: of a run, by rank)."""
    by_process: dict[str, Counter[str]] = {name: Counter() for name in names.values()}
    parts: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in names.values()}
    for sample in samples:
        name = names.get(sample.process, "")
        if name and any(start <= sample.time < end for start, end in spans.get(name, spans["all"])):
            by_process[name][phase(sample)] += 1
            parts[name][sample.library, sample.symbol] += 1
    each = 1 / FREQUENCY / runs
    return {
        "wall": sum(end - start for start, end in spans["all"]) / runs,
        "samples": sum(sum(counter.values()) for counter in by_process.values()),
        "cpu": {name: {p: counter[p] * each for p in PHASES if counter[p]} for name, counter in by_process.items()},
        "top": {name: [[library, short(symbol), count * each] for (library, symbol), count in counter.most_common(TOP)] for name, counter in parts.items()},
        "waits": waits,
    }


def short(symbol: str) -> str:
    """A function's name without what templates and arguments add, where it is long."""
    symbol = symbol.replace("(anonymous namespace)::", "")
    return symbol if len(symbol) <= 60 else symbol[:57] + "…"


def totals(found: dict[str, Any], cores: int) -> dict[str, float]:
    """Shares of all cores' time during a run: the parties' phases, the dealer, and what none of the three processes used."""
    machine = cores * found["wall"]
    shares = {name: sum(cpu.get(name, 0.0) for process, cpu in found["cpu"].items() if process != "dealer") / machine for name in PHASES}
    shares["dealer"] = sum(found["cpu"].get("dealer", {}).values()) / machine
    return shares | {"idle": max(0.0, 1.0 - sum(shares.values()))}
