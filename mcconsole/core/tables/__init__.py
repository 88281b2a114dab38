"""Reading any CSV file, of any size, with every cell exactly as it is written."""

from mcconsole.core.tables.model import PIECE_BYTES, RECORD_LIMIT, Dialect, Identity, Piece, Preview
from mcconsole.core.tables.preview import preview, sniff
from mcconsole.core.tables.records import columns, pieces, read_piece
from mcconsole.core.tables.source import digest, identity

__all__ = [
    "PIECE_BYTES",
    "RECORD_LIMIT",
    "Dialect",
    "Identity",
    "Piece",
    "Preview",
    "columns",
    "digest",
    "identity",
    "pieces",
    "preview",
    "read_piece",
    "sniff",
]
