"""Threads that work in the context in which their work was given out.

A new thread has no context variables of the one that starts it. Hosts such as Shiny keep in one whose session is at
work: what a thread without it sends reaches no page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

__all__ = ["carried", "start"]


def carried(work: Callable[..., Any], context: Context | None = None) -> Callable[..., Any]:
    """Give a function that does some work in a copy of a context, in whatever thread it is called.

    Parameters
    ----------
    work : callable
        What is done.
    context : contextvars.Context, optional
        None: the present one.

    Examples
    --------
    >>> from contextvars import ContextVar
    >>> session = ContextVar("session", default="none")
    >>> token = session.set("mine")
    >>> whose = carried(session.get)
    >>> session.reset(token)
    >>> session.get(), whose()
    ('none', 'mine')
    """
    origin = copy_context() if context is None else context.copy()
    return lambda *args: origin.copy().run(work, *args)  # two threads may not be in one context at a time


def start(work: Callable[..., Any], *args: Any, name: str, context: Context | None = None) -> threading.Thread:
    """Begin work in a thread of its own, which does not keep Python from ending, in a copy of a context.

    Parameters
    ----------
    work : callable
        Called with `args`.
    name : str
        Of the thread.
    context : contextvars.Context, optional
        None: that of whoever calls.

    Returns
    -------
    threading.Thread

    Examples
    --------
    >>> start(print, "done", name="example").join()
    done
    """
    thread = threading.Thread(target=carried(work, context), args=args, name=name, daemon=True)
    thread.start()
    return thread
