import os
import shutil
import tempfile
import threading
from pathlib import Path

import pytest
from django.db import connection

from config import folders

pytestmark = pytest.mark.django_db


def test_on_a_sound_disk_writing_works_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert folders.problem() == ""
    assert list(tmp_path.iterdir()) == []


def test_what_was_found_is_true_for_five_seconds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    monkeypatch.setenv(folders.METRICS, str(folder))
    assert folders.problem(lambda: 100.0) == ""
    shutil.rmtree(folder)
    assert folders.problem(lambda: 104.9) == ""
    found = f"{folder} cannot be written to (No such file or directory)"
    assert folders.problem(lambda: 105.0) == found
    folder.mkdir()
    assert folders.problem(lambda: 109.9) == found
    assert folders.problem(lambda: 110.0) == ""


def test_without_any_temporary_folder_nothing_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    assert folders.problem().startswith("the temporary folder cannot be written to (No usable")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has disks of its own")
def test_the_folder_of_an_sqlite_file_is_tried(
    parallel_database: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert str(tmp_path) in folders._folders()


def test_nobody_waits_for_who_finds_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert folders.problem(lambda: 100.0) == ""
    with folders._turn:
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(folders.problem(lambda: 200.0)))
        thread.start()
        thread.join(10)
        assert answers == [""]


def test_a_folder_is_made_for_several_processes_and_goes_with_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(folders.METRICS, "")  # so that what follows ends with the test
    monkeypatch.delenv(folders.METRICS)
    folders.prepare_metrics(1)
    assert folders.METRICS not in os.environ
    folders.prepare_metrics(2)
    folder = Path(os.environ[folders.METRICS])
    assert folder.is_dir()
    folders.remove_metrics()
    assert not folder.exists()


def test_the_folder_of_another_is_used_and_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "not there yet"
    monkeypatch.setenv(folders.METRICS, str(folder))
    folders.prepare_metrics(2)
    folders.remove_metrics()
    assert os.environ[folders.METRICS] == str(folder)
    assert folder.is_dir()
