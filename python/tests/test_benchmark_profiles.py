"""Profiles of the benchmarks' rows: samples as perf prints them, their phases, and shares of a run."""

import os
import pathlib
import time

import pytest

from benchmarks import cpu_samples, phases
from benchmarks.cpu_samples import KERNEL, Recorder, Sample, read

SCRIPT = """\
   41 7.250000:
\t           989b8 malloc (/usr/lib/x86_64-linux-gnu/libc.so.6)
\t               1 [unknown] ([unknown])

   42/57 7.500000:
\tffffffff813a4413 finish_task_switch.isra.0 ([kernel.kallsyms])
\tffffffff821faa94 __schedule ([kernel.kallsyms])
\t          101829 syscall (/usr/lib/x86_64-linux-gnu/libc.so.6)

   41 7.750000:
\t          1b554c crypten::(anonymous namespace)::block(long, unsigned long const*) (/opt/crypten/lib/libcrypten.so)
"""


def test_samples_are_read_as_perf_prints_them():
    samples = list(read(SCRIPT.splitlines(keepends=True)))
    assert samples == [
        Sample(41, 7.25, "libc.so.6", "malloc"),
        Sample(42, 7.5, KERNEL, "finish_task_switch.isra.0", ("__schedule",)),
        Sample(41, 7.75, "libcrypten.so", "crypten::(anonymous namespace)::block(long, unsigned long const*)"),
    ]


@pytest.mark.parametrize(
    ("library", "symbol", "callers", "wanted"),
    [
        ("libcrypten.so", "crypten::(anonymous namespace)::block", (), "kernels"),
        ("libcrypten.so", "std::_Function_handler<void (long, long), crypten::map>::_M_invoke", (), "kernels"),
        ("libcrypten.so", "std::_Function_handler<void (crypten::Panels const&, long, long, long, long), crypten::pack_patches>::_M_invoke", (), "kernels"),
        ("libcrypten.so", "crypten::(anonymous namespace)::copy_lines<16ul>", (), "kernels"),
        ("libcrypten.so", "crypten::select<3, long long __vector(4)>", (), "kernels"),
        ("libcrypten.so", "crypten::(anonymous namespace)::unslice_by_registers<crypten::(anonymous namespace)::Permutations>", (), "kernels"),
        ("libcrypten.so", "crypten::(anonymous namespace)::combine_words<unsigned long, crypten::(anonymous namespace)::Multiply>", (), "kernels"),
        ("libcrypten.so", "crypten::aes_ctr::generate_vaes", (), "PRG and keys"),
        ("libcrypten.so", "crypten::aes_ctr::generate_vaes512", (), "PRG and keys"),
        ("libcrypten.so", "crypten::Exchange::run", (), "gRPC"),
        ("libcrypten.so", "crypten::Round::queue", (), "protocol"),
        ("libtorch_cpu.so", "at::_ops::add_Tensor::call", (), "torch"),
        ("libc10.so", "c10::alloc_cpu", (), "torch"),
        ("python3.11", "_PyEval_EvalFrameDefault", (), "Python"),
        ("libcrypto.so.3", "[unknown]", (), "TLS"),
        ("libcrypto.so.3", "SHA256_Final", (), "PRG and keys"),
        ("libgrpc.so.29.0.0", "[unknown]", (), "gRPC"),
        ("libc.so.6", "__memmove_avx512_unaligned_erms", (), "memory"),
        ("libc.so.6", "epoll_wait", (), "other"),
        (KERNEL, "clear_page_erms", ("do_anonymous_page", "exc_page_fault"), "memory"),
        (KERNEL, "_copy_from_iter", ("tcp_sendmsg", "__sys_sendmsg"), "network"),
        (KERNEL, "_raw_spin_unlock_irqrestore", ("try_to_wake_up", "sock_def_readable", "tcp_rcv_established"), "switching"),
        (KERNEL, "_raw_spin_unlock_irqrestore", (), "other"),
    ],
)
def test_phases(library, symbol, callers, wanted):
    assert phases.phase(Sample(1, 0.0, library, symbol, callers)) == wanted and wanted in phases.PHASES


def test_a_breakdown_counts_what_lies_within_the_runs():
    torch, page = ("libtorch_cpu.so", "add"), (KERNEL, "clear_page_erms")
    inside = [Sample(process, 1.5, *torch) for process in (1, 2, 3, 9)]  # 9: not a process of ours
    samples = [*inside, Sample(1, 1.6, *page), Sample(1, 1.0, *torch), Sample(1, 2.0, *torch)]
    early = Sample(2, 1.3, *torch), Sample(3, 1.3, *torch)  # rank 1 has not begun, the dealer has
    spans = {"rank 0": [(1.25, 1.75), (3.0, 3.5)], "rank 1": [(1.4, 1.75), (3.0, 3.5)], "all": [(1.25, 1.75), (3.0, 3.5)]}
    found = phases.breakdown([*samples, *early], {1: "rank 0", 2: "rank 1", 3: "dealer"}, spans, 10, {"peer": [0.01, 0.02]})
    each = 1 / cpu_samples.FREQUENCY / 10
    assert found["wall"] == pytest.approx(0.1) and found["samples"] == 5 and found["waits"] == {"peer": [0.01, 0.02]}
    assert found["cpu"] == {"rank 0": {"torch": each, "memory": each}, "rank 1": {"torch": each}, "dealer": {"torch": 2 * each}}
    assert found["top"]["rank 1"] == [["libtorch_cpu.so", "add", each]]
    shares = phases.totals(found, 2)
    assert shares["torch"] == pytest.approx(2 * each / 0.2) and shares["dealer"] == pytest.approx(2 * each / 0.2)
    assert sum(shares.values()) == pytest.approx(1.0) and shares["idle"] > 0.99


def test_a_name_is_cut_where_it_is_long():
    assert phases.short("crypten::(anonymous namespace)::block") == "crypten::block" and len(phases.short("x" * 200)) == 58


@pytest.mark.skipif(cpu_samples.missing() is not None, reason="no perf here")
def test_a_recorder_samples_while_it_is_on(tmp_path: pathlib.Path):
    recorder = Recorder(tmp_path, [os.getpid()])

    def work(seconds: float) -> tuple[float, float]:
        start = time.perf_counter()
        while time.perf_counter() < start + seconds:
            pass
        return start, time.perf_counter()

    work(0.1)
    with recorder:
        start, end = work(0.3)
    work(0.1)
    samples = list(recorder.stop())
    assert samples and {sample.process for sample in samples} == {os.getpid()}
    assert all(start - 0.05 <= sample.time <= end + 0.05 for sample in samples)
