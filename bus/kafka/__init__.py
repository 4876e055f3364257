"""The bus on Kafka, by kafka-python, which nothing outside this folder imports."""

import warnings

# kafka-python reads its protocol with a function of importlib that newer Pythons deprecate; where warnings are errors,
# as in our tests, it could not even be imported.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import kafka  # noqa: F401 - imported here for the filter alone

from bus.kafka.bus import KafkaBus

__all__ = ["KafkaBus"]
