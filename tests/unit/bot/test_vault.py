"""The vault: what is sealed opens at its own place, under its own master key, and nowhere else."""

from dataclasses import replace

import pytest

from bot.vault import CannotOpen, Place, Vault, new_master_key

HERE = Place(1, 7, "kraken", "api_secret", "row-1")
OLD, NEW = new_master_key(), new_master_key()


def test_what_is_sealed_opens_at_its_place_and_shows_nothing() -> None:
    sealed = Vault([OLD]).seal("a secret", HERE, "print")
    assert "secret" not in sealed
    assert Vault([OLD]).open(sealed, HERE, "print") == "a secret"


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, chat_id=2),
        replace(HERE, user_id=8),
        replace(HERE, account="other"),
        replace(HERE, field="api_key"),
        replace(HERE, row="row-2"),
    ],
)
def test_it_opens_nowhere_else(elsewhere: Place) -> None:
    sealed = Vault([OLD]).seal("a secret", HERE, "print")
    with pytest.raises(CannotOpen):
        Vault([OLD]).open(sealed, elsewhere, "print")


def test_places_cannot_be_mistaken_for_each_other_by_their_spelling() -> None:
    one, other = replace(HERE, account="a|b", field="c"), replace(HERE, account="a", field="b|c")
    vault = Vault([OLD])
    with pytest.raises(CannotOpen):
        vault.open(vault.seal("a secret", one, "print"), other, "print")


def test_another_fingerprint_master_key_or_a_cut_text_opens_nothing() -> None:
    vault = Vault([OLD])
    sealed = vault.seal("a secret", HERE, "print")
    for text, keys, fingerprint in (
        (sealed, [OLD], "other"),
        (sealed, [NEW], "print"),
        (sealed[:-5], [OLD], "print"),
        ("", [OLD], "print"),
        ("no token at all", [OLD], "print"),
    ):
        with pytest.raises(CannotOpen) as raised:
            Vault(keys).open(text, HERE, fingerprint)
        assert raised.value.__cause__ is None


def test_the_first_master_key_seals_and_all_open() -> None:
    both = Vault([NEW, OLD])
    assert both.open(Vault([OLD]).seal("a secret", HERE, "p"), HERE, "p") == "a secret"
    assert Vault([NEW]).open(both.seal("a secret", HERE, "p"), HERE, "p") == "a secret"
    assert both.key_ids == (Vault([NEW]).key_id, Vault([OLD]).key_id)


def test_the_known_text_tells_the_right_master_key_and_fingerprints_outlive_it() -> None:
    first = Vault([OLD])
    check = first.new_check()
    both, wrong = Vault([NEW, OLD]), Vault([NEW])
    both.accept(check)
    with pytest.raises(CannotOpen):
        wrong.accept(check)
    wrong.accept(both.check_again())
    assert wrong.fingerprint("key") == first.fingerprint("key") != first.fingerprint("yek")


def test_a_master_key_is_told_by_a_name_that_says_nothing_of_it() -> None:
    assert len(Vault([OLD]).key_id) == 8
    assert Vault([OLD]).key_id not in OLD
