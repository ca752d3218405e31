"""The looks that all pictures share: colours, sizes of letters, and a plain frame."""

from matplotlib.axes import Axes

BACKGROUND = "#0f1620"
PANEL = "#141d2a"
GRID = "#233044"
TEXT = "#e8eef6"
MUTED = "#93a4b8"
UP = "#2fd3a5"
DOWN = "#f2616b"

SMALL, LABEL, TITLE = 20, 23, 34  # points: a phone shows the picture at a quarter of its width


def style(axes: Axes) -> None:
    """The looks of all pictures."""
    axes.set_facecolor(PANEL)
    axes.grid(color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=MUTED, labelsize=SMALL, pad=8)
    axes.yaxis.tick_right()
    for spine in axes.spines.values():
        spine.set_visible(False)
