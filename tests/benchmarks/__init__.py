"""Figures, never pass or fail on time. Run them with ``make bench``.

Each module has a ``run() -> list[Figure]``; ratios are taken inside one run, because absolute
times drift with the machine's neighbours.
"""
