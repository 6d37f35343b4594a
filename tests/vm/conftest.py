"""Fixtures of booted machines. A class with STEPS = True has steps of one walk, which share a
machine: after the first that fails the others cannot say anything and fail at once."""
import pytest

from variants import Repository
from vm import Host

CONSOLE_LINES = 60


@pytest.fixture(scope="session")
def repository(host_images, tmp_path_factory):
    """What the machines update from."""
    return Repository(tmp_path_factory.mktemp("served") / "repo", host_images)


@pytest.fixture(scope="session")
def machines(tmp_path_factory):
    """Where this session's machines live."""
    return tmp_path_factory.mktemp("vm")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Show the console of the machines of a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for machine in {value for value in item.funcargs.values() if isinstance(value, Host)}:
        machine.failed_step = item.name
        lines = machine.console().splitlines()[-CONSOLE_LINES:]
        report.sections.append((f"console of {machine.name}", "\n".join(lines)))


@pytest.fixture(autouse=True)
def _earlier_steps(request):
    if not getattr(request.cls, "STEPS", False):
        return
    failed = request.getfixturevalue("host").failed_step
    if failed:
        pytest.fail(f"step {failed} failed before", pytrace=False)
