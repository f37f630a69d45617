"""One report for everything unsupported: layer path, operation, source line, reason, hint."""

import pytest
import torch
import torch.nn.functional as F
from test_importer import IMAGE, ROW, Lambda
from torch import nn

import crypten_cpp as crypten

# name: model, input shape, what the report must list: path, operation, words of the reason, words of the hint
BROKEN = {
    "several at once": (nn.Sequential(nn.Conv2d(4, 4, 1), nn.CELU(), nn.Sequential(nn.Softmax2d(), nn.BatchNorm2d(4, track_running_stats=False))), IMAGE,
                        [("1", "celu", "graph format", "elu"), ("2.1", "_native_batch_norm_legit", "statistics of the batch", "track_running_stats")]),
    "celu": (nn.Sequential(nn.Linear(6, 2), nn.CELU()), ROW, [("1", "celu", "graph format", "elu")]),
    "reflection padding": (nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), IMAGE, [("", "pad", "reflect", "zeros")]),
    "batch statistics": (nn.BatchNorm2d(4, track_running_stats=False), IMAGE, [("", "_native_batch_norm_legit", "statistics of the batch", "track_running_stats")]),
    "rounded quotient": (Lambda(lambda s, x: torch.div(x, x.abs(), rounding_mode="floor")), ROW, [("", "abs", "graph format", ""), ("", "div", "rounding", "")]),
    "comparison": (Lambda(lambda s, x: torch.where(x > 0, x, 2 * x)), ROW, [("", "gt", "comparison", ""), ("", "where", "comparison", "relu")]),
    "fixed batch": (Lambda(lambda s, x: x.view(2, 6)), ROW, [("input x_0", "batch size", "batch of 2", "x.shape[0]")]),
    "branch on a value": (Lambda(lambda s, x: x if x.sum() > 0 else -x), ROW, [("", "torch.export", "cannot trace", "no branches")]),
    "part of the batch": (Lambda(lambda s, x: x[:1]), ROW, [("", "slice", "part of the batch", "before the model")]),
    "constant of the batch's size": (Lambda(lambda s, x: x + torch.zeros(x.shape[0], 6)), ROW, [("", "zeros", "depends on the batch size", "broadcast")]),
    "maximum": (Lambda(lambda s, x: x.amax(1) + x.max(1).values), ROW, [("", "amax", "maximum", "max_pool2d"), ("", "max", "maximum", "argmax")]),
    "constant output": (Lambda(lambda s, x: (x, torch.ones(2))), ROW, [("", "output", "does not depend", "")]),
    "active dropout": (Lambda(lambda s, x: F.dropout(x, 0.5, training=True)), ROW, [("", "native_dropout", "random numbers", "evaluation switches off")]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_everything_is_listed_at_once(name):
    model, shape, expected = BROKEN[name]
    report = crypten.nn.check(model, torch.zeros(2, *shape))
    assert not report.supported
    listed = [(p.path, p.operation) for p in report.problems]
    assert listed == [(path, operation) for path, operation, _, _ in expected]
    for problem, (_, _, reason, hint) in zip(report.problems, expected, strict=True):
        assert reason in problem.reason and hint in problem.hint
        assert problem.reason in str(report)
    with pytest.raises(crypten.UnsupportedModel) as error:
        crypten.nn.from_pytorch(model, torch.zeros(2, *shape))
    assert isinstance(error.value, ValueError) and error.value.problems == report.problems and error.value.code == 520
    assert all(p.operation in str(error.value) for p in report.problems)


class InverseErrorFunction(nn.Module):
    def forward(self, x):
        return torch.erfinv(x)


def test_source_lines_point_into_the_model():
    report = crypten.nn.check(InverseErrorFunction(), torch.zeros(1, 2))
    assert "test_report.py" in report.problems[0].source and "erfinv" in report.problems[0].source


def test_unknown_operations_get_a_suggestion():
    report = crypten.nn.check(Lambda(lambda s, x: x.cumsum(1)), torch.zeros(1, 2))
    assert report.problems[0].hint.startswith("did you mean sum?")


def test_integer_inputs():
    report = crypten.nn.check(nn.Embedding(5, 2), torch.zeros(1, 2, dtype=torch.int64))
    assert "floating point" in report.problems[0].hint


def test_repeats_of_one_line_are_listed_once():
    report = crypten.nn.check(Lambda(lambda s, x: [x := x.erfinv() for _ in range(5)][-1]), torch.zeros(1, 2))
    assert len(report.problems) == 1


def test_supported_models_say_so():
    report = crypten.nn.check(nn.Linear(2, 3), torch.zeros(1, 2))
    assert report.supported and str(report) == "Linear: supported (1 operations, 9 parameters)"
    report.raise_if_unsupported()
