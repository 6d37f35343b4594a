#!/usr/bin/python3
"""Stands in for hostd-worker: reads a request, then carries out its option "script".

Each word of the script is a line to say (JSON), or one of
  hold PATH   create PATH, then wait for SIGTERM, which is answered with the result "cancelled"
  stubborn    do not listen to SIGTERM from now on
  crash       end by SIGSEGV
  exit N      end without a result
Without a script: a result whose data has the request.
"""
import ctypes
import json
import os
import pathlib
import signal
import sys


PR_SET_PDEATHSIG = 1  # prctl(2)


def say(message):
    print(message if isinstance(message, str) else json.dumps(message), flush=True)


def cancelled(_signal, _frame):
    say({"type": "result", "code": "cancelled", "message": "cancelled: all is as it was"})
    os._exit(16)


def carry_out(word):
    name, _, argument = word.partition(" ")
    if word.startswith("{"):
        say(word)
    elif name == "hold":
        pathlib.Path(argument).write_text(str(os.getpid()))
        while True:
            signal.pause()
    elif name == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif name == "crash":
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)
    elif name == "exit":
        sys.exit(int(argument))
    else:
        say(word)


def main():
    # On a host, systemd ends what a killed hostd leaves.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, cancelled)
    request = json.load(sys.stdin)
    for word in request["options"].get("script", []):
        carry_out(word)
    say({"type": "result", "code": "ok", "message": "done", "data": {"request": request}})


main()
