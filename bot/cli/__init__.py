"""The command line: ``kraken-bot``, also ``python -m bot``.

Rules: every command has help with an example; 0 is success, 1 a failure with one clear line on
stderr, 2 wrong usage or settings, 75 a failure that a restart may mend, 130 Ctrl-C; a traceback is
for the log only, and without secrets. What a command needs is imported when it runs, so that help
comes at once.
"""

import logging
import sys

import click

from bot.cli.audit import audit
from bot.cli.backup import backup, restore
from bot.cli.capture import record, replay
from bot.cli.connect import connect
from bot.cli.doctor import doctor
from bot.cli.failure import Failed
from bot.cli.rotate_key import rotate_key
from bot.cli.serve import chat, demo, exchange, run

log = logging.getLogger(__name__)

_INTERRUPTED = 130


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: kraken-bot demo",
)
def commands() -> None:
    """Kraken in a Telegram chat: self-hosted, with a whole offline exchange and chat to try it
    on."""


for command in (
    demo,
    run,
    exchange,
    chat,
    record,
    replay,
    connect,
    doctor,
    rotate_key,
    backup,
    restore,
    audit,
):
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
    except Exception as error:  # noqa: BLE001 - the last border; the log has the traceback
        code = _unexpected(error)
    sys.exit(code or 0)


def _unexpected(error: Exception) -> int:
    """Log it with its traceback, which may show secrets, and say one line."""
    from bot import log as logs

    if not logging.getLogger().handlers:
        logs.set_up("warning")
    reference = logs.reference()
    log.error("#%s: a command failed", reference, exc_info=error)
    line = logs.redaction.clean(f"Something unexpected (#{reference} in the log): {error!r}")
    click.echo(line, err=True)
    return 1
