"""The definitions of both send systems in one table, with a search in it."""

from __future__ import annotations

from collections import Counter
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from mcconsole.features.sends.definitions import Definition, Kind, Listing, Status
from mcconsole.features.sends.draft import Draft, same
from mcconsole.features.sends.looks import status_look
from mcconsole.features.sends.models import DefinitionsModel, DefinitionsProxy
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Pages
from mcconsole.ui.table import TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, small_button

WIDTHS = (220, 190, 120, 100, 120, 110, 170, 130)


class ListView(QWidget):
    """Search, filter, refresh, open one, make a new one."""

    opened = Signal()
    """A definition was chosen."""
    new_wanted = Signal()
    runs_wanted = Signal()
    """The runs of many recipients should be shown."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.model = DefinitionsModel(self)
        self.found = DefinitionsProxy(self.model)
        self.found.setParent(self)
        self.table = TableView(self.found, name=self.tr("Send definitions"), widths=WIDTHS, sortable=True)
        self.search = QLineEdit()
        self.status = QComboBox()
        self.reload = small_button(self.tr("Refresh"))
        self.new = small_button(self.tr("New definition…"))
        self.runs = small_button(self.tr("Runs of many…"))
        self.note = Line()
        self.bar = QProgressBar()
        self.count = QLabel()
        self.stop = small_button(self.tr("Stop"))
        self._shown: Listing | None = None
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self.take)
        self.status.currentIndexChanged.connect(self._filter)
        self.table.activated_row.connect(self._activated)
        self.reload.clicked.connect(draft.refresh)
        self.new.clicked.connect(self.new_wanted)
        self.runs.clicked.connect(self.runs_wanted)
        self.stop.clicked.connect(draft.list.stop)
        draft.list.changed.connect(self.look)

    def _content(self) -> QWidget:
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.search.setPlaceholderText(self.tr("Search by name, key, e-mail, list or data extension"))
        self.search.setAccessibleName(self.tr("Search the send definitions"))
        self.search.setClearButtonEnabled(True)
        self.status.setAccessibleName(self.tr("Show the status"))
        self.status.addItem(self.tr("every status"), "")
        for status in Status:
            self.status.addItem(status_look(status)[2], status.value)
        self.reload.setToolTip(self.tr("Read the list again (F5)"))
        for button, icon in ((self.reload, "refresh"), (self.new, "add"), (self.stop, "cancel")):
            icons.follow(button, icon)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        for widget in (self.status, self.reload, self.new):
            top.addWidget(widget)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Listing the send definitions"))
        theme.tint(self.count, Tone.NEUTRAL)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.count, 1)
        for part in (self.bar, self.stop, self.runs):
            foot.addWidget(part)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.note)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        return page

    def enter(self) -> None:
        """Put the keyboard into the search, and read the list when nobody has."""
        if self.draft.connection is not None and self.draft.list.untouched:
            self.draft.refresh()
        self.look()
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def look(self) -> None:
        """Show what the draft has."""
        draft, reading = self.draft, self.draft.list
        if draft.connection is None:
            self.pages.show_no_tenant(partial(self.state.navigate, "credentials"))
        elif draft.listing is not None and (draft.listing.definitions or reading.running):
            self._show_list(draft.listing)
        elif reading.running:
            self.pages.show_working(self.tr("Listing the send definitions"), reading.stop)
        elif reading.error is not None:
            title = self.tr("The send definitions could not be listed")
            self.pages.show_error(reading.error, draft.refresh, title=title)
        elif draft.listing is not None:
            self._show_none(draft.listing)
        else:
            text = self.tr("The send definitions of this business unit are not read yet.")
            self.pages.show_empty(self.tr("Not listed"), text, (self.tr("List them"), draft.refresh), icon="sends")

    def _show_none(self, listing: Listing) -> None:
        if len(listing.obstacles) == len(Kind):
            error = next(iter(listing.obstacles.values()))
            self.pages.show_error(error, self.draft.refresh, title=self.tr("The send definitions could not be listed"))
            return
        unit = self.draft.connection.business_unit_name if self.draft.connection is not None else ""
        words = [self.tr("The business unit “{}” has none that this package may see.").format(unit)]
        words += [self._obstacle(kind, listing) for kind in listing.obstacles]
        actions = ((self.tr("New definition…"), self.new_wanted.emit), (self.tr("Refresh"), self.draft.refresh))
        self.pages.show_empty(self.tr("No send definitions"), "\n".join(words), *actions, icon="sends")

    def _show_list(self, listing: Listing) -> None:
        first = self.pages.currentWidget() is not self.pages.content
        if self._shown is not listing:
            self._shown = listing
            self._fill(listing)
        for widget in (self.bar, self.stop):
            widget.setVisible(self.draft.list.running)
        self._count()
        words = [self._obstacle(kind, listing) for kind in listing.obstacles]
        error = self.draft.list.error
        if error is not None:
            said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
            words += [self.tr("The list could not be read again, it is the former one:"), str(error), said]
        actions = ((self.tr("Try again"), self.draft.refresh),) if words else ()
        self.note.say(Tone.WARNING if error is None else Tone.ERROR, " ".join(filter(None, words)), *actions)
        self.pages.show_content()
        if first and self.isVisible():
            self.search.setFocus()

    def _obstacle(self, kind: Kind, listing: Listing) -> str:
        form = {
            Kind.TRIGGERED: self.tr("Triggered send definitions could not be listed:"),
            Kind.TRANSACTIONAL: self.tr("Transactional definitions could not be listed:"),
        }[kind]
        error = listing.obstacles[kind]
        said = self.tr("Marketing Cloud says: “{}”").format(error.said) if error.said else ""
        return " ".join(filter(None, (form, str(error), said, error.advice)))

    def _fill(self, listing: Listing) -> None:
        place = self.table.currentIndex()
        current = self.found.definition(place) if place.isValid() else None
        scrolled = self.table.verticalScrollBar().value()
        self.model.show_rows(listing.definitions)
        for number, one in enumerate(listing.definitions):
            if current is not None and same(one, current):
                self.table.setCurrentIndex(self.found.mapFromSource(self.model.index(number, 0)))
        self.table.verticalScrollBar().setValue(scrolled)

    def _count(self) -> None:
        shown, total = self.found.rowCount(), self.model.rowCount()
        text = self.tr("{} of {} shown  ·  ").format(f"{shown:,}", f"{total:,}") if shown != total else ""
        obstacles = self._shown.obstacles if self._shown is not None else {}
        words = {
            Kind.TRIGGERED: (
                self.tr("{} triggered send definitions"),
                self.tr("triggered send definitions not listed"),
            ),
            Kind.TRANSACTIONAL: (self.tr("{} transactional"), self.tr("transactional ones not listed")),
        }
        counts = Counter(one.kind for one in self.model.rows)
        parts = (
            lacking if kind in obstacles else some.format(f"{counts[kind]:,}")
            for kind, (some, lacking) in words.items()
        )
        self.count.setText(text + ", ".join(parts))

    @Slot()
    def _filter(self) -> None:
        self.found.set_filter(self.search.text())
        self.found.set_status(str(self.status.currentData() or ""))
        self._count()

    @Slot()
    def take(self) -> None:
        """Return in the search: open the one of that very key, else the first that is shown."""
        typed = self.search.text().strip()
        rows = [self.found.definition(self.found.index(number, 0)) for number in range(self.found.rowCount())]
        if rows:
            self._open(next((one for one in rows if typed in (one.key, one.name)), rows[0]))

    @Slot(QModelIndex)
    def _activated(self, index: QModelIndex) -> None:
        self._open(self.found.definition(index))

    def _open(self, definition: Definition) -> None:
        self.draft.choose(definition)
        self.opened.emit()
