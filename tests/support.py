"""What fixtures and tests of all folders use."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Where the programs are: $ATOMIC_BIN_DIR, or what scripts/test builds.
BIN_DIR = pathlib.Path(os.environ.get("ATOMIC_BIN_DIR", ROOT / "build/dev/bin"))


def run_tool(*command, status=(0,), **options):
    """Run a program that makes something; what it said is shown when it fails, which is any exit
    status but those of `status`."""
    result = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False, **options)
    if result.returncode not in status:
        pytest.fail(f"{' '.join(map(str, command))}\n{result.stdout[-8000:]}", pytrace=False)
    return result.stdout
