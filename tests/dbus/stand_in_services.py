#!/usr/bin/python3
"""Stands in for polkit and logind on a private bus.

usage: stand_in_services.py FOLDER
polkit agrees to an action when FOLDER/allow has a line with its name; FOLDER/asked gets a line for
each question and each reboot.
"""
import pathlib
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

FOLDER = pathlib.Path(sys.argv[1])


def note(line):
    with open(FOLDER / "asked", "a", encoding="utf-8") as file:
        file.write(line + "\n")


class Polkit(dbus.service.Object):
    @dbus.service.method("org.freedesktop.PolicyKit1.Authority", in_signature="(sa{sv})sa{ss}us",
                         out_signature="(bba{ss})")
    def CheckAuthorization(self, subject, action, _details, flags, _cancellation):
        note(f"{action} of {subject[1]['name']} flags {flags}")
        allowed = (FOLDER / "allow").read_text(encoding="utf-8").split()
        return (action in allowed, False, {})


class Logind(dbus.service.Object):
    @dbus.service.method("org.freedesktop.login1.Manager", in_signature="b")
    def Reboot(self, interactive):
        note(f"reboot {bool(interactive)}")


def main():
    DBusGMainLoop(set_as_default=True)
    bus = dbus.SystemBus()
    names = [dbus.service.BusName(name, bus) for name in ("org.freedesktop.PolicyKit1",
                                                          "org.freedesktop.login1")]
    objects = [Polkit(bus, "/org/freedesktop/PolicyKit1/Authority"),
               Logind(bus, "/org/freedesktop/login1")]
    GLib.MainLoop().run()
    return names, objects


main()
