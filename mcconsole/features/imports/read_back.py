"""The part of the result that reads rows back: which way, how far it is, and the verdict."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QMenu, QPushButton

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.features.imports import history
from mcconsole.features.imports.verify import How, Verdict, Verification
from mcconsole.ui import icons
from mcconsole.ui.relay import Relay
from mcconsole.ui.state import AppState
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line

VERIFY_KEY = "imports.verify"
_TONES = {Verdict.MATCHES: Tone.SUCCESS, Verdict.DIFFERS: Tone.ERROR, Verdict.NOT_PROVEN: Tone.WARNING}


class ReadBack(Line):
    """A line below the figures of an import that sent rows; its `button` stands among the other buttons."""

    def __init__(self, state: AppState) -> None:
        super().__init__()
        self._state = state
        self._import_id = ""
        self._reading = False
        self.verification: Verification | None = None
        self.button = QPushButton(self.tr("Read back"))
        self.button.setToolTip(self.tr("Compare what is in the data extension with what was sent, cell for cell."))
        icons.follow(self.button, "search")
        menu = QMenu(self.button)
        for how, words in (
            (How.ALL, self.tr("All rows")),
            (How.SAMPLE, self.tr("A sample of 200 rows")),
            (How.COUNT, self.tr("The count only")),
        ):
            menu.addAction(words).triggered.connect(Relay(partial(self.read, how), menu).do)
        self.button.setMenu(menu)

    def show_of(self, import_id: str) -> None:
        """Another import; the verdict on the one before is not its."""
        if import_id != self._import_id or not import_id:
            self._import_id = import_id
            self.verification = None
            self.say(Tone.NEUTRAL, "")

    def read(self, how: How) -> None:
        """Read back, and show the verdict."""
        connection = self._state.connection
        if connection is None or not self._import_id:
            return
        self.button.setEnabled(False)
        self._reading = True
        self.say(Tone.NEUTRAL, self.tr("Reading back…"))
        client = connection.client.for_feature("imports")
        self._state.runner.start(
            partial(_verify, client=client, import_id=self._import_id, how=how),
            key=VERIFY_KEY,
            label=self.tr("Reading back what was sent"),
            on_result=partial(self._arrived, self._import_id),
            on_error=partial(self._failed, self._import_id),
            on_progress=self._progress,
            on_done=self._done,
        )

    def _progress(self, progress: Progress) -> None:
        self.say(Tone.NEUTRAL, self.tr("Reading back: {}").format(progress.note))

    def _arrived(self, import_id: str, found: Verification) -> None:
        self._reading = False
        if import_id != self._import_id:
            return
        self.verification = found
        words = {
            Verdict.MATCHES: self.tr("It is there as it was sent."),
            Verdict.DIFFERS: self.tr("It is not as it was sent."),
            Verdict.NOT_PROVEN: self.tr("Not proven."),
        }
        actions = ((self.tr("Open what differs"), self._open),) if found.difference_file is not None else ()
        self.say(_TONES[found.verdict], f"{words[found.verdict]} {found.reason}", *actions)

    def _failed(self, import_id: str, error: ConsoleError) -> None:
        self._reading = False
        if import_id == self._import_id:
            self.say(Tone.WARNING, "\n".join(filter(None, (str(error), error.said, error.advice))))

    def _done(self) -> None:
        self.button.setEnabled(True)
        if self._reading:  # cancelled
            self._reading = False
            self.say(Tone.NEUTRAL, "")

    def _open(self) -> None:
        if self.verification is not None and self.verification.difference_file is not None:
            self._state.open_path(self.verification.difference_file)


def _verify(ctx: JobContext, client: Client, import_id: str, how: How) -> Verification:
    return history.verify(ctx, client, import_id, how)
