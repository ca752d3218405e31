"""The command line: ``kraken-bot``, also ``python -m bot``.

Rules: every command has help with an example; 0 is success, 1 a failure with one clear line on
stderr, 2 wrong usage or settings, 75 a failure that a restart may mend, 130 Ctrl-C; nobody sees a
traceback. What a command needs is imported when it runs, so that help comes at once.
"""

import sys

import click

from bot.cli.capture import record, replay
from bot.cli.doctor import doctor
from bot.cli.failure import Failed
from bot.cli.serve import chat, demo, exchange, run

_INTERRUPTED = 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: kraken-bot demo",
)
def commands() -> None:
    """Kraken in a Telegram chat: self-hosted, with a whole offline exchange and chat to try it
    on."""


for command in (demo, run, exchange, chat, record, replay, doctor):
    commands.add_command(command)


def main() -> None:
    """Run one command and leave with its exit code."""
    try:
        code = commands.main(standalone_mode=False)
    except Failed as error:
        error.show()
        code = error.code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing more can be written, not even at exit.
        sys.stderr.close()
        code = 1
    sys.exit(code or 0)
