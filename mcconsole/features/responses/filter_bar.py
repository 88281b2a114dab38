"""What the list of calls is filtered by: words, only errors, and behind a button status, tab and profile."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.history import Facets, Query
from mcconsole.ui import icons

TYPING = 250
"""Milliseconds without a key after which the words are searched."""


class FilterBar(QWidget):
    """Makes a Query."""

    changed = Signal()
    opened = Signal()
    """The pickers are shown: the values to choose from are wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Search paths, purposes and bodies"))
        self.text.setAccessibleName(self.tr("Search the calls"))
        self.text.setToolTip(
            self.tr("Finds calls in which every word begins a word of the path, the purpose or either body.")
        )
        self.text.setClearButtonEnabled(True)
        self.only_bad = QCheckBox(self.tr("Only errors"))
        self.by_job = _button("group", self.tr("One line for each job"))
        self.by_job.setChecked(True)
        self.more = _button("filter", self.tr("Filter by status, tab and profile"))
        self.menu = QMenu(self)
        menu = _button("more", self.tr("More about the history"))
        menu.setCheckable(False)
        menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu.setMenu(self.menu)
        self.status = _picker(self.tr("Status"))
        self.feature = _picker(self.tr("Tab"))
        self.profile = _picker(self.tr("Profile"))
        first = QHBoxLayout()
        first.setSpacing(8)
        for widget in (self.text, self.only_bad, self.more, self.by_job, menu):
            first.addWidget(widget, 1 if widget is self.text else 0)
        self._pickers = QWidget()
        second = QHBoxLayout(self._pickers)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(8)
        for picker in (self.status, self.feature, self.profile):
            second.addWidget(picker, 1)
            picker.currentIndexChanged.connect(self.changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(first)
        column.addWidget(self._pickers)
        self._pickers.hide()
        self.offer(Facets())
        self._typed = QTimer(self, singleShot=True, interval=TYPING)
        self._typed.timeout.connect(self.changed)
        self.text.textChanged.connect(self._typed.start)
        self.only_bad.toggled.connect(self.changed)
        self.by_job.toggled.connect(self.changed)
        self.more.toggled.connect(self._show_pickers)

    def query(self, job: int | None = None) -> Query:
        """What is asked for, within a job or everywhere."""
        return Query(
            text=self.text.text(),
            feature=self.feature.currentData(),
            profile=self.profile.currentData(),
            status=self.status.currentData(),
            only_bad=self.only_bad.isChecked(),
            job=job,
            by_job=self.by_job.isChecked(),
        )

    def offer(self, facets: Facets) -> None:
        """Change the values to choose from; what is chosen stays."""
        statuses = [(str(status) if status else self.tr("no answer"), status) for status in facets.statuses]
        _fill(self.status, self.tr("Any status"), statuses)
        _fill(self.feature, self.tr("Any tab"), [(name, name) for name in facets.features])
        unnamed = self.tr("without a profile")
        _fill(self.profile, self.tr("Any profile"), [(name or unnamed, name) for name in facets.profiles])

    def clear(self) -> None:
        """Filter by nothing."""
        with QSignalBlocker(self):
            self.text.clear()
            self.only_bad.setChecked(False)
            for picker in (self.status, self.feature, self.profile):
                picker.setCurrentIndex(0)
        self._typed.stop()
        self.changed.emit()

    @Slot(bool)
    def _show_pickers(self, shown: bool) -> None:
        self._pickers.setVisible(shown)
        if shown:
            self.opened.emit()
        else:
            for picker in (self.status, self.feature, self.profile):
                picker.setCurrentIndex(0)


def _button(icon: str, words: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setCheckable(True)
    button.setToolTip(words)
    button.setAccessibleName(words)
    icons.follow(button, icon)
    return button


def _picker(name: str) -> QComboBox:
    picker = QComboBox()
    picker.setAccessibleName(name)
    picker.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    picker.setMinimumContentsLength(6)
    picker.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return picker


def _fill(picker: QComboBox, any_text: str, choices: Sequence[tuple[str, str | int]]) -> None:
    chosen = picker.currentData()
    with QSignalBlocker(picker):
        picker.clear()
        picker.addItem(any_text, None)
        for text, value in choices:
            picker.addItem(text, value)
        picker.setCurrentIndex(max(0, picker.findData(chosen)) if chosen is not None else 0)
