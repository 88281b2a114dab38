"""Looking for words in a body, and for values by a JSONPath. No Qt; a large body is searched in a job."""

from __future__ import annotations

import json
import re
from array import array
from dataclasses import dataclass, field

from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.responses.lines import PIECE, Text

MOST_HITS = 100_000
LONGEST = 1000
"""Characters that can be looked for."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where words were found: pairs of offset and length in bytes."""

    spans: array[int] = field(default_factory=lambda: array("Q"))
    more: bool = False
    """Whether there are more than are kept."""

    def __len__(self) -> int:
        return len(self.spans) // 2

    def __getitem__(self, number: int) -> tuple[int, int]:
        return self.spans[2 * number], self.spans[2 * number + 1]


def find(ctx: JobContext, text: Text, words: str) -> Hits:
    """Every place where the words stand, in any case (of ASCII letters), also where JSON writes them with escapes."""
    forms = {words, json.dumps(words)[1:-1], json.dumps(words, ensure_ascii=False)[1:-1]}
    encoded = sorted({form.encode("utf-8", "surrogatepass") for form in forms}, key=len, reverse=True)
    pattern = re.compile(b"|".join(map(re.escape, encoded)), re.IGNORECASE)
    overlap = max(map(len, encoded)) - 1
    spans = array("Q")
    size = len(text)
    done = 0
    for start in range(0, size, PIECE):
        ctx.check()
        piece = bytes(text[start : min(start + PIECE + overlap, size)])
        for match in pattern.finditer(piece):
            at = start + match.start()
            if at >= start + PIECE or at < done:
                continue
            done = start + match.end()
            spans.extend((at, match.end() - match.start()))
            if len(spans) >= 2 * MOST_HITS:
                return Hits(spans, more=True)
        if size > PIECE:
            ctx.report(Progress(start, size))
            ctx.sleep(0.001)  # lets the window have the interpreter
    return Hits(spans)
