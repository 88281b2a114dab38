"""Every exchange of every profile, kept in one SQLite file that the window and the command line write to together.

`History` writes, `Reader` reads. Where no file can be kept, the same tables live in memory, and `History.trouble` says
why. Bodies are packed in a table of their own, so that the list stays fast at any number.
"""

from mcconsole.core.history.history import Change, History
from mcconsole.core.history.policy import Keep, Policy
from mcconsole.core.history.reader import Facets, Line, Query, Reader
from mcconsole.core.history.tables import BLOCK

FILE = "history.sqlite"
"""Its name in the folder where everything is kept."""

__all__ = ["BLOCK", "FILE", "Change", "Facets", "History", "Keep", "Line", "Policy", "Query", "Reader"]
