"""docs/org.atomichost.Host1.xml is what hostd introspects."""
import xml.etree.ElementTree as ElementTree

MEMBERS = ("method", "signal", "property", "annotation", "arg")


def describe(interface):
    """An interface as nested tuples, without comments, in the order of names but for arguments."""
    def plain(element):
        children = [plain(child) for child in element if child.tag in MEMBERS]
        arguments = [child for child in children if child[0] == "arg"]
        others = sorted(child for child in children if child[0] != "arg")
        attributes = {name: value for name, value in element.attrib.items()
                      if (name, value) not in DEFAULTS}
        return (element.tag, tuple(sorted(attributes.items())), *arguments, *others)
    return plain(interface)


# What may be written or left out.
DEFAULTS = (("direction", "out"),)


def interfaces(text):
    return {interface.get("name"): describe(interface)
            for interface in ElementTree.fromstring(text).iter("interface")
            if interface.get("name").startswith("org.atomichost.")}


def test_document_is_what_is_served(bus, hostd, root):
    job = bus.watch.ask("Pin")
    served = {}
    for path in ("/org/atomichost/Host1", job):
        text = bus.watch.call("Introspect", path=path,
                              interface="org.freedesktop.DBus.Introspectable")
        served.update(interfaces(str(text)))
    documented = interfaces((root / "docs/org.atomichost.Host1.xml").read_text())
    assert set(documented) == {"org.atomichost.Host1.Manager", "org.atomichost.Host1.Job"}
    assert served == documented


def test_every_verb_has_an_action(root, actions):
    policy = ElementTree.parse(root / "hostd/units/org.atomichost.host1.policy")
    ids = {action.get("id") for action in policy.iter("action")}
    assert ids == {f"org.atomichost.host1.{action}" for action in actions}
    document = interfaces((root / "docs/org.atomichost.Host1.xml").read_text())
    changes = {dict(member[1])["name"].lower()
               for member in document["org.atomichost.Host1.Manager"][2:]
               if member[0] == "method" and ("arg", (("direction", "in"), ("name", "options"),
                                                     ("type", "a{sv}"))) in member}
    assert changes == set(actions) - {"check", "cancel"}
