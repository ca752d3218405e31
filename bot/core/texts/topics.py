"""Topics of a group: what comes where, and what is said when a topic is gone."""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.page import Page
from bot.core.texts.markup import code, paragraphs
from bot.core.topics import Told

_NAMES = {Told.FILLS: "What becomes of orders", Told.ALERTS: "Alerts"}
_GONE = (
    "(The topic for this is closed or gone, so it comes here from now on. /here in another topic "
    "binds that one.)"
)


def here_page(bound: Mapping[Told, int], topic: int | None) -> Page:
    """Which topic is told what, seen from this one."""

    def where(told: Told) -> str:
        if told not in bound:
            return "the general topic"
        return "this topic" if bound[told] == topic else "another topic"

    fills, alerts = code("/here fills"), code("/here alerts")
    return Page(
        paragraphs(
            "📌 What comes where in this group",
            *(f"{name}: {where(told)}." for told, name in _NAMES.items()),
            f"Send {fills} or {alerts} in the topic that it shall come to; "
            f"{code('/here fills off')} ends that.",
            "Answers stay in the topic of the question.",
        )
    )


def bound_page(told: Told, topic: int | None) -> Page:
    """It comes here from now on."""
    where = "to this topic" if topic is not None else "to the general topic"
    return Page(paragraphs(f"📌 {_NAMES[told]}", f"From now on it comes {where}."))


def groups_only_page() -> Page:
    """Asked where there is nobody and nothing else."""
    return Page(
        paragraphs(
            "Topics are for groups.",
            "In private everything comes here. Nothing was changed.",
        )
    )


def fallen_back(page: Page) -> Page:
    """The same, said in the general topic because its own takes nothing any more."""
    return replace(page, html=paragraphs(page.html, _GONE))
