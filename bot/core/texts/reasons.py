"""Why an order was refused, not sent, or ended, in plain words; the exchange's own stand behind.

What has no words here is shown as it came: a text that nobody knows is better than a guess.
"""

from bot.core.texts.markup import code, esc

_REFUSED = (
    ("EOrder:Insufficient", "there is not enough free for it, fees included"),
    ("EOrder:Margin", "there is not enough free for it, fees included"),
    ("EOrder:Order minimum", "it is below the pair’s smallest amount"),
    ("EOrder:Cost minimum", "it is worth less than the pair’s smallest order"),
    ("EOrder:Tick size", "the price does not fit the pair’s steps"),
    ("EOrder:Invalid price", "the price does not fit the pair’s steps"),
    ("EOrder:Orders limit", "too many orders of this pair are open"),
    ("EOrder:Post only", "post-only would have matched at once"),
    ("EOrder:Unknown order", "it is not open any more"),
    ("EOrder:Reduce only", "there is nothing that it could reduce"),
    ("EOrder:Rate limit", "too many orders of this pair in a short time"),
    ("EQuery:Unknown asset pair", "this pair is not traded there"),
    ("EGeneral:Permission denied", "the key may not do this"),
    ("EGeneral:Temporary lockout", "the key is blocked for a while, so I stop calling with it"),
    ("EAccount:Invalid permissions", "this asset is not offered where the account is"),
    ("EAPI:Invalid key", "the key is not accepted any more"),
    ("EAPI:Invalid signature", "the key and its secret do not belong together"),
    ("EAPI:Invalid nonce", "another program seems to use the same key"),
    ("EService:Market in cancel_only", "the market takes cancels only right now"),
    ("EService:Market in post_only", "the market takes post-only orders only right now"),
    ("EService:Market in limit_only", "the market takes limit orders only right now"),
    ("EService:Market in", "the market takes no such orders right now"),
    ("EGeneral:Invalid arguments", "the request does not fit the rules"),
)

_ENDED = {
    "User requested": "cancelled on request",
    "Immediate or cancel": "what could not fill at once is cancelled",
    "Fill or kill": "it could not fill whole at once",
    "Order replaced": "another order took its place",
    "Order would trigger immediately": "its trigger price was reached already",
    "Post only order": "post-only would have matched at once",
    "Self trade prevention": "it would have traded with another order of yours",
    "Insufficient funds": "there was not enough free for it",
    "No liquidity": "nobody offered more",
}


def why_refused(reason: str) -> str:
    """The reason of a refusal, with the exchange's own words to copy."""
    if not reason:
        return "no reason was given"
    for beginning, words in _REFUSED:
        if reason.startswith(beginning):
            return f"{words} ({code(reason, 60)})"
    return esc(reason, 160)


def why_ended(reason: str) -> str:
    """The reason of an end, as the exchange told it; empty if it told none."""
    return esc(_ENDED.get(reason, reason), 160)


def why_not_sent(reason: str) -> str:
    """Why nothing left this machine."""
    return esc(reason, 160) if reason else "the exchange could not be reached"
