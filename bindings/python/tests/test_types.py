"""The type hints, as strict as mypy can be: of the package's source, and as the installed package gives them to a program."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from conftest import ROOT

import abbe
from abbe import _settings

PACKAGE = ROOT / "bindings" / "python"


@pytest.mark.parametrize("checked", [PACKAGE / "src" / "abbe", ROOT / "examples" / "python" / "shortest.py"])
def test_hints_pass_mypy_strict(checked: object) -> None:
    pytest.importorskip("mypy", reason="SKIPPED: mypy is not there; pip install mypy==2.4.1")
    command = [sys.executable, "-m", "mypy", "--strict", str(checked)]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("abbe.psf.widefield(numerical_aperture='high', wavelength_nm=525, pixel_nm=65)", 'incompatible type "str"; expected "float"'),
        ("abbe.deconvolve(image, psf, iteration=30)", 'Unexpected keyword argument "iteration" for "deconvolve"'),
        ("abbe.deconvolve(image, psf, algorithm='RL')", "incompatible type \"Literal['RL']\""),
        ("abbe.deconvolve('stack.tif', psf)", 'incompatible type "str"; expected "Array"'),
        ("abbe.deconvolve(image, image)", "incompatible type"),
    ],
)
def test_hints_find_a_mistake(line: str, message: str) -> None:
    pytest.importorskip("mypy", reason="SKIPPED: mypy is not there; pip install mypy==2.4.1")
    right = "abbe.deconvolve(image, [psf], iterations=30, algorithm='richardson_lucy', background=100)\n"
    program = f"import abbe, numpy\nimage: numpy.ndarray\npsf: abbe.Psf\n{right}{line}\n"
    done = subprocess.run([sys.executable, "-m", "mypy", "-c", program], cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 1 and message in done.stdout, done.stdout
    assert "Found 1 error" in done.stdout, done.stdout


def test_typed_settings_are_parameters() -> None:
    """Names and choices of the types are those of the table; a table that grew asks for cargo xtask header."""
    for settings in (_settings.Deconvolve,):
        rows = {row["name"].partition(".")[2]: row for row in abbe.parameters(settings.__name__.lower())}
        for name, kind in settings.__annotations__.items():
            choices = re.findall('"([a-z_]+)"', str(kind))
            assert name in rows and set(choices) <= set(rows[name].get("values") or {}), name
