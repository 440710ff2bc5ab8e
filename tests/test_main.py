import subprocess
import sys

import pytest

from smm_analysis import record
from smm_analysis.__main__ import main
from smm_analysis.errors import ModelError


def test_bad_input_is_one_line_on_stderr_and_exit_2(capsys):
    assert main(["report", "--only", "99"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("smm-analysis: `notebooks`: ") and said.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_line_too(capsys, monkeypatch, tmp_path):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", "report")

    monkeypatch.setattr("smm_analysis.lessons.find_notebooks", refuse)
    assert main(["report"]) == 2
    assert capsys.readouterr().err == "smm-analysis: [Errno 13] Permission denied: 'report'\n"


def test_stopping_it_is_no_traceback(capsys, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("smm_analysis.lessons.find_notebooks", stop)
    assert main(["report"]) == 130
    assert capsys.readouterr().err == "smm-analysis: stopped.\n"


def test_python_m_is_the_same_command():
    said = subprocess.run([sys.executable, "-m", "smm_analysis", "--version"], capture_output=True, text=True)
    assert said.returncode == 0 and said.stdout.startswith("smm-analysis ")


@pytest.mark.parametrize("command", ["report", "lab", "verify"])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0 and f"smm-analysis {command}" in capsys.readouterr().out


def test_lab_works_on_a_copy_of_an_installed_packages_notebooks(monkeypatch, tmp_path):
    installed = tmp_path / "smm_analysis" / "notebooks"
    installed.mkdir(parents=True)
    (installed / "00.ipynb").write_text("{}")
    started = []
    monkeypatch.setattr("smm_analysis.lessons.notebooks_folder", lambda: installed)
    monkeypatch.setattr("subprocess.call", lambda command: started.append(command) or 0)
    monkeypatch.chdir(tmp_path)
    assert main(["lab"]) == 0
    (tmp_path / "notebooks" / "00.ipynb").write_text("mine")
    assert main(["lab"]) == 0
    assert (tmp_path / "notebooks" / "00.ipynb").read_text() == "mine"
    assert started[0][-1] == "notebooks"


@pytest.mark.parametrize("value, digits", [(float("nan"), 1), (float("inf"), 1), (1.0, -1)])
def test_record_refuses_what_cannot_be_compared(value, digits):
    with pytest.raises(ModelError):
        record("x", value, digits=digits)
