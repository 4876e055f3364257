"""Runs a stream's coroutines without a task of the event loop's.

A task is made, scheduled, entered in a turn of the loop of its own and thrown away; most messages of a stream are
handled without waiting at all, and a POST waits once. So the coroutine is run by hand at once, and where it yields a
future, the rest is run when that is done.

What runs by hand still is in a task to whoever asks: `Driven` is one of its own kind, entered and left by the functions
that asyncio documents for that ("Extending", "Task lifetime support"). So `asyncio.timeout`, `asyncio.TaskGroup` and
what is built on them work in a plugin, cancelling is the same as with tasks, and so are context variables.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any

# Private by name only: asyncio documents them for whoever brings tasks of his own.
_enter = asyncio.tasks._enter_task  # noqa: SLF001
_leave = asyncio.tasks._leave_task  # noqa: SLF001


class Driven:
    """The task of one stream: runs its coroutines, one after the other.

    It has of `asyncio.Task` what others may ask of the task that they run in.
    """

    __slots__ = (
        "__weakref__",
        "_callbacks",
        "_cancelling",
        "_context",
        "_coro",
        "_ended",
        "_error",
        "_fut_waiter",
        "_loop",
        "_message",
        "_must_cancel",
        "_value",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
        self._loop = loop
        self._ended = ended
        self._context: Context = copy_context()
        self._coro: Coroutine[Any, Any, Any] | None = None
        # These two names are asyncio's, for the libraries that look at them to see whether a cancellation has arrived.
        self._fut_waiter: asyncio.Future[Any] | None = None
        self._must_cancel = False
        self._message: Any = None
        self._cancelling = 0
        self._value: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[tuple[Callable[[Any], object], Context | None]] | None = None

    def start(self, coro: Coroutine[Any, Any, Any]) -> bool:
        """Runs the coroutine as far as it goes; true when that was to its end, else `ended` is called once it is."""
        self._coro = coro
        outer = asyncio.current_task(self._loop)
        if outer is not None:
            _leave(self._loop, outer)
        try:
            self._context.run(self._step)
        finally:
            if outer is not None:
                _enter(self._loop, outer)
        return self._coro is None

    def result(self) -> Any:
        """What the last coroutine returned; raises what it raised."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        value, self._value = self._value, None
        return value

    def close(self) -> None:
        """Nothing more will be run."""
        callbacks, self._callbacks = self._callbacks, None
        for callback, context in callbacks or ():
            self._loop.call_soon(callback, self, context=context)

    # What a task can do (https://docs.python.org/3/library/asyncio-task.html#task-object).

    def cancel(self, msg: Any | None = None) -> bool:
        """Throws `CancelledError` into the coroutine when it next runs, which is soon; false where none is under way."""
        if self._coro is None:
            return False
        self._cancelling += 1
        if self._fut_waiter is not None and self._fut_waiter.cancel(msg):
            return True
        self._must_cancel = True
        self._message = msg
        return True

    def cancelling(self) -> int:
        """How many cancellations are pending."""
        return self._cancelling

    def uncancel(self) -> int:
        """Takes one cancellation back."""
        if self._cancelling > 0:
            self._cancelling -= 1
        return self._cancelling

    def done(self) -> bool:
        """Whether no coroutine is under way."""
        return self._coro is None

    def cancelled(self) -> bool:
        """Whether the last coroutine ended by being cancelled."""
        return isinstance(self._error, asyncio.CancelledError)

    def get_coro(self) -> Coroutine[Any, Any, Any] | None:
        """The coroutine that is under way."""
        return self._coro

    def get_context(self) -> Context:
        """The context that all coroutines of the stream share."""
        return self._context

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop."""
        return self._loop

    def get_name(self) -> str:
        """A name for logs."""
        return "ext_proc stream"

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context | None = None) -> None:
        """Calls back when the stream is over."""
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append((callback, context))

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        """Takes back what was added, and says how often it was."""
        before = self._callbacks or []
        self._callbacks = [item for item in before if item[0] != callback]
        return len(before) - len(self._callbacks)

    # How it runs.

    def _step(self, error: BaseException | None = None) -> None:
        coro = self._coro
        if coro is None:
            return
        if self._must_cancel:
            self._must_cancel = False
            if not isinstance(error, asyncio.CancelledError):
                error = asyncio.CancelledError() if self._message is None else asyncio.CancelledError(self._message)
        self._fut_waiter = None
        _enter(self._loop, self)  # type: ignore[arg-type]
        try:
            waits_for = coro.send(None) if error is None else coro.throw(error)
        except StopIteration as stop:
            self._coro = None
            self._value = stop.value
        except (KeyboardInterrupt, SystemExit):
            self._coro = None
            raise
        except BaseException as raised:  # noqa: BLE001  # whoever asks for the result gets it
            self._coro = None
            self._error = raised
        else:
            self._wait(waits_for)
        finally:
            _leave(self._loop, self)  # type: ignore[arg-type]

    def _resume(self, error: BaseException | None = None) -> None:
        self._step(error)
        if self._coro is None:
            self._ended()

    def _wake(self, future: "asyncio.Future[Any]") -> None:
        # The coroutine takes the value itself, from the future that it waits for; what it cannot take is thrown in,
        # a cancellation with its message, by which some libraries know their own.
        try:
            future.result()
        except BaseException as error:  # noqa: BLE001  # it is the coroutine's
            self._resume(error)
        else:
            self._resume()

    def _wait(self, waits_for: Any) -> None:
        if waits_for is None:  # a bare yield: the others have their turn
            self._loop.call_soon(self._resume, context=self._context)
        elif getattr(waits_for, "_asyncio_future_blocking", None):
            waits_for._asyncio_future_blocking = False  # noqa: SLF001  # as a task says that it waits
            waits_for.add_done_callback(self._wake, context=self._context)
            self._fut_waiter = waits_for
            if self._must_cancel and waits_for.cancel(self._message):
                self._must_cancel = False
        else:
            error = RuntimeError(f"a stream waits for what is no future: {waits_for!r}")
            self._loop.call_soon(self._resume, error, context=self._context)
