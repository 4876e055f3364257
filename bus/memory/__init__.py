"""An in-memory bus with the promises of the real one."""

from bus.memory.bus import MemoryBus

__all__ = ["MemoryBus"]
