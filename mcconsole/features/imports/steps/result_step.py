"""Result: what became of every row."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mcconsole.core import snippets
from mcconsole.core.errors import ConsoleError
from mcconsole.core.fields import type_of
from mcconsole.features.imports.draft import Draft, short
from mcconsole.features.imports.files import copy_to
from mcconsole.features.imports.models import ReasonsModel
from mcconsole.features.imports.plan import Mode, Route
from mcconsole.features.imports.read_back import ReadBack
from mcconsole.features.imports.report import Result, State
from mcconsole.features.imports.route_words import route_words
from mcconsole.features.imports.running_view import duration
from mcconsole.features.imports.service import Prepared
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.ui import icons, theme
from mcconsole.ui.copy_as import CopyAs
from mcconsole.ui.pages import heading
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, Tile, plain, small_button

COPY_KEY = "imports.copy_result"


class ResultStep(Step):
    """Every row accounted for, why some did not land, and what can be done about them."""

    retry = Signal()
    """Load the rows that did not land as a new import."""
    another = Signal()
    onward = Signal()
    """Go on with the import that is shown."""
    whole = Signal()
    """Check the whole file again, to run it again."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Result"))
        self.reasons = ReasonsModel(self)
        self.table = TableView(self.reasons, name=self.tr("Reasons"), widths=(170, 90), stretch=2)
        self.tiles = {
            "succeeded": Tile("success", Tone.SUCCESS, self.tr("landed")),
            "failed": Tile("error", Tone.ERROR, self.tr("failed")),
            "unknown": Tile("unknown", Tone.WARNING, self.tr("unknown")),
            "left_out": Tile("skipped", Tone.INFO, self.tr("left out by the check")),
            "not_sent": Tile("cancel", Tone.WARNING, self.tr("not sent")),
        }
        self.headline = heading("", 1.35)
        self.icon = QLabel()
        self.total = plain("", selectable=True)
        self.error = Line()
        self.warnings = Line()
        self.go_on = small_button(self.tr("Go on"))
        self.read_back = ReadBack(self.state)
        self.again = small_button(self.tr("Retry failed rows"))
        self.once_more = small_button(self.tr("Check the file again"))
        self.open_file = small_button(self.tr("Open failed rows"))
        self.save_file = small_button(self.tr("Save failed rows as…"))
        self.copy = small_button(self.tr("Copy summary"))
        self.copy_as = CopyAs(self._row_call, self.tr("Copy an upsert as"), self.tr("the upsert of one row"))
        self._build()
        self.go_on.clicked.connect(self.onward)
        self.again.clicked.connect(self.retry)
        self.once_more.clicked.connect(self.whole)
        self.open_file.clicked.connect(self._open)
        self.save_file.clicked.connect(self._ask_save)
        self.copy.clicked.connect(self._copy)
        theme.changed.connect(self.look)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(14)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.headline)
        words.addWidget(self.total)
        theme.tint(self.total, Tone.NEUTRAL)
        head.addWidget(self.icon)
        head.addLayout(words, 1)
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for tile in self.tiles.values():
            tiles.addWidget(tile, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button, icon in (
            (self.go_on, "run"),
            (self.again, "refresh"),
            (self.once_more, "check"),
            (self.open_file, "file"),
            (self.save_file, "save"),
            (self.copy, "copy"),
        ):
            icons.follow(button, icon)
            buttons.addWidget(button)
        for button in (self.go_on, self.once_more):
            button.hide()  # seldom there, and a window must not be wide for it
        buttons.addWidget(self.read_back.button)
        buttons.addWidget(self.copy_as)
        buttons.addStretch(1)
        self._why = QWidget()
        why = QVBoxLayout(self._why)
        why.setContentsMargins(0, 0, 0, 0)
        why.setSpacing(6)
        self._why_title = heading(self.tr("Why rows did not land"), 1.0)
        why.addWidget(self._why_title)
        why.addWidget(self.table, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.error)
        column.addWidget(self.warnings)
        column.addLayout(tiles)
        column.addWidget(self.read_back)
        column.addLayout(buttons)
        column.addWidget(self._why, 1)
        column.addStretch(0)

    def open(self) -> bool:
        """There must be a result."""
        return self.draft.result is not None

    def done(self) -> bool:
        """Whether there is a result."""
        return self.draft.result is not None

    def enter(self) -> None:
        """Put the cursor where one goes on."""
        wanted = (self.go_on, self.again, self.copy)
        next(
            button for button in wanted if button is self.copy or (button.isVisible() and button.isEnabled())
        ).setFocus()

    def action(self) -> Action:
        """Begin another import."""
        return Action(self.tr("Import another file"), not self.draft.running)

    def act(self) -> None:
        """Begin another import."""
        self.another.emit()

    def summary(self) -> str:
        """How many rows landed."""
        result = self.draft.result
        return self.tr("{} landed").format(f"{result.rows_succeeded:,}") if result is not None else ""

    @Slot()
    def look(self) -> None:
        """Show the result."""
        result, ran = self.draft.result, self.draft.ran
        if result is None or ran is None:
            return
        for name, tile in self.tiles.items():
            number = getattr(result, f"rows_{name}")
            tile.show_number(number)
            tile.setVisible(bool(number) or name in ("succeeded", "failed", "unknown"))
        icon, tone, text = self._verdict(result)
        self.icon.setPixmap(icons.pixmap(icon, 48, tone))
        self.headline.setText(text)
        self.total.setText(self._facts(result, ran))
        self._show_error(result.error)
        self.warnings.say(Tone.WARNING, "\n".join([*result.warnings, *self.cautions(result, ran)]))
        self.reasons.show_rows(result.reasons)
        self._why.setVisible(bool(result.reasons))
        has_file = result.failed_file is not None
        for button in (self.again, self.open_file, self.save_file):
            button.setVisible(has_file)
        self.copy_as.setVisible(bool(ran.plan.schema.keys))
        self.go_on.setVisible(result.resumable)
        self.go_on.setText(self._going_on(result))
        self.read_back.button.setVisible(bool(result.rows_sent))
        self.read_back.show_of(ran.import_id)
        self.once_more.setVisible(bool(result.rows_not_sent) and not result.resumable)
        same = self.draft.schema is not None and self.draft.schema.key == ran.plan.schema.key
        self.again.setEnabled(same)
        self.once_more.setEnabled(same)
        hint = self.tr("Loads the rows that were left out, failed or are unknown, with the same target and mapping.")
        self.again.setToolTip(hint if same else self.tr("Another tenant or business unit is connected now."))
        self.looked.emit()

    def _going_on(self, result: Result) -> str:
        if not result.rows_not_sent:
            return self.tr("Ask again what became of the rows")
        return self.tr("Send the other {} rows").format(f"{result.rows_not_sent:,}")

    def cautions(self, result: Result, ran: Prepared) -> list[str]:
        """What to know before anything is sent again."""
        found = []
        if _too_late(result):
            found.append(self.tr("The cancel came too late to stop any row."))
        if result.rows_unknown:
            form = self.tr("Nobody knows whether {} rows landed. Look in Marketing Cloud before you send them again.")
            if ran.plan.mode is Mode.INSERT:
                form = self.tr("Nobody knows whether {} rows landed. Sent again, those that did would be there twice.")
            found.append(form.format(f"{result.rows_unknown:,}"))
        if result.rows_not_sent and not result.resumable:
            form = self.tr("{} rows were never sent. They are not among the failed rows: check and run the file again.")
            if ran.plan.mode is Mode.INSERT and result.rows_succeeded:
                form = self.tr(
                    "{} rows were never sent. They are not among the failed rows, and running the whole file again "
                    "would insert once more what landed."
                )
            found.append(form.format(f"{result.rows_not_sent:,}"))
        return found

    def _verdict(self, result: Result) -> tuple[str, Tone, str]:
        good = result.rows_read - result.rows_left_out
        landed, wanted = f"{result.rows_succeeded:,}", f"{good:,}"
        if result.state is State.TRIED:
            form = self.tr("Trial: {} rows landed, {} wait")
            return "clock", Tone.INFO, form.format(landed, f"{result.rows_not_sent:,}")
        if result.state is State.INTERRUPTED:
            return "warning", Tone.WARNING, self.tr("Interrupted: {} of {} rows landed").format(landed, wanted)
        if result.state is State.CANCELLED and not _too_late(result):
            return "cancel", Tone.WARNING, self.tr("Cancelled: {} of {} rows landed").format(landed, wanted)
        if result.error is not None:
            return "error", Tone.ERROR, self.tr("Stopped by an error: {} of {} rows landed").format(landed, wanted)
        if result.rows_succeeded == good and result.rows_left_out:
            left = f"{result.rows_left_out:,}"
            form = self.tr("{} rows landed, {} were left out")
            if result.rows_left_out == 1:
                form = self.tr("{} rows landed, {} was left out")
            return "warning", Tone.WARNING, form.format(landed, left)
        if result.rows_succeeded == good:
            one = self.tr("The row landed")
            return "success", Tone.SUCCESS, one if good == 1 else self.tr("All {} rows landed").format(wanted)
        if result.rows_succeeded == 0 and not result.rows_unknown:
            return "error", Tone.ERROR, self.tr("No row landed")
        return "warning", Tone.WARNING, self.tr("{} of {} rows landed").format(landed, wanted)

    def _facts(self, result: Result, ran: Prepared) -> str:
        sum_up = " + ".join(part for part in self._parts(result))
        return self.tr("{} rows read = {}\n{} → {}, {}, in {}").format(
            f"{result.rows_read:,}",
            sum_up,
            short(ran.plan.path),
            f"{ran.plan.schema.name} ({ran.plan.schema.key})",
            route_words(Route(result.route)),
            duration(result.seconds),
        )

    def _parts(self, result: Result) -> list[str]:
        named = (
            (result.rows_succeeded, self.tr("{} landed")),
            (result.rows_failed, self.tr("{} failed")),
            (result.rows_unknown, self.tr("{} unknown")),
            (result.rows_left_out, self.tr("{} left out")),
            (result.rows_not_sent, self.tr("{} not sent")),
        )
        return [form.format(f"{number:,}") for number, form in named if number] or [self.tr("0 landed")]

    def _row_call(self) -> snippets.Call | None:
        """The upsert of one row, with the type of each field that the import filled in the place of its value."""
        ran = self.draft.ran
        if ran is None:
            return None
        schema, mapping = ran.plan.schema, ran.plan.mapping
        filled = {*mapping.columns.values(), *mapping.constants}
        keys = {field.name: f"<{type_of(field)}>" for field in schema.keys}
        values = {
            field.name: f"<{type_of(field)}>"
            for field in schema.fields
            if field.name in filled and not field.primary_key
        }
        return snippets.row_call(schema.key, [(keys, values)])

    def _show_error(self, error: ConsoleError | None) -> None:
        if error is None:
            self.error.say(Tone.ERROR, "")
            return
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        self.error.say(Tone.ERROR, "\n".join(filter(None, (str(error), said, error.advice))))

    @Slot()
    def _open(self) -> None:
        if self.draft.result is not None and self.draft.result.failed_file is not None:
            self.state.open_path(self.draft.result.failed_file)

    @Slot()
    def _ask_save(self) -> None:
        result = self.draft.result
        if result is None or result.failed_file is None:
            return
        dialog = QFileDialog(self, self.tr("Save the rows that did not land"), self.state.settings.text("last_folder"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(result.failed_file.name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_failed)
        dialog.open()

    @Slot(str)
    def save_failed(self, name: str) -> None:
        """Copy the rows that did not land to a file."""
        result = self.draft.result
        if result is not None and result.failed_file is not None:
            self.state.runner.start(
                partial(copy_to, source=result.failed_file, path=Path(name)),
                key=COPY_KEY,
                label=self.tr("Saving the rows that did not land"),
                on_result=self._saved,
                on_error=self._complain,
            )

    def _saved(self, path: Path) -> None:
        self.state.messages.success(self.tr("Saved: {}").format(path), key="imports.saved")

    def _complain(self, error: ConsoleError) -> None:
        self.state.show_error(error, key="imports.saved")

    @Slot()
    def _copy(self) -> None:
        result, ran = self.draft.result, self.draft.ran
        if result is None or ran is None:
            return
        lines = [self.headline.text(), self.total.text()]
        if result.error is not None:
            lines += filter(None, (str(result.error), result.error.said))
        lines += [f"{rows:,} {kind}: {reason}" for kind, reason, rows in result.reasons]
        if result.failed_file is not None:
            lines.append(self.tr("Rows that did not land: {}").format(result.failed_file))
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.state.messages.info(self.tr("The summary was copied."), key="imports.copied")


def _too_late(result: Result) -> bool:
    """Whether it was cancelled when there was nothing left to stop."""
    return result.state is State.CANCELLED and not (result.resumable or result.rows_not_sent or result.rows_unknown)
