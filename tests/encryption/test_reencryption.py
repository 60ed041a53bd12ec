import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from pytest_django import Settings

from encryption import SealBrokenError, fields, reseal, seal, unseal
from providers.models import Provider
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import State, key

OLD, NEW = os.urandom(32), os.urandom(32)
WHERE: Any = {"purpose": "column", "context": "table:column:1"}


@pytest.fixture
def rows(db: None, settings: Settings) -> list[Any]:
    """Return a key and a provider whose secrets are sealed with OLD. NEW has come since."""
    settings.ENCRYPTION_KEYS = [OLD]
    keyring.ensure_signing_key()
    provider = Provider(slug="github", kind="github", name="GitHub", client_id="id")
    provider.client_secret, provider.next_client_secret = "the secret", "the next secret"
    provider.save()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return [SigningKey.objects.get(), Provider.objects.get()]


def test_seals_the_same_again_with_the_first_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = seal(b"a secret", **WHERE)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    renewed = reseal(sealed, **WHERE)
    settings.ENCRYPTION_KEYS = [NEW]
    assert unseal(renewed, **WHERE) == b"a secret"
    assert reseal(renewed, **WHERE) == renewed
    with pytest.raises(SealBrokenError):
        reseal(sealed, **WHERE)


def test_every_sealed_column_of_the_site_is_found(db: None) -> None:
    assert {column.name for column in fields.reencrypt_all()} == {
        "signet_sessions_signingkey.sealed_private_key",
        "providers_provider.sealed_client_secret",
        "providers_provider.sealed_next_client_secret",
        "providers_provider.sealed_extra",
        "access_rules_providertoken.sealed_access_token",
        "access_rules_providertoken.sealed_refresh_token",
    }


def test_afterwards_the_old_key_can_be_removed(
    rows: list[Any], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [rows[0].private_key, rows[1].client_secret]
    call_command("reencrypt")
    settings.ENCRYPTION_KEYS = [NEW]
    provider = Provider.objects.get()
    assert [SigningKey.objects.get().private_key, provider.client_secret] == before
    assert provider.next_client_secret == "the next secret"
    keyring.forget()
    assert keyring.ensure_signing_key().kid == rows[0].kid
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == [
        "access_rules_providertoken.sealed_access_token\t0 re-encrypted\t0 unchanged",
        "access_rules_providertoken.sealed_refresh_token\t0 re-encrypted\t0 unchanged",
        "providers_provider.sealed_client_secret\t1 re-encrypted\t0 unchanged",
        "providers_provider.sealed_extra\t0 re-encrypted\t0 unchanged",
        "providers_provider.sealed_next_client_secret\t1 re-encrypted\t0 unchanged",
        "signet_sessions_signingkey.sealed_private_key\t1 re-encrypted\t0 unchanged",
    ]


def test_a_second_time_writes_nothing(rows: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("reencrypt")
    sealed = SigningKey.objects.get().sealed_private_key
    capsys.readouterr()
    call_command("reencrypt")
    assert SigningKey.objects.get().sealed_private_key == sealed
    assert "signingkey.sealed_private_key\t0 re-encrypted\t1 unchanged" in capsys.readouterr().out


def test_names_the_rows_that_cannot_be_opened_and_does_all_others(
    rows: list[Any], settings: Settings
) -> None:
    Provider.objects.update(sealed_client_secret="broken")
    with pytest.raises(CommandError, match=r"sealed_client_secret of row") as error:
        call_command("reencrypt")
    assert error.value.returncode == 1
    assert str(rows[1].pk) in str(error.value)
    assert "broken" not in str(error.value)
    settings.ENCRYPTION_KEYS = [NEW]
    assert SigningKey.objects.get().private_key


def test_leaves_out_what_holds_no_secret(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    gone = key(State.GONE)
    gone.private_key = ""
    gone.save()
    call_command("reencrypt")
    assert "signingkey.sealed_private_key\t0 re-encrypted\t0 unchanged" in capsys.readouterr().out


def test_goes_through_all_rows_batch_by_batch(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fields, "BATCH", 2)
    settings.ENCRYPTION_KEYS = [OLD]
    for _ in range(5):
        key(State.RETIRED).save()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    done = {column.name: column.resealed for column in fields.reencrypt_all()}
    assert done["signet_sessions_signingkey.sealed_private_key"] == 5


@pytest.mark.parametrize(
    ("edit", "resealed"), [("replaced", 1), ("emptied", 0), ("deleted", 0)], ids=str
)
def test_an_edit_meanwhile_is_not_lost(rows: list[Any], edit: str, resealed: int) -> None:
    _, stale = rows
    provider = Provider.objects.get()
    if edit == "deleted":
        provider.delete()
    else:
        provider.client_secret = "newer" if edit == "replaced" else ""
        provider.save()
        if edit == "replaced":  # by a process that does not know the new key yet
            context = f"providers_provider:sealed_client_secret:{provider.pk}"
            sealed = sealed_with_old(b"newer", context)
            Provider.objects.update(sealed_client_secret=sealed)
    done = fields.ResealedColumn("provider")
    fields._reencrypt_row(stale, "sealed_client_secret", done)
    assert (done.resealed, done.current) == (resealed, 0)
    secrets = [provider.client_secret for provider in Provider.objects.all()]
    assert secrets == {"replaced": ["newer"], "emptied": [""], "deleted": []}[edit]


def sealed_with_old(plaintext: bytes, context: str) -> str:

    with override_settings(ENCRYPTION_KEYS=[OLD]):
        return seal(plaintext, purpose="column", context=context)
