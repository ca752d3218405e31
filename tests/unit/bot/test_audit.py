"""The audit chain: every change, swap, deletion and cut of any row is found."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.audit import (
    START,
    Entry,
    Seal,
    canonical,
    chain_hash,
    head_of,
    seal_from,
    verify,
)

SEAL, OTHER = seal_from("a" * 44), seal_from("b" * 44)


def written(*seals: Seal | None) -> list[Entry]:
    """A log of so many rows, each sealed with its own key or with none."""
    rows: list[Entry] = []
    previous = START
    for index, seal in enumerate(seals):
        seq, body = index + 1, canonical({"after": index})
        at = f"2026-03-04T12:00:{index:02}.000+00:00"
        row_hash = chain_hash(previous, seq, at, 1, 1, "limit", body)
        key_id, mac = (seal.id, seal.mac(row_hash)) if seal else ("", "")
        rows.append(Entry(seq, at, 1, 1, "limit", body, previous, row_hash, key_id, mac))
        previous = row_hash
    return rows


LOG = written(*[SEAL] * 8)
HEAD = head_of(8, LOG[-1].hash)


def forged(rows: list[Entry]) -> list[Entry]:
    """A new chain over these rows, as somebody makes it who has no key."""
    previous, made = START, []
    for number, row in enumerate(rows, 1):
        content = (previous, number, row.at, row.actor, row.chat_id, row.action, row.body)
        row_hash = chain_hash(*content)
        made.append(replace(row, seq=number, previous=previous, hash=row_hash))
        previous = row_hash
    return made


def test_a_log_as_it_was_written_is_unbroken() -> None:
    found = verify(LOG, (SEAL,), highest=8, head=HEAD)
    assert (found.broken, found.rows, found.sealed, found.head) == (None, 8, 8, HEAD)
    assert verify([], (SEAL,)).broken is None


@given(st.data())
def test_whatever_is_changed_in_a_row_is_found(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 7))
    name = data.draw(
        st.sampled_from(
            ["seq", "at", "actor", "chat_id", "action", "body", "previous", "hash", "mac"]
        )
    )
    old = getattr(LOG[place], name)
    new: object = data.draw(st.text(max_size=5).filter(lambda text: text != old))
    if isinstance(old, int):
        new = data.draw(st.none() | st.integers(-9, 99).filter(lambda number: number != old))
    changed = [*LOG]
    changed[place] = replace(LOG[place], **{name: new})
    found = verify(changed, (SEAL,), highest=8)
    assert found.broken is not None
    assert found.rows <= place + 2, "the first broken row is named"


@given(st.integers(0, 7), st.booleans())
def test_a_missing_row_is_found_in_the_middle_and_at_the_end(place: int, forge: bool) -> None:
    left = [row for index, row in enumerate(LOG) if index != place]
    left = forged(left) if forge else left
    assert verify(left, (SEAL,), highest=8).broken is not None
    assert verify(left, (SEAL,), head=HEAD).broken is not None


@given(st.integers(0, 6))
def test_rows_that_changed_places_are_found(place: int) -> None:
    swapped = [*LOG]
    swapped[place], swapped[place + 1] = swapped[place + 1], swapped[place]
    assert verify(swapped, (SEAL,)).broken == place + 1
    assert verify(forged(swapped), (SEAL,)).broken is not None


def test_a_new_chain_without_the_key_is_found_with_the_key_only() -> None:
    changed = forged([LOG[0], replace(LOG[1], body=canonical({"after": 666})), *LOG[2:]])
    assert verify(changed, (SEAL,)).broken == 2
    assert verify(changed, ()).broken is None
    assert verify(changed, (), head=HEAD).broken is not None


def test_a_row_without_a_seal_among_sealed_ones_is_found() -> None:
    stripped = [replace(row, key_id="", mac="") for row in LOG[:1]] + LOG[1:]
    assert verify(stripped, (SEAL,)).broken is None, "it began before there was a key"
    later = [*LOG[:4], *(replace(row, key_id="", mac="") for row in LOG[4:])]
    assert verify(later, (SEAL,)).broken == 5


def test_a_key_that_is_gone_is_said_and_later_rows_vouch_for_its_rows() -> None:
    rotated = written(SEAL, SEAL, OTHER, OTHER)
    found = verify(rotated, (OTHER,))
    assert (found.broken, found.unknown_keys, found.sealed) == (None, 2, 2)
    tampered = forged([replace(rotated[0], actor=666), *rotated[1:]])
    assert verify(tampered, (OTHER,)).broken == 3


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_cut_is_found_by_the_head_that_was_told(cut: int) -> None:
    assert verify(LOG[:cut], (SEAL,)).broken is None, "the chain alone cannot know"
    assert verify(LOG[:cut], (SEAL,), highest=8).broken == cut + 1
    assert verify(LOG[:cut], (SEAL,), head=HEAD).broken == cut + 1
