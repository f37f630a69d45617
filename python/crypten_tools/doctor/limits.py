"""What the system grants a process: file descriptors, memory, threads, core files, room for keys."""

from __future__ import annotations

import os
import pathlib
import resource
import shutil
from collections.abc import Iterator

from crypten_tools.doctor.finding import Finding, fail, ok, warn

DESCRIPTORS_NEEDED, DESCRIPTORS_ENOUGH = 128, 1024  # torch alone opens dozens of files; a dealer has a socket for each client
ADDRESS_SPACE_NEEDED = 8 << 30  # torch's libraries and the threads' stacks are mapped, not used
THREADS_ENOUGH = 256
LOCKED_ENOUGH = 64 << 10  # OpenSSL's secure heap; the kernel's old default
ROOM_NEEDED = 1 << 20  # a run folder has some 10 kB


def amount(value: int) -> str:
    return "unlimited" if value == resource.RLIM_INFINITY else str(value)


def at_least(value: int, needed: int) -> bool:
    return value == resource.RLIM_INFINITY or value >= needed


def check_descriptors(soft: int, hard: int) -> Finding:
    text = f"{amount(soft)} open files"
    todo = f"ulimit -n {DESCRIPTORS_ENOUGH}" + ("" if at_least(hard, DESCRIPTORS_ENOUGH) else f" (the hard limit is {amount(hard)}: raise it in /etc/security/limits.conf)")
    if not at_least(soft, DESCRIPTORS_NEEDED):
        return fail("limits", text, todo)
    return ok("limits", text) if at_least(soft, DESCRIPTORS_ENOUGH) else warn("limits", text, todo)


def check_address_space(soft: int) -> Finding:
    text = f"{amount(soft)}{'' if soft == resource.RLIM_INFINITY else ' bytes'} of address space"
    return ok("limits", text) if at_least(soft, ADDRESS_SPACE_NEEDED) else fail("limits", text, "ulimit -v unlimited: torch's libraries alone map gigabytes")


def check_threads_allowed(soft: int) -> Finding:
    text = f"{amount(soft)} processes and threads of this user"
    return ok("limits", text) if at_least(soft, THREADS_ENOUGH) else warn("limits", text, f"ulimit -u {THREADS_ENOUGH}: torch, gRPC and each party start threads")


def check_locked_memory(soft: int) -> Finding:
    text = f"{amount(soft)}{'' if soft == resource.RLIM_INFINITY else ' bytes'} of locked memory"
    return ok("limits", text) if at_least(soft, LOCKED_ENOUGH) else warn("limits", text, "ulimit -l 64: keys may otherwise reach the swap space")


def check_core_files(soft: int) -> Finding:
    if soft == 0:
        return ok("limits", "no core files")
    return warn("limits", "a crash may write a core file, and shares and keys are in it", "ulimit -c 0, as crypten-launch does for what it starts")


def check_room(folder: pathlib.Path) -> Finding:
    """Where crypten-launch puts the keys of a run."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as problem:
        return warn("limits", f"{folder} cannot be looked at: {problem.strerror}", "mount a tmpfs there; crypten-launch uses the temporary folder instead, which may be on a disk")
    if not os.access(folder, os.W_OK | os.X_OK):
        return warn("limits", f"{folder} is not writable", f"chmod 1777 {folder}; crypten-launch uses the temporary folder instead, which may be on a disk")
    if free < ROOM_NEEDED:
        return fail("limits", f"{folder} has {free} bytes left", f"remove what fills {folder}: crypten-launch keeps the keys of a run there")
    return ok("limits", f"{folder} takes the keys of a run")


def check_limits() -> Iterator[Finding]:
    """The limits of this process, which what it starts inherits."""
    yield check_descriptors(*resource.getrlimit(resource.RLIMIT_NOFILE))
    yield check_address_space(resource.getrlimit(resource.RLIMIT_AS)[0])
    yield check_threads_allowed(resource.getrlimit(resource.RLIMIT_NPROC)[0])
    yield check_locked_memory(resource.getrlimit(resource.RLIMIT_MEMLOCK)[0])
    yield check_core_files(resource.getrlimit(resource.RLIMIT_CORE)[0])
    yield check_room(pathlib.Path("/dev/shm"))
