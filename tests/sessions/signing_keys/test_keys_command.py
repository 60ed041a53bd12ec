from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.management import CommandError, call_command
from django.utils import timezone

from sessions.signing_keys import rotation
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import (
    Purpose,
    State,
    id_token_key,
    key,
    new_rsa_key,
    states,
)

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def signing(db: None) -> SigningKey:
    now = timezone.now()
    made = key(State.SIGNING, created_at=now - DAY, signs_from=now - DAY)
    made.save()
    return made


@pytest.fixture
def pem_file(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    private = ec.generate_private_key(ec.SECP256R1())
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture
def sealed_pem_file(tmp_path: Path) -> Path:
    file = tmp_path / "sealed.pem"
    private = ec.generate_private_key(ec.SECP256R1())
    encryption = BestAvailableEncryption(b"correct horse")
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return file


def test_lists_what_each_key_does_since_when_and_until_when(
    signing: SigningKey, capsys: Capture
) -> None:
    upcoming = rotation.rotate()
    ended = key(State.GONE, gone_at=timezone.now())
    ended.save()
    call_command("keys", "list")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    form = "%Y-%m-%d %H:%M UTC"
    assert [signing.kid, "ES256", "signing", f"since {signing.signs_from:{form}}"] == lines[0][:4]
    assert lines[0][4] == f"until {upcoming.signs_from:{form}}"
    assert lines[1][:3] == [upcoming.kid, "ES256", "upcoming"]
    assert lines[2][:3] == [ended.kid, "ES256", "gone"]
    assert [line[5] for line in lines] == ["session"] * 3
    assert lines[2][4] == ""


def test_lists_the_states_of_now(signing: SigningKey, capsys: Capture) -> None:
    key(State.UPCOMING, created_at=timezone.now(), signs_from=timezone.now()).save()
    call_command("keys", "list")
    listed = [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["retired", "signing"]


@pytest.mark.parametrize(
    ("arguments", "listed"),
    [
        ([], ["session", "session", "id-token"]),
        (["--for", "session"], ["session", "session"]),
        (["--for", "id-token"], ["id-token"]),
    ],
    ids=["all", "of sessions", "for ID tokens"],
)
def test_lists_the_keys_of(
    signing: SigningKey, capsys: Capture, arguments: list[str], listed: list[str]
) -> None:
    id_token_key(State.SIGNING, created_at=timezone.now() - DAY).save()
    rotation.rotate()
    call_command("keys", "list", *arguments)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[5] for line in lines] == listed


def test_rotates(signing: SigningKey, capsys: Capture) -> None:
    call_command("keys", "rotate")
    upcoming = SigningKey.objects.get(state=State.UPCOMING)
    told = capsys.readouterr()
    assert told.out.startswith(f"Key {upcoming.kid} is published. It signs from 20")
    assert told.err.count("Services") == 0


def test_rotates_at_once_and_says_what_that_breaks(signing: SigningKey, capsys: Capture) -> None:
    call_command("keys", "rotate", "--now")
    new = SigningKey.objects.get(state=State.SIGNING)
    assert states()[signing.kid] == "retired"
    told = capsys.readouterr()
    assert told.out == f"Key {new.kid} signs from now on.\n"
    assert "may refuse the new tokens for up to 5 minutes" in told.err


def test_rotates_the_keys_for_id_tokens(signing: SigningKey, capsys: Capture) -> None:
    id_token_key(State.SIGNING).save()
    call_command("keys", "rotate", "--for", "id-token")
    upcoming = SigningKey.objects.get(state=State.UPCOMING)
    assert upcoming.purpose == Purpose.ID_TOKEN
    assert f"Key {upcoming.kid} is published." in capsys.readouterr().out


def test_revokes(signing: SigningKey, capsys: Capture) -> None:
    call_command("keys", "revoke", signing.kid)
    new = SigningKey.objects.get(state=State.SIGNING)
    assert states() == {signing.kid: "revoked", new.kid: "signing"}
    told = capsys.readouterr().out
    assert told == (
        f"Key {signing.kid} is revoked. Its tokens are refused.\nKey {new.kid} signs now.\n"
    )


def test_a_second_time_there_is_nothing_to_revoke(signing: SigningKey, capsys: Capture) -> None:
    call_command("keys", "revoke", signing.kid)
    capsys.readouterr()
    call_command("keys", "revoke", signing.kid)
    words = f"Nothing has changed. Key {signing.kid}: Revoked. Its tokens are refused."
    assert capsys.readouterr().out.startswith(words)


@pytest.mark.parametrize(
    "words",
    [["{kid}"], ["--for", "id-token", "{kid}"], ["{kid}", "--for", "id-token"]],
    ids=["by its ID alone", "after its purpose", "before its purpose"],
)
def test_revokes_a_key_for_id_tokens(
    signing: SigningKey, capsys: Capture, words: list[str]
) -> None:
    stolen = id_token_key(State.SIGNING)
    stolen.save()
    call_command("keys", "revoke", *(word.format(kid=stolen.kid) for word in words))
    new = SigningKey.objects.get(purpose=Purpose.ID_TOKEN, state=State.SIGNING)
    assert states() == {signing.kid: "signing", stolen.kid: "revoked", new.kid: "signing"}
    assert capsys.readouterr().out.endswith(f"Key {new.kid} signs now.\n")


def test_revokes_no_key_of_another_purpose_than_was_said(signing: SigningKey) -> None:
    with pytest.raises(CommandError, match="There is no key"):
        call_command("keys", "revoke", "--for", "id-token", signing.kid)
    assert states() == {signing.kid: "signing"}


@pytest.mark.parametrize(
    "words", [["--for", "apps", "x"], ["x", "y"], ["--for", "id-token"]], ids=" ".join
)
def test_says_how_to_name_a_key(signing: SigningKey, words: list[str]) -> None:
    with pytest.raises(CommandError, match=r"keys revoke \[--for session \| id-token\] KID"):
        call_command("keys", "revoke", *words)
    assert states() == {signing.kid: "signing"}


def test_a_kid_that_nobody_knows_is_an_error(signing: SigningKey) -> None:
    with pytest.raises(CommandError, match="There is no key unknown") as error:
        call_command("keys", "revoke", "unknown")
    assert error.value.returncode == 1
    assert states() == {signing.kid: "signing"}


def test_imports(signing: SigningKey, pem_file: Path, capsys: Capture) -> None:
    call_command("keys", "import", str(pem_file))
    imported = SigningKey.objects.get(state=State.UPCOMING)
    assert f"Key {imported.kid} is published. It signs from 20" in capsys.readouterr().out


def test_imports_a_key_for_id_tokens(signing: SigningKey, tmp_path: Path) -> None:
    file = tmp_path / "rsa.pem"
    private = new_rsa_key()
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    call_command("keys", "import", str(file), "--for", "id-token")
    imported = SigningKey.objects.get(purpose=Purpose.ID_TOKEN)
    assert states() == {signing.kid: "signing", imported.kid: "signing"}


def test_an_imported_key_signs_at_once_where_none_does(pem_file: Path, capsys: Capture) -> None:
    call_command("keys", "import", str(pem_file))
    assert (
        f"Key {SigningKey.objects.get().kid} is published. It signs from 20"
        in capsys.readouterr().out
    )


def test_imports_with_the_passphrase_of_a_file(sealed_pem_file: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("correct horse\n")
    call_command(
        "keys", "import", str(sealed_pem_file), "--passphrase-file", str(tmp_path / "passphrase")
    )
    assert list(states().values()) == ["signing"]


def test_imports_with_the_passphrase_of_the_environment(
    sealed_pem_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNET_KEY_PASSPHRASE", "correct horse")
    call_command("keys", "import", str(sealed_pem_file))
    assert list(states().values()) == ["signing"]


def test_says_why_a_key_is_not_imported(sealed_pem_file: Path) -> None:
    with pytest.raises(CommandError, match="was not imported. The key needs a passphrase") as error:
        call_command("keys", "import", str(sealed_pem_file))
    assert error.value.returncode == 1


@pytest.mark.parametrize("arguments", [["none.pem"], ["{pem}", "--passphrase-file", "none"]])
def test_says_which_file_cannot_be_read(pem_file: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Can't read none"):
        call_command("keys", "import", *(each.format(pem=pem_file) for each in arguments))
    assert not SigningKey.objects.exists()


def test_needs_to_be_told_what_to_do() -> None:
    with pytest.raises(CommandError, match="required: action"):
        call_command("keys")


@pytest.mark.django_db
@pytest.mark.parametrize("kid", ["-abc_def", "--abc", "-v3x", "-h"])
def test_a_kid_that_begins_with_a_dash_is_a_kid(kid: str) -> None:
    with pytest.raises(CommandError, match="there is no|no key|no signing key|unknown"):
        call_command("keys", "revoke", kid)
