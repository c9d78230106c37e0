"""The type hints, as strict as mypy can be: of the package's source, and as the installed package gives them to a program."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

PACKAGE = ROOT / "bindings" / "python"


@pytest.mark.parametrize("checked", [PACKAGE / "src" / "abbe", ROOT / "examples" / "python" / "shortest.py"])
def test_hints_pass_mypy_strict(checked: object) -> None:
    pytest.importorskip("mypy", reason="SKIPPED: mypy is not there; pip install mypy==2.4.1")
    command = [sys.executable, "-m", "mypy", "--strict", str(checked)]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hints_find_a_mistake() -> None:
    pytest.importorskip("mypy", reason="SKIPPED: mypy is not there; pip install mypy==2.4.1")
    program = "import abbe\nabbe.psf.widefield(numerical_aperture='high', wavelength_nm=525, pixel_nm=65)\n"
    done = subprocess.run([sys.executable, "-m", "mypy", "-c", program], cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 1 and 'incompatible type "str"; expected "float"' in done.stdout, done.stdout
