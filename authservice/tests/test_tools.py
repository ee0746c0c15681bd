"""The lock file names no index, and a skipped test is told."""

import json
from pathlib import Path

import pytest

from accounts.tests.support.environment import CHECKOUT
from tools import pipfiles, skips

pytestmark = pytest.mark.sqlite  # no database is met: once is enough

SOURCE = '[[source]]\nurl = "https://index.example.com/simple"\nverify_ssl = true\nname = "example"\n\n'
PIPFILE = '# why\n\n[packages]\ndjango = "*"\n'
LOCK = {
    "_meta": {"hash": {"sha256": "0"}, "sources": [{"name": "example", "url": "https://index.example.com/simple"}]},
    "default": {"django": {"hashes": ["sha256:1"], "index": "example", "version": "==5.2.19"}},
    "develop": {},
}
REPORT = """<testsuites><testsuite>
  <testcase classname="accounts.tests.test_a" name="test_runs"/>
  <testcase classname="accounts.tests.test_a" name="test_waits"><skipped message="no server"/></testcase>
</testsuite></testsuites>"""


def test_index_is_taken_out_of_both_files(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(SOURCE + PIPFILE)
    (tmp_path / "Pipfile.lock").write_text(json.dumps(LOCK))
    assert pipfiles.faults(tmp_path) == ["Pipfile", "Pipfile.lock"]
    pipfiles.normalise(tmp_path)
    assert pipfiles.faults(tmp_path) == []
    assert (tmp_path / "Pipfile").read_text() == PIPFILE
    lock = json.loads((tmp_path / "Pipfile.lock").read_text())
    assert lock["_meta"] == {"hash": {"sha256": "0"}, "sources": []}
    assert lock["default"] == {"django": {"hashes": ["sha256:1"], "version": "==5.2.19"}}


def test_failed_change_leaves_both_files_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE)
    (tmp_path / "Pipfile.lock").write_text("{}")
    with pytest.raises(FileNotFoundError), pipfiles.restored_on_failure(tmp_path):
        (tmp_path / "Pipfile").rename(tmp_path / "Pipfile.lock").rename(tmp_path / "no" / "such" / "place")
    assert (tmp_path / "Pipfile").read_text() == PIPFILE


def test_committed_files_name_no_index() -> None:
    assert pipfiles.faults(CHECKOUT) == []


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(skips, "REPORTS", tmp_path)
    for database in ("sqlite", "postgresql"):
        (tmp_path / f"{database}.xml").write_text(REPORT)
    return tmp_path


def test_unexpected_skip_fails(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = reports / "expected.txt"
    expected.write_text("# none\nsqlite accounts.tests.test_a::test_waits  # why\n")
    assert skips.main(str(expected)) == 1
    told = capsys.readouterr().out
    assert "\nNOT EXPECTED skipped: postgresql accounts.tests.test_a::test_waits: no server\n" in told
    assert "skipped: 2, of which 1 not in" in told


def test_expected_skips_pass(reports: Path) -> None:
    expected = reports / "expected.txt"
    expected.write_text("sqlite accounts.tests.test_a::test_waits\npostgresql accounts.tests.test_a::test_waits\n")
    assert skips.main(str(expected)) == 0


def test_missing_report_fails(reports: Path) -> None:
    expected = reports / "expected.txt"
    expected.touch()
    assert skips.main(str(expected)) == 1
    (reports / "sqlite.xml").write_text("<testsuites/>")
    (reports / "postgresql.xml").unlink()
    assert skips.main(str(expected)) == 1
