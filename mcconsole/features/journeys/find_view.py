"""Find: one searchable table of entry sources and journeys, which also takes any key that was pasted."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from mcconsole.api.client import Client
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.features.journeys import catalog, find
from mcconsole.features.journeys.catalog import Catalog, Row
from mcconsole.features.journeys.draft import LIST_KEY, Draft
from mcconsole.features.journeys.find import Found
from mcconsole.features.journeys.models import SourcesModel, why_not
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Pages
from mcconsole.ui.table import FilterProxy, TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import Line, small_button

FIND_KEY = "journeys.find"
FILTER_AFTER = 120
"""Milliseconds after the last key until the table is filtered."""
WIDTHS = (200, 200, 104, 180, 136, 58, 120, 136, 110)


class FindView(QWidget):
    """The list, a search in it, and what a pasted key turned out to be."""

    chosen = Signal(str)
    """An entry source was chosen, and the draft reads it; with what a pasted key turned out to be, or ""."""
    runs_wanted = Signal()
    """The runs of many contacts should be shown."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.state = draft.state
        self.model = SourcesModel(self)
        self.found = FilterProxy(self.model, self)
        self.found.setRecursiveFilteringEnabled(False)
        self.table = TableView(self.found, name=self.tr("Entry sources and journeys"), widths=WIDTHS, sortable=True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionMode(TableView.SelectionMode.SingleSelection)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.search = QLineEdit()
        self.explanation = Line()
        self.bar = QProgressBar()
        self.count = QLabel()
        self.stop = small_button(self.tr("Stop"))
        self.reload = small_button(self.tr("Refresh"))
        self.runs = small_button(self.tr("Runs from CSV files…"))
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self._shown: Catalog | None = None
        self._filter_timer = QTimer(self, singleShot=True, interval=FILTER_AFTER)
        self._filter_timer.timeout.connect(self._filter)
        self.search.textChanged.connect(self._filter_timer.start)
        self.search.returnPressed.connect(self.take)
        self.table.activated_row.connect(self._activated)
        self.stop.clicked.connect(self._stop)
        self.reload.clicked.connect(draft.refresh)
        self.runs.clicked.connect(self.runs_wanted)
        draft.listed.connect(self.look)

    def _content(self) -> QWidget:
        self.search.setPlaceholderText(self.tr("Search by name, or paste any key or id"))
        self.search.setAccessibleName(self.tr("Search the entry sources and journeys"))
        self.search.setClearButtonEnabled(True)
        self.reload.setToolTip(self.tr("Read the list again (F5)"))
        icons.follow(self.reload, "refresh")
        icons.follow(self.stop, "cancel")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        top.addWidget(self.reload)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Listing the journeys"))
        theme.tint(self.count, Tone.NEUTRAL)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.count, 1)
        foot.addWidget(self.bar)
        foot.addWidget(self.stop)
        foot.addWidget(self.runs)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.explanation)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        return page

    def enter(self) -> None:
        """Put the keyboard into the search, and read the list when nobody has."""
        draft = self.draft
        if draft.connection is not None and draft.unread:
            draft.refresh()
        self.look()
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def look(self) -> None:
        """Show what the draft has."""
        draft = self.draft
        if draft.connection is None:
            self.pages.show_no_tenant(partial(self.state.navigate, "credentials"))
        elif draft.sources or draft.journeys:
            self._show_list()
        elif draft.listing:
            if self.pages.currentWidget() is not self.pages.working:
                self.pages.show_working(self.tr("Listing the journeys"), self._stop)
            self.pages.show_progress(draft.progress)
        elif draft.list_error is not None:
            self.pages.show_error(draft.list_error, draft.refresh, title=self.tr("The journeys could not be listed"))
        elif draft.catalog.complete:
            self.pages.show_empty(
                self.tr("No entry sources"),
                self.tr("The business unit “{}” has none that this package may see.").format(
                    draft.connection.business_unit_name
                ),
                (self.tr("Refresh"), draft.refresh),
                icon="journeys",
            )
        else:
            self.pages.show_empty(
                self.tr("Not listed"),
                self.tr("The journeys of this business unit are not read yet."),
                (self.tr("List them"), draft.refresh),
                icon="journeys",
            )

    def _show_list(self) -> None:
        draft = self.draft
        first = self.pages.currentWidget() is not self.pages.content
        if self._shown is not draft.catalog:
            self._shown = draft.catalog
            self._fill(catalog.rows(draft.catalog))
        self.bar.setVisible(draft.listing)
        self.stop.setVisible(draft.listing)
        self._count()
        if draft.list_error is not None:
            error = draft.list_error
            old = self.tr("The list could not be read again, it is the former one:")
            words = [old if draft.catalog.complete else self.tr("The list is not whole:"), str(error)]
            words += [self.tr("Marketing Cloud says: “{}”").format(error.said)] if error.said else []
            text = " ".join([*words, error.advice]).strip()
            self.explanation.say(Tone.ERROR, text, (self.tr("Try again"), draft.refresh))
        self.pages.show_content()
        if first and self.isVisible():
            self.search.setFocus()

    def _fill(self, rows: list[Row]) -> None:
        place = self.table.currentIndex()
        current = self._row(place) if place.isValid() else None
        scrolled = self.table.verticalScrollBar().value()
        self.model.show_rows(rows)
        if current is not None:
            for number, row in enumerate(rows):
                if _same(row, current):
                    self.table.setCurrentIndex(self.found.mapFromSource(self.model.index(number, 0)))
                    break
        self.table.verticalScrollBar().setValue(scrolled)

    def _count(self) -> None:
        draft = self.draft
        shown, total = self.found.rowCount(), self.model.rowCount()
        text = self.tr("{} of {} shown  ·  ").format(f"{shown:,}", f"{total:,}") if shown != total else ""
        text += self.tr("{} entry sources, {} journey versions").format(
            f"{len(draft.sources):,}", f"{len(draft.journeys):,}"
        )
        if draft.listing:
            text += self.tr(" so far")
        elif not draft.catalog.complete:
            text += self.tr("; the list is not whole")
        self.count.setText(text)

    def _row(self, index: QModelIndex) -> Row:
        source: FilterProxy = self.found
        return self.model.rows[source.mapToSource(index).row()]

    @Slot()
    def _filter(self) -> None:
        self._filter_timer.stop()
        self.found.set_filter(self.search.text())
        self._count()
        meant = self._known()
        if meant is not None and not self._typed_exactly(meant):
            self._explain(meant)
        elif self.search.text().strip() and self.found.rowCount() == 0:
            text = self.tr("Nothing in the list matches. Return looks whether it is the key of a data extension.")
            if not self.draft.catalog.complete:
                text = self.tr("Nothing that is read so far matches, but the list is not whole yet.")
            self.explanation.say(Tone.INFO, text)
        else:
            self.explanation.say(Tone.INFO, "")

    def _known(self) -> Found | None:
        text = self.search.text().strip()
        return find.known(text, self.draft.sources, self.draft.journeys) if text else None

    def _typed_exactly(self, found: Found) -> bool:
        return self.search.text().strip() in (found.source.key, found.source.name)

    def _explain(self, found: Found) -> None:
        text = " ".join(part for part in (found.explanation, why_not(Row(found.source, None))) if part)
        self.explanation.say(Tone.INFO if found.source.fireable else Tone.WARNING, text)

    @Slot()
    def take(self) -> None:
        """Return in the search: what was pasted, else the first row that can be fired, else a look at the tenant."""
        self._filter()
        meant = self._known()
        if meant is not None:
            self._take(Row(meant.source, None), "" if self._typed_exactly(meant) else meant.explanation)
            return
        rows = [self._row(self.found.index(number, 0)) for number in range(self.found.rowCount())]
        if rows:
            self._take(next((row for row in rows if row.fireable), rows[0]))
        elif self.search.text().strip() and self.draft.catalog.complete:
            self._recognise()

    @Slot(QModelIndex)
    def _activated(self, index: QModelIndex) -> None:
        self._take(self._row(index))

    def _take(self, row: Row, explanation: str = "") -> None:
        if row.source is None or not row.source.fireable:
            self.explanation.say(Tone.WARNING, why_not(row))
            return
        self.draft.choose(row.source.key)
        self.chosen.emit(explanation)

    def _recognise(self) -> None:
        self.explanation.say(Tone.INFO, self.tr("Looking for a data extension with this key…"))
        self.state.runner.start(
            partial(
                _recognise,
                client=self.draft.client,
                text=self.search.text(),
                catalog=self.draft.catalog,
            ),
            key=FIND_KEY,
            label=self.tr("Looking for “{}”").format(self.search.text().strip()),
            on_result=self._recognised,
            on_error=self._not_recognised,
        )

    def _recognised(self, answer: tuple[str, Catalog, Found | None]) -> None:
        text, known, found = answer
        if text != self.search.text() or known is not self.draft.catalog:
            return
        if found is None:
            self.explanation.say(
                Tone.WARNING,
                self.tr("Nothing in this business unit has the name, key or id “{}”.").format(text.strip()),
            )
            return
        self._explain(found)
        if found.source.fireable:
            self._take(Row(found.source, None), found.explanation)

    def _not_recognised(self, error: ConsoleError) -> None:
        self.explanation.say(Tone.ERROR, " ".join(part for part in (str(error), error.advice) if part))

    @Slot()
    def _stop(self) -> None:
        self.state.runner.cancel(LIST_KEY)


def _same(one: Row, other: Row) -> bool:
    return _identity(one) == _identity(other)


def _identity(row: Row) -> tuple[str, str, int]:
    source, journey = row.source, row.journey
    return source.id if source else "", journey.key if journey else "", journey.version if journey else 0


def _recognise(ctx: JobContext, client: Client, text: str, catalog: Catalog) -> tuple[str, Catalog, Found | None]:
    return text, catalog, find.recognise(client, text, catalog.sources, catalog.journeys, ctx)
