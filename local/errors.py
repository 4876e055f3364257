"""What can go wrong with a system of local processes. Each is one line that says what to do or where to look.

```
LocalError
├── HomeUnusable      the data folder cannot be written, or its path is too long for sockets
├── KeyUnusable       the signing key that somebody brought is none
├── TokenRefused      a token is not one of the demo's
├── AlreadyRunning    another system lives in the same data folder
├── PortInUse         something else listens where a part should
├── PortInvalid       a variable that should hold a port does not
├── CountInvalid      a variable that should say how many of a kind there are does not
├── ToolMissing       a program is not there
└── ChildFailed       a process of ours
    ├── ChildDied         ended although nobody stopped it
    └── ChildNotReady     lives, but cannot do its work in time
```

The local Kafka has a tree of its own: `local.kafka.errors`.
"""

from pathlib import Path


class LocalError(Exception):
    """Anything that local processes report."""


class HomeUnusable(LocalError):
    """The data folder does not serve."""

    def __init__(self, *, home: Path, reason: str) -> None:
        super().__init__(f"the data folder {home} {reason}; choose another with SLUICE_HOME")
        self.home = home
        self.reason = reason


class KeyUnusable(LocalError):
    """The file that should hold the issuer's signing key does not serve; `variable` named it."""

    def __init__(self, *, file: Path, variable: str, reason: str) -> None:
        super().__init__(f"{variable}={file} holds no RSA key in PEM: {reason}")
        self.file = file
        self.variable = variable
        self.reason = reason


class TokenRefused(LocalError):
    """A token that was not signed here, is for somebody else, or is not good now."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"the token is refused: {reason}")
        self.reason = reason


class AlreadyRunning(LocalError):
    """Another process has locked the data folder."""

    def __init__(self, *, home: Path, pid: str) -> None:
        super().__init__(f"already running in {home} (process {pid}); stop that one, or choose another SLUICE_HOME")
        self.home = home
        self.pid = pid


class PortInUse(LocalError):
    """Another process listens on the port; `variable` chooses a different one."""

    def __init__(self, *, what: str, port: int, variable: str) -> None:
        super().__init__(f"port {port}, for the {what}, is in use; choose another with {variable}=...")
        self.what = what
        self.port = port
        self.variable = variable


class PortInvalid(LocalError):
    """The variable holds no port."""

    def __init__(self, *, variable: str, value: str) -> None:
        super().__init__(f"{variable}={value} is no port: it must be a number from 1 to 65535")
        self.variable = variable
        self.value = value


class CountInvalid(LocalError):
    """The variable does not say how many workers of a stage there are."""

    def __init__(self, *, variable: str, value: str, most: int) -> None:
        super().__init__(f"{variable}={value} is no number of workers: it must be a number from 1 to {most}")
        self.variable = variable
        self.value = value


class ToolMissing(LocalError):
    """A program could not be started."""

    def __init__(self, *, tool: str, reason: str) -> None:
        super().__init__(f"cannot start {tool}: {reason}")
        self.tool = tool
        self.reason = reason


class ChildFailed(LocalError):
    """A process of ours; `tail` holds the last lines of its log."""

    def __init__(self, *, name: str, what: str, log: Path, tail: str) -> None:
        super().__init__(f"the {name} {what}; its log is {log}")
        self.name = name
        self.log = log
        self.tail = tail


class ChildDied(ChildFailed):
    """It ended although nobody stopped it. A negative `status` is the signal that killed it."""

    def __init__(self, *, name: str, status: int, said: str, log: Path, tail: str) -> None:
        # Who is killed has no last words: what it said before has nothing to do with it.
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}: {said or 'no word'}"
        super().__init__(name=name, what=how, log=log, tail=tail)
        self.status = status


class ChildNotReady(ChildFailed):
    """It lives, but did not become ready in time."""

    def __init__(self, *, name: str, missing: str, seconds: float, log: Path, tail: str) -> None:
        super().__init__(name=name, what=f"is not ready after {seconds:g} s: {missing}", log=log, tail=tail)
        self.missing = missing
