"""The check of a Kraken key, line by line, and what came of it."""

from bot.core.keys import KeyRecord, KeyReport, Permission, PermissionReport, Problem
from bot.core.page import Button, Page, Rows
from bot.core.texts.labels import run
from bot.core.texts.markup import bold, code, esc

KRAKEN_KEYS = "https://www.kraken.com/c/account-settings/api"

AT_KRAKEN = {
    Permission.FUNDS.value: "Query funds",
    Permission.OPEN_ORDERS.value: "Query open orders & trades",
    Permission.CLOSED_ORDERS.value: "Query closed orders & trades",
    Permission.PLACE.value: "Create & modify orders",
    Permission.CANCEL.value: "Cancel & close orders",
    Permission.STREAM.value: "Access WebSockets API",
    Permission.LEDGER.value: "Query ledger entries",
    "withdraw-funds": "Withdraw",
    "add-funds": "Deposit",
    "earn-funds": "Earn",
    "export-data": "Export data",
    "add-withdraw-address": "Add withdrawal addresses",
    "update-withdraw-address": "Update withdrawal addresses",
}
"""What Kraken's page calls them (https://support.kraken.com, API key permissions)."""

NOTHING_KEPT = "Nothing was stored."
KRAKEN_PAGE = Button("🌐 Kraken API page", url=KRAKEN_KEYS)
AGAIN = Button("🔑 Start again", "run", {"command": "connect", "args": ""})
_CHECK_AGAIN = Button("Check again", "connect_again", {"reads_only": False})
_READ_ONLY = Button("Use read-only", "connect_again", {"reads_only": True})


def report_page(report: KeyReport) -> Page:
    """Step 3: the check as far as it is, then the outcome."""
    found = report.permissions
    lines = [
        f"🔎 {bold('Checking the key (3/3)')}",
        _clock_line(report),
        _works_line(report),
        *(permission_lines(found) if found else ()),
        _habit_line(report) if found and not found.forbidden else "",
    ]
    if report.connected is not None:
        lines += ["", *_connected_lines(report.connected, report.replaced)]
    elif report.problem is not None:
        lines += ["", *_problem_lines(report)]
    else:
        lines += ["…"]
    return Page("\n".join(line for line in _joined(lines)), _report_rows(report))


def _joined(lines: list[str]) -> list[str]:
    """Without empty lines but the one before the outcome."""
    last = max((at for at, line in enumerate(lines) if not line), default=-1)
    return [line for at, line in enumerate(lines) if line or at == last]


def _clock_line(report: KeyReport) -> str:
    if report.offset is None:
        return "⚠️ Clock not compared: Kraken did not answer" if report.problem is None else ""
    seconds = abs(report.offset.total_seconds())
    sign = "✅" if seconds <= 2 else "⚠️"
    return f"{sign} Clock {seconds:.1f} s off"


def _works_line(report: KeyReport) -> str:
    if not report.works:
        return ""
    return f"✅ Key works (name “{esc(report.name, 32)}”)" if report.name else "✅ Key works"


def permission_lines(found: PermissionReport) -> tuple[str, ...]:
    def line(lacks: tuple[Permission, ...], fine: str, else_: str) -> str:
        if not lacks:
            return f"✅ {fine}"
        return f"❌ Missing: {esc(_listed(lacks), 128)} → {else_}"

    stream = (Permission.STREAM,) if found.lacks_stream else ()
    beyond = tuple(name for name in found.forbidden if name != "withdraw-funds")
    return (
        line(found.lacks_reading, "Reads balance and orders", "nothing could be shown"),
        line(found.lacks_trading, "May place and cancel orders", "no trading"),
        line(stream, "Live updates (WebSocket right)", "live updates would not work"),
        "❌ It can withdraw money" if found.withdraws else "✅ Cannot withdraw",
        *(f"❌ It may: {esc(AT_KRAKEN.get(name, name))}" for name in beyond),
    )


def _habit_line(report: KeyReport) -> str:
    limited = "✅ IP limit" if report.has_address_limit else "⚠️ No IP limit"
    ends = report.valid_until
    return f"{limited}  {f'✅ Expires {ends:%Y-%m-%d}' if ends else '⚠️ No expiry'}"


def _connected_lines(key: KeyRecord, replaced: KeyRecord | None) -> list[str]:
    what = "Connected, to read only." if key.reads_only else "Connected."
    is_same = replaced is not None and replaced.fingerprint == key.fingerprint
    now = (
        "The mode of this chat is as it was."
        if is_same
        else "You are still in 🧪 PAPER."
        if key.reads_only
        else "You are still in 🧪 PAPER. /live when ready."
    )
    gone = (
        f"The earlier key {code('…' + replaced.tail)} was destroyed here; "
        "delete it at Kraken, too. Its open orders stay at Kraken; I do not follow them any more, "
        "and its take-profits have ended."
        if replaced is not None and not is_same
        else ""
    )
    return [f"{bold(what)} Key {named(key)}. {now}", *([gone] if gone else [])]


def _problem_lines(report: KeyReport) -> list[str]:
    sentence = _PROBLEMS[report.problem] if report.problem else ""
    if report.problem is Problem.FORBIDDEN and report.permissions is not None:
        sentence = _forbidden(report.permissions)
    if report.problem is Problem.MISSING and report.permissions is not None:
        sentence = (
            f"Tick what is missing at Kraken, then check again. {NOTHING_KEPT} "
            "You need not type the key again."
        )
    theirs = f"<blockquote expandable>{esc(report.said, 200)}</blockquote>" if report.said else ""
    return [sentence, *([theirs] if theirs else [])]


def _forbidden(found: PermissionReport) -> str:
    if found.withdraws:
        return (
            f"{bold('This key can withdraw money. I don’t accept such keys.')} {NOTHING_KEPT} "
            "Untick Withdraw and try again."
        )
    untick = esc(", ".join(AT_KRAKEN.get(name, name) for name in found.forbidden), 200)
    return (
        f"{bold('This key may do more than I accept.')} {NOTHING_KEPT} "
        f"Untick {untick} and try again."
    )


_PROBLEMS = {
    Problem.UNKNOWN_KEY: "Kraken does not know this key. It may take a minute after creation; "
    f"or the key expired, or is limited to another IP address. {NOTHING_KEPT}",
    Problem.BAD_SIGNATURE: "The private key does not belong to this API key. "
    f"{NOTHING_KEPT} Copy both again.",
    Problem.NONCE: "This key’s nonce is ahead of the clock: another program uses it, or used it "
    f"with larger numbers. Make a new key for this bot only. {NOTHING_KEPT}",
    Problem.ONE_TIME_CODE: "This key asks for a code on every call. Make one without 2FA. "
    f"{NOTHING_KEPT}",
    Problem.LOCKED_OUT: "Kraken blocks this key for about 15 min after many wrong tries. "
    f"I stop trying. {NOTHING_KEPT}",
    Problem.TOO_OFTEN: f"Too many tries in a short time. Wait a minute. {NOTHING_KEPT}",
    Problem.REFUSED: f"Kraken refused this key. {NOTHING_KEPT}",
    Problem.NO_ANSWER: "Kraken did not say what this key may do, so I don’t take it. "
    f"{NOTHING_KEPT} Check again in a moment.",
    Problem.FORBIDDEN: f"This key may do more than I accept. {NOTHING_KEPT}",
    Problem.MISSING: f"Permissions are missing. {NOTHING_KEPT}",
    Problem.EXPIRED: f"This key has expired. Make a new one. {NOTHING_KEPT}",
    Problem.TAKEN: "This key is connected in another chat of this bot. One key is for one chat: "
    f"make another one for this chat. {NOTHING_KEPT}",
    Problem.FORGOTTEN: "I don’t remember this key any more: I keep one that is not connected for "
    f"10 min only. {NOTHING_KEPT} Start again.",
}


def _report_rows(report: KeyReport) -> Rows:
    if report.connected is not None:
        return ((run("🔑 Key status", "connect", "status"),),)
    match report.problem:
        case None:
            return ()
        case Problem.FORBIDDEN:
            return ((_CHECK_AGAIN,), (KRAKEN_PAGE,))
        case Problem.MISSING:
            found = report.permissions
            offers = (_CHECK_AGAIN, _READ_ONLY) if found and found.can_read else (_CHECK_AGAIN,)
            return (offers, (KRAKEN_PAGE,))
        case Problem.UNKNOWN_KEY | Problem.NO_ANSWER | Problem.TOO_OFTEN:
            return ((_CHECK_AGAIN,),)
        case Problem.LOCKED_OUT:
            return ()
        case _:
            return ((AGAIN,), (KRAKEN_PAGE,))


def named(key: KeyRecord) -> str:
    return f"{code('…' + key.tail)} (fingerprint {code(key.fingerprint[:4])})"


def _listed(needs: tuple[Permission, ...]) -> str:
    return ", ".join(AT_KRAKEN[need.value] for need in needs)
