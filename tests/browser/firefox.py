"""Firefox as it stands, told what to do by WebDriver BiDi: no driver program between."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import connect

PATIENCE_SECONDS = 30.0
MIDDLE = """(box => box && [box.x + box.width / 2, box.y + box.height / 2])(
  document.querySelector(SELECTOR)?.getBoundingClientRect())"""


class Firefox:
    """One headless window; `faults` are the errors of its pages' scripts."""

    def __init__(self, program: str, folder: Path) -> None:
        command = [program, "--headless", "--no-remote", "--profile", str(folder), "--remote-debugging-port", "0"]
        self.running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert self.running.stderr is not None
        address = next(found[0] for line in self.running.stderr if (found := re.search(r"ws://\S+", line)))
        self.held = contextlib.ExitStack()
        self.socket = self.held.enter_context(connect(f"{address}/session", max_size=None))
        self.numbers = itertools.count(1)
        self.faults: list[str] = []
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])
        self.window = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.held.close()
        self.running.terminate()
        self.running.communicate(timeout=20)

    def send(self, method: str, **params: Any) -> Any:
        """Send a command and return its result; errors of scripts heard meanwhile are kept."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self.socket.recv(timeout=PATIENCE_SECONDS))
            if told.get("method") == "log.entryAdded" and told["params"]["type"] == "javascript":
                self.faults.append(str(told["params"]["text"]))
            if told.get("id") == number:
                assert told["type"] == "success", (method, told)
                return told["result"]

    def open(self, url: str, *, width: int = 1366, height: int = 768, before: str = "") -> None:
        """Open a page, after a script `before` in its window."""
        self.send("browsingContext.setViewport", context=self.window, viewport={"width": width, "height": height})
        if before:
            self.send("script.addPreloadScript", functionDeclaration=f"() => {{ {before} }}")
        self.send("browsingContext.navigate", context=self.window, url=url, wait="complete")

    def ask(self, expression: str) -> Any:
        """Return what an expression is worth in the page, as JSON has it."""
        target = {"context": self.window}
        asked = f"JSON.stringify({expression})"
        told = self.send("script.evaluate", expression=asked, target=target, awaitPromise=True)
        assert told["type"] == "success", (expression, told)
        return None if told["result"]["type"] == "undefined" else json.loads(told["result"]["value"])

    def until(self, expression: str) -> Any:
        """Return the first true worth of an expression."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.ask(expression)):
            assert time.monotonic() < end, expression
            time.sleep(0.05)
        return value

    def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": strokes})

    def chord(self, *keys: str) -> None:
        """Press keys together: the first of them are held while the last is struck."""
        strokes = [{"type": "keyDown", "value": key} for key in keys]
        strokes += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act({"type": "key", "id": "keys", "actions": strokes})

    def click(self, selector: str) -> None:
        """Click the middle of the first element there is."""
        x, y = self.until(MIDDLE.replace("SELECTOR", json.dumps(selector)))
        moves = [{"type": "pointerMove", "x": round(x), "y": round(y)}]
        moves += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": moves})

    def drag(self, selector: str, other: str) -> None:
        """Drag one element onto another by the events of it: without a window Firefox drops nothing by itself."""
        ends = json.dumps([selector, other])
        self.ask(f"""(([from, to]) => {{ const dataTransfer = new DataTransfer();
          const send = (node, type) => node.dispatchEvent(
            new DragEvent(type, {{ bubbles: true, cancelable: true, dataTransfer }}));
          send(from, 'dragstart'); send(to, 'dragover'); send(to, 'drop'); send(from, 'dragend'); return true;
        }})({ends}.map(one => document.querySelector(one)))""")

    def _act(self, source: dict[str, Any]) -> None:
        self.send("input.performActions", context=self.window, actions=[source])
