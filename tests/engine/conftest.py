"""Stores, registries and certificates for the tests of the engine."""
import pathlib
import shutil
import tempfile

import pytest

from containers import Shop
from images import Engine
from registry import Certificates, FakeRegistry, Registry, write_config


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("tls") / "certificates")


@pytest.fixture(scope="session")
def plain_registry(tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("plain") / "registry")
    yield registry
    registry.close()


@pytest.fixture(scope="session")
def closed_registry(tmp_path_factory, certificates):
    """With TLS, and a password."""
    registry = Registry(tmp_path_factory.mktemp("closed") / "registry", tls=certificates, password=True)
    yield registry
    registry.close()


@pytest.fixture
def registry(plain_registry, engine):
    """Debian's, known to the engine."""
    write_config(engine.registries, Plain=plain_registry.host)
    return plain_registry


@pytest.fixture
def fake(engine):
    registry = FakeRegistry()
    write_config(engine.registries, Plain=registry.host)
    yield registry
    registry.close()


@pytest.fixture(scope="session")
def shop(bin_dir):
    where = pathlib.Path(tempfile.mkdtemp(prefix="atomic-engine-"))
    where.chmod(0o755)
    made = Shop(bin_dir, where)
    yield made
    made.clear()
    shutil.rmtree(where)


@pytest.fixture
def box(shop):
    """The shop, emptied after the test."""
    yield shop
    shop.clear()
