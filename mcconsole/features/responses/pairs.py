"""Which two calls are compared, and what of them. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from mcconsole.core.aside import aside
from mcconsole.core.errors import BadInput
from mcconsole.core.exchange import Body, Exchange
from mcconsole.core.history import History, Line
from mcconsole.core.jobs import JobContext
from mcconsole.features.responses.bodies import IN_THREAD
from mcconsole.features.responses.compare import MOST_BYTES, Compared, Side, work

Pair = Callable[[JobContext], tuple[Exchange, Exchange]]
"""Finds the two, the older one first."""


def chosen(ctx: JobContext, *, history: History, first: Line, second: Line) -> tuple[Exchange, Exchange]:
    """Two lines of the list."""
    one, other = (history.exchange(line.exchange, line.key, ctx) for line in (first, second))
    if one is None or other is None:
        raise BadInput("One of the two calls is no longer in the history.", advice="Choose two others.")
    return one, other


def previous(ctx: JobContext, *, history: History, shown: Exchange) -> tuple[Exchange, Exchange]:
    """A call and the latest one before it of the same method, path and purpose, in whatever tenant."""
    history.flush()
    with history.reader(ctx) as reader:
        found = [
            (row, key)
            for row, key, url in reader.before(shown.id, shown.method, shown.label)
            if urlsplit(url).path == urlsplit(shown.url).path
        ]
    earlier = history.exchange(*found[0], ctx) if found else None
    if earlier is None:
        raise BadInput(
            "There is no earlier call like this one in the history.",
            advice="Make it once more, or choose two calls on the list (Ctrl+click) and compare them.",
        )
    return earlier, shown


def compared(ctx: JobContext, pair: Pair, ignored: Sequence[str]) -> tuple[Exchange, Exchange, Compared]:
    """Find two calls and compare them; larger bodies in a process of their own."""
    first, second = pair(ctx)
    left, right = side(first), side(second)
    small = all(len(part) <= IN_THREAD for one in (left, right) for _, part in one.parts)
    found: Compared = (
        work(_unheard, left, right, ignored) if small else aside(ctx, work, left, right, ignored, heard=_unheard)
    )
    notes = [
        f"{title} of the {word} call: only {len(body.data):,} of {body.size:,} bytes were kept."
        for word, exchange in (("first", first), ("second", second))
        for title, body in (("answer", exchange.response), ("request", exchange.request))
        if body.cut and body.spill is None
    ]
    return first, second, Compared(found.rows, (*notes, *found.notes))


def side(exchange: Exchange) -> Side:
    """What is compared of a call."""
    call = (
        ("method", exchange.method),
        ("url", exchange.url),
        ("status", "no answer" if exchange.status is None else f"{exchange.status} {exchange.reason}".strip()),
        ("error", exchange.error),
        ("profile", exchange.profile),
        ("business unit", exchange.business_unit),
    )
    return Side(
        (
            ("call", tuple(fact for fact in call if fact[1])),
            ("answer", _data(exchange.response)),
            ("answer headers", exchange.response_headers),
            ("request", _data(exchange.request)),
            ("request headers", exchange.request_headers),
        )
    )


def _data(body: Body) -> bytes:
    if body.spill is None:
        return body.data
    with body.spill.path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _unheard(_: object) -> None:
    """Comparing tells nothing on its way."""
