"""How a figure is written down, and the machine it was taken on."""

import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, with what we aim for where there is an aim."""

    what: str
    value: str
    aim: str = ""


def machine() -> str:
    """The line that belongs to every figure."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {sys.version.split()[0]}"
    )


def table(figures: Iterable[Figure]) -> str:
    """The figures as aligned columns."""
    rows = [("figure", "value", "aim"), *((f.what, f.value, f.aim) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]  # three again
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
