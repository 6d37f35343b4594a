"""The man pages: installed, clean for both readers of man(7), and with every verb and option."""
import os
import re
import subprocess

import pytest

PAGES = ["man1/atomic.1", "man1/atomic-image.1", "man1/atomic-runtime.1", "man8/hostd.8"]
# The pages are undated on purpose: the same sources give the same bytes.
MEANT = "missing date"


def output(*command, **options):
    return subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, text=True, check=True,
                          **options).stdout


@pytest.fixture(scope="module")
def installed(bin_dir, tmp_path_factory):
    """The folder of man pages of an installation."""
    place = tmp_path_factory.mktemp("installed")
    output("cmake", "--install", bin_dir.parent, env={**os.environ, "DESTDIR": str(place)})
    folders = list(place.rglob("share/man"))
    assert len(folders) == 1, folders
    return folders[0]


def program_of(page):
    return page.split("/")[1].rsplit(".", 1)[0]


def rendered(path):
    text = output("mandoc", "-Tutf8", path)
    return re.sub(".\b", "", text).replace("\N{HYPHEN}", "-")


def test_all_are_installed(installed):
    found = {str(path.relative_to(installed)) for path in installed.glob("*/*")}
    assert set(PAGES) <= found
    # What a page names as one of ours is there.
    names = {program_of(page) for page in PAGES}
    for page in PAGES:
        for name, section in re.findall(r"\b([a-z-]+)\((\d)\)", rendered(installed / page)):
            assert name not in names or f"man{section}/{name}.{section}" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_clean(installed, page):
    lint = subprocess.run(["mandoc", "-Tlint", "-Wall", installed / page], text=True, check=False,
                          capture_output=True)
    complaints = [line for line in (lint.stdout + lint.stderr).splitlines() if MEANT not in line]
    assert complaints == []
    groff = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", installed / page], text=True,
                           check=False, capture_output=True)
    assert (groff.returncode, groff.stdout, groff.stderr) == (0, "", "")
    section = page[-1]
    assert f"{program_of(page).upper()}({section})" in rendered(installed / page).splitlines()[0]


def verbs_of(program, *group):
    """The verbs that --help lists, as lists of words; what follows them is no lower-case word. A
    group stands for the verbs below it."""
    text = output(program, *group, "--help")
    groups = re.search(r"^Management Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    below = re.findall(r"^  (\S+)", groups[1], re.MULTILINE) if groups else []
    lines = re.findall(r"^  ([a-z].*)", text, re.MULTILINE)
    found = [[word for word in line.split("  ")[0].split()
              if re.fullmatch("[a-z][a-z0-9-]*", word)] for line in lines]
    verbs = [[*group, *words] for words in found if words[0] not in below]
    return verbs + [verb for name in below for verb in verbs_of(program, name)]


def options_of(program, verb):
    text = output(program, *verb, "--help")
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z0-9-]+)", text, re.MULTILINE))


def subsections(page):
    """Heading to text, of the section VERBS."""
    verbs = re.search(r"^VERBS\n(.*?)^[A-Z]", page, re.MULTILINE | re.DOTALL)[1]
    parts = re.split(r"^   (\S.*)\n", verbs, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("page", PAGES)
def test_names_every_verb_and_option(installed, bin_dir, page):
    name = program_of(page)
    program = bin_dir / name
    text = rendered(installed / page)
    sections = subsections(text)
    verbs = verbs_of(program)
    assert verbs
    common = text[text.index("COMMON OPTIONS"):]
    for verb in verbs:
        section = sections[" ".join([name, *verb])]
        for option in options_of(program, verb):
            assert re.search(rf"{option}\b", section) or re.search(rf"{option}\b", common), \
                f"{' '.join(verb)} {option}"
    assert set(sections) == {" ".join([name, *verb]) for verb in verbs}
