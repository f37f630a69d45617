"""A run's JSON into docs/benchmarks.md and pages with charts: `python -m benchmarks.report FILE [operations|functions]`."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

from benchmarks import page
from benchmarks.figures import human, seconds, worst
from benchmarks.tables import tables, worst_table

DOCS = pathlib.Path(__file__).resolve().parents[1] / "docs"
MARK = "<!-- written by benchmarks/report.py: {} {} -->"
PAGES = {"operations": "benchmarks.html", "functions": "benchmarks-functions.html"}


def dumps(result: dict[str, Any]) -> str:
    """JSON with a line for each entry, so that it can be read and compared."""
    rows = ",\n".join("  " + json.dumps(_rounded(row)) for row in result["rows"])
    head = {key: value for key, value in result.items() if key != "rows"}
    return json.dumps(_rounded(head), indent=1)[:-2] + ',\n "rows": [\n' + rows + "\n ]\n}\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, (list, tuple)) else value


def one_line(row: dict[str, Any]) -> str:
    """A row while it is measured."""
    parts = [f"{name}: {human(seconds(entry)) if entry.get('seconds') else entry.get('problem', '–')}" for name, entry in row["entries"].items()]
    return f"{row['row']:28s} " + ", ".join(parts)


def update_document(path: pathlib.Path, result: dict[str, Any], part: str = "operations") -> None:
    """Replaces what stands between the marks of the part; of the operations also the profiles of the worst. Errors: ValueError where the document has no such marks."""
    text = _replaced(path.read_text(), part, tables(result), path)
    if part == "operations":
        text = _replaced(text, "worst", worst_table(result), path)
    path.write_text(text)


def _replaced(text: str, part: str, content: str, path: pathlib.Path) -> str:
    begin, end = MARK.format(part, "begin"), MARK.format(part, "end")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"{path} does not have the two marks of the generated part {part} once each")
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{content}\n{end}{rest.split(end)[1]}"


def write_documents(result: dict[str, Any], part: str) -> None:
    update_document(DOCS / "benchmarks.md", result, part)
    (DOCS / PAGES[part]).write_text(page.render(result))


def main() -> None:
    result = json.loads(pathlib.Path(sys.argv[1]).read_text())
    write_documents(result, *(sys.argv[2:3] or ["operations"]))
    for row, variant, times_bound in worst(result, 10):
        print(f"{row} {variant}: {times_bound:.1f} × its bound")


if __name__ == "__main__":
    main()
