"""The send queue and its buckets, driven by time as an argument."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import Bucket, Window
from bot.core.queue import Entry, Limits, Priority, SendQueue

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
GROUP = -100


def queue() -> SendQueue[str]:
    return SendQueue(Limits())


def add(to: SendQueue[str], chat: int, content: str, priority: Priority = Priority.REPLY) -> None:
    to.add(Entry(chat, priority, content))


def take(of: SendQueue[str], now: datetime = NOW) -> str | None:
    entry = of.take(now)
    if entry is None:
        return None
    of.done(entry)
    return entry.content


def drain(of: SendQueue[str], start: datetime = NOW) -> list[tuple[datetime, str]]:
    """Take everything at the earliest time the queue names."""
    sent, now = [], start
    while (at := of.next_at(now)) is not None:
        content = take(of, at)
        assert content is not None or at > now, "next_at named now, and nothing may go"
        now = at
        if content is not None:
            sent.append((now, content))
    return sent


@given(st.lists(st.integers(0, 3000), max_size=200), st.integers(1, 5), st.integers(100, 2000))
def test_no_stretch_of_time_holds_more_than_the_bucket_allows(
    gaps: list[int], burst: int, interval: int
) -> None:
    bucket = Bucket(timedelta(milliseconds=interval), burst)
    now, taken = NOW, list[datetime]()
    for gap in gaps:
        now = bucket.free_at(now + timedelta(milliseconds=gap))
        bucket.take(now)
        taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            stretch = (taken[last] - taken[first]) / timedelta(milliseconds=interval)
            assert last - first + 1 <= burst + stretch + 1e-9


@given(st.lists(st.integers(0, 3000), max_size=200), st.integers(1, 5), st.integers(100, 2000))
def test_no_period_holds_more_than_the_window_allows(
    gaps: list[int], most: int, period: int
) -> None:
    window = Window(most, timedelta(milliseconds=period))
    now, taken = NOW, list[datetime]()
    for gap in gaps:
        asked = now + timedelta(milliseconds=gap)
        now = window.free_at(asked)
        assert now == asked or len(taken) >= most, "it waits without a reason"
        window.take(now)
        taken.append(now)
    for at in taken:
        assert sum(at <= other < at + timedelta(milliseconds=period) for other in taken) <= most


def test_the_most_urgent_goes_first_then_the_oldest() -> None:
    waiting = queue()
    for chat, priority in enumerate(reversed(Priority), start=1):
        add(waiting, chat, priority.name, priority)
    add(waiting, 90, "second kill", Priority.KILL)
    taken = [content for _, content in drain(waiting)]
    assert taken == ["KILL", "second kill", "FILL", "ALERT", "REPLY", "EDIT", "WATCH", "DIGEST"]


def test_a_chat_gets_three_at_once_and_never_more_in_three_seconds() -> None:
    waiting = queue()
    for number in range(6):
        add(waiting, 1, str(number))
    times = [(at - NOW) / SECOND for at, _ in drain(waiting)]
    assert times == [0, 0, 0, 3.2, 3.2, 3.2]


def test_an_answer_goes_at_once_though_a_message_follows_the_market_all_the_time() -> None:
    waiting = queue()
    now, edits = NOW, 0
    for tenth in range(300):
        now = NOW + tenth * SECOND / 10
        if waiting.waiting_edit(1, 5) is None:
            waiting.add(Entry(1, Priority.WATCH, "edit", edits=5))
        edits += take(waiting, now) == "edit"
        if tenth % 100 == 50:
            add(waiting, 1, "answer")
            assert take(waiting, now) == "answer"
    assert edits > 15, "it is followed all the same"


def test_a_group_never_gets_more_than_twenty_in_a_minute() -> None:
    waiting = queue()
    for number in range(100):
        add(waiting, GROUP, str(number))
    times = [at for at, _ in drain(waiting)]
    for at in times:
        assert sum(at <= other < at + timedelta(minutes=1) for other in times) <= 20
        assert sum(at <= other < at + 3 * SECOND for other in times) <= 3
    assert times[-1] - NOW < timedelta(minutes=6)


def test_a_thousand_chats_get_at_most_thirty_in_a_second_and_orders_pass_the_storm() -> None:
    waiting = queue()
    for chat in range(1, 1001):
        add(waiting, chat, "alert", Priority.ALERT)
    sent = []
    now = NOW
    while (at := waiting.next_at(now)) is not None:
        now = max(now, at)
        if len(sent) == 500:
            add(waiting, 2000, "fill", Priority.FILL)
            asked = now
        if (content := take(waiting, now)) is not None:
            sent.append((now, content))
    times = [at for at, _ in sent]
    assert len(sent) == 1001
    for at in times[::50]:
        assert sum(at <= other < at + SECOND for other in times) <= 30
    [filled] = [at for at, content in sent if content == "fill"]
    assert filled - asked <= 2 * SECOND


def test_a_chat_has_one_message_under_way_and_others_pass_it() -> None:
    waiting = queue()
    add(waiting, 1, "first")
    add(waiting, 1, "second")
    add(waiting, 2, "other")
    under_way = waiting.take(NOW)
    assert under_way is not None
    assert under_way.content == "first"
    assert take(waiting) == "other"
    assert take(waiting) is None
    assert waiting.next_at(NOW) is None
    waiting.done(under_way)
    assert take(waiting) == "second"


def test_a_pause_stops_its_chat_only_and_what_did_not_go_keeps_its_place() -> None:
    waiting = queue()
    add(waiting, 1, "refused")
    add(waiting, 1, "behind it")
    refused = waiting.take(NOW)
    assert refused is not None
    waiting.pause(1, NOW + 30 * SECOND, NOW)
    waiting.put_back(refused)
    waiting.done(refused)
    add(waiting, 2, "other")
    assert take(waiting) == "other"
    assert take(waiting) is None
    assert waiting.next_at(NOW) == NOW + 30 * SECOND
    later = NOW + 30 * SECOND
    assert [take(waiting, later), take(waiting, later)] == ["refused", "behind it"]


def test_three_paused_chats_within_a_second_pause_everybody() -> None:
    waiting = queue()
    add(waiting, 9, "other")
    for chat in (1, 2, 3):
        assert waiting.next_at(NOW) == NOW
        waiting.pause(chat, NOW + 5 * SECOND, NOW)
    assert take(waiting) is None
    assert take(waiting, NOW + 5 * SECOND) == "other"


def test_three_pauses_over_a_minute_pause_nobody_else() -> None:
    waiting = queue()
    add(waiting, 9, "other")
    for chat in (1, 2, 3):
        at = NOW + chat * 20 * SECOND
        waiting.pause(chat, at + 90 * SECOND, at)
    assert take(waiting, NOW + 61 * SECOND) == "other"


def test_a_waiting_edit_is_found_until_it_goes() -> None:
    waiting = queue()
    entry = Entry(1, Priority.WATCH, "old", edits=5)
    waiting.add(entry)
    assert waiting.waiting_edit(1, 5) is entry
    assert waiting.waiting_edit(2, 5) is None
    assert waiting.take(NOW) is entry
    assert waiting.waiting_edit(1, 5) is None


def test_all_of_a_chat_can_be_taken_out() -> None:
    waiting = queue()
    add(waiting, 1, "a")
    waiting.add(Entry(1, Priority.EDIT, "b", edits=5))
    add(waiting, 2, "c")
    assert [entry.content for entry in waiting.drop_chat(1)] == ["a", "b"]
    assert waiting.waiting_edit(1, 5) is None
    assert len(waiting) == 1


def test_what_is_remembered_of_silent_chats_is_dropped_and_changes_nothing() -> None:
    waiting = queue()
    for number in range(3):
        add(waiting, 1, str(number))
        take(waiting)
    waiting.forget_idle(NOW + SECOND)
    add(waiting, 1, "too soon")
    assert waiting.next_at(NOW + SECOND) == NOW + 3.2 * SECOND
    waiting.forget_idle(NOW + 4 * SECOND)
    assert waiting.next_at(NOW + 4 * SECOND) == NOW + 4 * SECOND
