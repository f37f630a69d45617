"""Errors: a code and four facts (what, where, why, what to do), in the same tree as the C++ library's.

Every class mirrors one of ``crypten_core/error.h``; the extension raises these very classes.
``InvalidArgument`` is also a ``ValueError`` and a ``RuntimeError``, as torch's users expect.
"""

from __future__ import annotations

import builtins


class Error(RuntimeError):
    """Base of all errors of this library."""

    def __init__(self, code: int, what: str, where: str = "", why: str = "", todo: str = "") -> None:
        self.code, self.what, self.where, self.why, self.todo = code, what, where, why, todo
        lines = [f"CRY-{code:04d}: {what}"]
        lines += [f"  {name:<6} {fact}" for name, fact in (("where:", where), ("why:", why), ("to do:", todo)) if fact]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple:
        return type(self), (self.code, self.what, self.where, self.why, self.todo)


class InvalidArgument(Error, ValueError):
    """An argument that no party can accept; all parties raise it before anything is sent."""


class IndexError(InvalidArgument, builtins.IndexError):  # noqa: A001: the C++ class has this name
    """A dimension or an index out of range."""


class UnsupportedModel(InvalidArgument):
    """A model that cannot be imported. ``problems`` lists everything that is in the way, at once."""

    def __init__(self, code: int, what: str, where: str = "", why: str = "", todo: str = "", problems: tuple = ()) -> None:
        super().__init__(code, what, where, why, todo)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple:
        return type(self), (self.code, self.what, self.where, self.why, self.todo, self.problems)


class SessionError(Error):
    """No session came about, or it is over."""


class ConfigMismatch(SessionError):
    """Two parties have different configurations."""


class VersionMismatch(SessionError):
    """Two parties run versions that cannot talk to each other."""


class CertificateUntrusted(SessionError):
    """A peer's certificate was not issued by this run's authority."""


class CertificateExpired(SessionError):
    """A certificate is past its date, or not valid yet."""


class PeerIdentityMismatch(SessionError):
    """A peer's certificate is valid, but belongs to another rank."""


class RankTaken(SessionError):
    """Two processes claim the same rank."""


class RendezvousTimeout(SessionError):
    """Not all parties appeared in time."""


class DealerIsParty(SessionError):
    """The dealer's certificate belongs to a party."""


class SessionClosed(SessionError):
    """The session has ended; its tensors cannot be computed with any more."""


class CommError(Error):
    """Communication failed; ``where`` names rank, round and operation."""


class PeerLost(CommError):
    """A peer's connection is gone without last words."""


class PeerFinished(CommError):
    """A peer's program ended in good order while this one still waits for it."""


class PeerAborted(CommError):
    """A peer said that it failed."""


class PeerStalled(CommError):
    """A peer is alive, but sent nothing for the round timeout."""


class DealerLost(CommError):
    """The dealer is gone."""


class ProtocolError(Error):
    """A rule of the protocol was broken."""


class MaskReuse(ProtocolError):
    """A mask would have been used twice."""


class ProgramMismatch(ProtocolError):
    """The parties run different operations."""


class MalformedFrame(ProtocolError):
    """Truncated, misrouted, replayed or foreign bytes."""
