"""Methods of CrypTensor that are exponentials, logarithms, quotients, roots and what is normalised by them. Domains and errors: docs/accuracy.md; costs: docs/costs.md."""

from __future__ import annotations

from typing import Any, Self

from . import _C
from .errors import InvalidArgument
from .operands import Applied, dims, limit


def _raw(tensor: Any) -> Any:
    return None if tensor is None else tensor._value


class Quotients(Applied):
    """Mixed into CrypTensor. Functions need ``encoder.precision_bits`` of 8 … 24: InvalidArgument (409) otherwise. Outside of a domain: wrong numbers, no error.
    ``bound``: as RealFunctions."""

    __slots__ = ()

    def exp(self, *, bound: float | None = None) -> Self:
        """For x < 32.5 (at 16 fractional bits): relative error 2^-13 and 2.5 units; 0 below −17. 4 rounds."""
        return self._apply(_C.exp, limit(bound))

    def expm1(self, *, bound: float | None = None) -> Self:
        """e^x − 1, with the absolute error of exp. 4 rounds."""
        return self._apply(_C.expm1, limit(bound))

    def log(self, *, bound: float | None = None) -> Self:
        """For 2^-10 ≤ x ≤ 2^20: error 2^-12.8. 8 rounds."""
        return self._apply(_C.log, limit(bound))

    def log1p(self, *, bound: float | None = None) -> Self:
        """log(1 + x), with the absolute error of log. 8 rounds."""
        return self._apply(_C.log1p, limit(bound))

    def reciprocal(self, domain: str = "both_signs", *, bound: float | None = None) -> Self:
        """For 2^-8 ≤ |x| ≤ 2^20: relative error 2^-12.8 and 1.25 units. 9 rounds. domain: "positive", or "denominators" (1 … 4096), if it is known: cheaper."""
        if domain not in ("both_signs", "positive", "denominators"):
            raise InvalidArgument(608, f"no such domain: {domain!r}", "reciprocal", 'expected "both_signs", "positive" or "denominators"', "choose one of them")
        return self._apply(_C.reciprocal, domain, limit(bound))

    def sqrt(self, *, bound: float | None = None) -> Self:
        """For 2^-10 ≤ x ≤ 2^20: relative error 2^-12.4 and 1.25 units. 9 rounds."""
        return self._apply(_C.sqrt, limit(bound))

    def inv_sqrt(self, *, bound: float | None = None) -> Self:
        """1 / sqrt(x) for 2^-10 ≤ x ≤ 2^20: relative error 2^-11.8 and 1.25 units. 9 rounds."""
        return self._apply(_C.inv_sqrt, limit(bound))

    rsqrt = inv_sqrt

    def tan(self) -> Self:
        """For |x| ≤ 2^15, |tan x| ≤ 64: error (1 + tan²x)·2^-14. 11 rounds."""
        return self._apply(_C.tan)

    def softmax(self, dim: int, *, bound: float | None = None) -> Self:
        """Along a dimension, for any x: error 2^-12.6. The maximum's rounds, and 13."""
        return self._apply(_C.softmax, dim, limit(bound))

    def log_softmax(self, dim: int, *, bound: float | None = None) -> Self:
        """Along a dimension, for any x: error some 2^-11. The maximum's rounds, and 12."""
        return self._apply(_C.log_softmax, dim, limit(bound))

    def logsumexp(self, dim: int, keepdim: bool = False, *, bound: float | None = None) -> Self:
        """log Σ e^x along a dimension. The maximum's rounds, and 12."""
        return self._apply(_C.logsumexp, dim, keepdim, limit(bound))

    def var(self, dim: Any = None, correction: int = 1, keepdim: bool = False, unbiased: bool | None = None) -> Self:
        """As torch.var. 2 … 3 rounds."""
        return self._apply(_C.var, dims(dim), correction if unbiased is None else int(unbiased), keepdim)

    def std(self, dim: Any = None, correction: int = 1, keepdim: bool = False, unbiased: bool | None = None, *, bound: float | None = None) -> Self:
        """As torch.std, for variances in sqrt's domain. 9 rounds more than var."""
        return self._apply(_C.standard_deviation, dims(dim), correction if unbiased is None else int(unbiased), keepdim, limit(bound))

    def norm(self, p: Any = 2, dim: Any = None, keepdim: bool = False, *, bound: float | None = None) -> Self:
        """The 1-, 2- or infinity-norm of all elements or along dimensions."""
        return self._apply(_C.norm, 2.0 if p == "fro" else float(p), dims(dim), keepdim, limit(bound))

    def cosine_similarity(self, other: Self, dim: int = 1, eps: float = 1e-8, *, bound: float | None = None) -> Self:
        """For norms in 2^-5 … 2^7: error 2^-10. 12 rounds. eps is not needed."""
        return self._apply(_C.cosine_similarity, other._value, dim, limit(bound))

    def layer_norm(self, normalized_shape: Any, weight: Self | None = None, bias: Self | None = None, eps: float = 1e-5, *, bound: float | None = None) -> Self:
        """As torch.nn.functional.layer_norm. 11 rounds, one more for a weight."""
        return self._apply(_C.layer_norm, len(dims(normalized_shape)), _raw(weight), _raw(bias), eps, limit(bound))

    def rms_norm(self, normalized_shape: Any, weight: Self | None = None, eps: float = 1e-5, *, bound: float | None = None) -> Self:
        """As torch.nn.functional.rms_norm. 11 rounds, one more for a weight."""
        return self._apply(_C.rms_norm, len(dims(normalized_shape)), _raw(weight), 1e-5 if eps is None else eps, limit(bound))

    def group_norm(self, num_groups: int, weight: Self | None = None, bias: Self | None = None, eps: float = 1e-5, *, bound: float | None = None) -> Self:
        """As torch.nn.functional.group_norm. 11 rounds, one more for a weight."""
        return self._apply(_C.group_norm, num_groups, _raw(weight), _raw(bias), eps, limit(bound))

    def batch_norm(
        self, running_mean: Self | None, running_var: Self | None, weight: Self | None = None, bias: Self | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5, *, bound: float | None = None
    ) -> Self:
        """As torch.nn.functional.batch_norm with private statistics; in training with the batch's own, and the running ones are not changed."""
        statistics = (None, None) if training else (_raw(running_mean), _raw(running_var))
        return self._apply(_C.batch_norm, *statistics, _raw(weight), _raw(bias), eps, limit(bound))

    def __rtruediv__(self, other: Any) -> Self:
        return type(self)(_C.divide(other, self._value))  # type: ignore[call-arg]
