"""Failures of commands as one line and an exit code."""

from typing import IO, Any

import click


class Failed(click.ClickException):
    """One clear line on stderr, no traceback."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=True)
