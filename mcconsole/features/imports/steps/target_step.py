"""Target: which data extension, and what happens to rows whose key is there already."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core.errors import ConsoleError
from mcconsole.core.fields import Schema
from mcconsole.features.imports import calls
from mcconsole.features.imports.calls import DataExtension, Listing
from mcconsole.features.imports.draft import Draft
from mcconsole.features.imports.mode_words import mode_words
from mcconsole.features.imports.models import SchemaModel
from mcconsole.features.imports.plan import Mode
from mcconsole.features.imports.steps.step import Action, Step
from mcconsole.features.imports.tree import TARGET_ROLE, TargetTree
from mcconsole.ui import icons, theme
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.state import Connection, where
from mcconsole.ui.table import FilterProxy, TableView
from mcconsole.ui.theme import Tone
from mcconsole.ui.widgets import plain, small_button

if TYPE_CHECKING:
    from PySide6.QtGui import QStandardItemModel

LIST_KEY = "imports.list"
SCHEMA_KEY = "imports.schema"
FILTER_AFTER = 150
"""Milliseconds after the last key until the tree is filtered."""


class TargetStep(Step):
    """A tree of data extensions, and the fields of the chosen one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft, draft.tr("Target"))
        self._listed: tuple[str, ...] | None = None
        self._listing_of: Connection | None = None
        self._wanted: DataExtension | None = None
        self._reading: DataExtension | None = None
        self._schema_of: Connection | None = None
        self._schema_open = False
        self._hurried = False
        self._stale = False
        self.tree_model = TargetTree(self)
        self.found = FilterProxy(self.tree_model, self)
        self.found.setAutoAcceptChildRows(True)
        self.tree = QTreeView()
        self.schema_model = SchemaModel(self)
        self.search = QLineEdit()
        self.mode = QComboBox()
        self.fields = Pages(self._fields_page())
        self.pages = Pages(self._content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pages)
        self._filter_timer = QTimer(self, singleShot=True, interval=FILTER_AFTER)
        self._filter_timer.timeout.connect(self._filter)
        self.search.textChanged.connect(self._filter_timer.start)
        self.search.returnPressed.connect(self._choose_first)
        self.tree.activated.connect(self._activated)
        self.tree.selectionModel().currentChanged.connect(self._chosen)
        self.mode.activated.connect(self._mode_chosen)
        self.state.connection_changed.connect(self._connection_changed)
        self._show_fields()

    def _content(self) -> QWidget:
        self.search.setPlaceholderText(self.tr("Search by name or external key"))
        self.search.setAccessibleName(self.tr("Search the data extensions"))
        self.search.setClearButtonEnabled(True)
        reload = small_button(self.tr("Refresh"))
        reload.setToolTip(self.tr("Read the list again (F5)"))
        icons.follow(reload, "refresh")
        reload.clicked.connect(self.refresh)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(reload)
        self.tree.setModel(self.found)
        self.tree.setAccessibleName(self.tr("Folders and data extensions"))
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setAllColumnsShowFocus(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section, width in ((1, 170), (2, 56), (3, 84)):
            self.tree.setColumnWidth(section, width)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addLayout(top)
        self._nothing = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        theme.tint(self._nothing, Tone.NEUTRAL)
        column.addWidget(self._nothing)
        column.addWidget(self.tree, 1)
        whole = QSplitter()
        whole.setChildrenCollapsible(False)
        whole.addWidget(left)
        whole.addWidget(self.fields)
        whole.setStretchFactor(0, 1)
        whole.setStretchFactor(1, 1)
        whole.setSizes([580, 560])
        return whole

    def _fields_page(self) -> QWidget:
        self._name = heading("", 1.1)
        self._facts = plain("", selectable=True)
        theme.tint(self._facts, Tone.NEUTRAL)
        self._table = TableView(self.schema_model, name=self.tr("Fields"), widths=(170, 130, 60, 72, 90), stretch=4)
        for mode in Mode:
            self.mode.addItem(mode_words(mode).choice, mode.value)
        self.mode.setAccessibleName(self.tr("What happens to rows whose key is there already"))
        self.mode.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.mode.setMinimumContentsLength(20)
        self._why = QLabel()
        self._why.setWordWrap(True)
        theme.tint(self._why, Tone.NEUTRAL)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._name)
        column.addWidget(self._facts)
        column.addWidget(self._table, 1)
        column.addSpacing(4)
        column.addWidget(heading(self.tr("Rows whose key is there already"), 1.0))
        column.addWidget(self.mode)
        column.addWidget(self._why)
        return page

    def enter(self) -> None:
        """Read the list when it is not there."""
        connection = self.state.connection
        if connection is None:
            self.pages.show_no_tenant(partial(self.state.navigate, "credentials"))
        elif self._listed != where(connection):
            self._list()
        else:
            self.pages.show_content()
            self.search.setFocus()

    def look(self) -> None:
        """Show the schema that the draft has."""
        if not self._schema_open:
            self._show_fields()
        if self._hurried and self.draft.matching is not None:
            self._hurried = False
            QTimer.singleShot(0, self._go_on)

    def open(self) -> bool:
        """There must be a file with rows."""
        return self.draft.readable

    def action(self) -> Action:
        """Go on to the mapping."""
        text = self.tr("Map the columns")
        return Action(text, self.draft.matching is not None)

    def done(self) -> bool:
        """Whether a data extension is chosen."""
        return self.draft.schema is not None

    def summary(self) -> str:
        """The data extension's name."""
        return self.draft.schema.name if self.draft.schema is not None else ""

    @Slot()
    def refresh(self) -> None:
        """Read the list again, and the fields of what is chosen: they may have changed in Marketing Cloud."""
        self._stale = self.draft.schema is not None
        self._list()

    def _list(self) -> None:
        connection = self.state.connection
        if connection is None:
            self.enter()
            return
        if any(task.key == LIST_KEY for task in self.state.runner.running()):
            return
        self._listed, self._listing_of = None, connection
        task = self.state.runner.start(
            partial(calls.listing, connection.client.for_feature("imports")),
            key=LIST_KEY,
            label=self.tr("Listing the data extensions"),
            on_result=self._list_arrived,
            on_error=self._list_failed,
            on_cancelled=self._list_cancelled,
        )
        if task is not None and self._listed is None:
            self.pages.show_working(self.tr("Listing the data extensions"), task.cancel)

    def _list_arrived(self, listing: Listing) -> None:
        connection = self._listing_of
        if connection is None or self.state.connection is None or where(self.state.connection) != where(connection):
            QTimer.singleShot(0, self.enter)
            return
        self._listed = where(connection)
        self.tree_model.show(listing.folders, listing.targets, self.state.settings.texts(self._recent_name()))
        self._expand()
        if not listing.targets:
            self.pages.show_empty(
                self.tr("No data extensions"),
                self.tr("The business unit “{}” has none that this package may see.").format(
                    connection.business_unit_name
                ),
                (self.tr("Refresh"), self.refresh),
                icon="table",
            )
            return
        self.pages.show_content()
        if self.draft.schema is not None:
            self._select(self.draft.schema.key)
            if self._stale:
                self._again()
        self._stale = False
        self.search.setFocus()

    def _list_failed(self, error: ConsoleError) -> None:
        self._listed = None
        self.pages.show_error(error, self.refresh, title=self.tr("The data extensions could not be listed"))

    def _list_cancelled(self) -> None:
        self._listed = None
        if self.state.connection is None:
            self.enter()
            return
        self.pages.show_empty(
            self.tr("Not listed"),
            self.tr("You cancelled the list of data extensions."),
            (self.tr("List them"), self.refresh),
            icon="table",
        )

    @Slot()
    def _filter(self) -> None:
        self.found.set_filter(self.search.text())
        if self.search.text().strip():
            self.tree.expandAll()
        else:
            self._expand()
        self._nothing.setText(self.tr("No data extension matches “{}”.").format(self.search.text().strip()))
        self._nothing.setVisible(self.found.rowCount() == 0)

    def _expand(self) -> None:
        self.tree.collapseAll()
        self.tree.expandToDepth(0)

    @Slot()
    def _go_on(self) -> None:
        if self.isVisible():
            self.advanced.emit()

    @Slot()
    def _choose_first(self) -> None:
        """Return in the search: the first data extension that is found."""
        self._filter_timer.stop()
        self._filter()
        place = self.found.index(0, 0)
        while place.isValid() and place.data(TARGET_ROLE) is None:
            place = self.tree.indexBelow(place)
        if place.isValid():
            self.tree.setFocus()
            self.tree.setCurrentIndex(place)

    @Slot(QModelIndex)
    def _activated(self, index: QModelIndex) -> None:
        """Return or a double click on a data extension: choose it and go on."""
        target = index.siblingAtColumn(0).data(TARGET_ROLE)
        schema = self.draft.schema
        if not isinstance(target, DataExtension):
            return
        if schema is not None and schema.key == target.key and self.draft.matching is not None:
            self.advanced.emit()
        else:
            self._hurried = True

    def _select(self, key: str) -> None:
        place = self.found.mapFromSource(self.tree_model.find(key))
        if place.isValid() and self.tree.currentIndex().data(TARGET_ROLE) is not place.data(TARGET_ROLE):
            self.tree.selectionModel().setCurrentIndex(
                place, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            )
            self.tree.scrollTo(place)

    @Slot(QModelIndex)
    def _chosen(self, index: QModelIndex) -> None:
        target = index.siblingAtColumn(0).data(TARGET_ROLE)
        if isinstance(target, DataExtension) and not self.draft.running:
            if self.draft.schema is not None and self.draft.schema.key == target.key:
                return
            self._wanted = target
            self._hurried = False
            self._read_schema()

    def _read_schema(self) -> None:
        target, connection = self._wanted, self.state.connection
        if target is None or connection is None:
            return
        if any(task.key == SCHEMA_KEY for task in self.state.runner.running()):
            self.state.runner.cancel(SCHEMA_KEY)
            return
        self._wanted = None
        self._reading, self._schema_of = target, connection
        self._schema_open = True
        self.draft.set_schema(None)
        task = self.state.runner.start(
            partial(calls.schema, connection.client.for_feature("imports"), target.key),
            key=SCHEMA_KEY,
            label=self.tr("Reading the fields of {}").format(target.name),
            on_result=self._schema_arrived,
            on_error=self._schema_failed,
            on_done=self._schema_done,
        )
        if task is not None and self._schema_open:
            self.fields.show_working(self.tr("Reading the fields of {}").format(target.name), task.cancel)

    def _schema_arrived(self, schema: Schema) -> None:
        if self._wanted is None and self._schema_of is self.state.connection:
            self.state.settings.add_recent(self._recent_name(), schema.key)
            self.draft.set_schema(schema)

    def _schema_failed(self, error: ConsoleError) -> None:
        if self._wanted is None:
            self.draft.set_schema(None)
            self._schema_open = False
            self.fields.show_error(error, self._again, title=self.tr("The fields could not be read"))

    def _schema_done(self) -> None:
        self._schema_open = False
        if self._wanted is not None:
            self._read_schema()
        elif self.fields.currentWidget() is self.fields.working:
            self._show_fields()

    def _again(self) -> None:
        self._wanted = self._reading
        self._read_schema()

    @Slot()
    def _mode_chosen(self) -> None:
        self.draft.set_mode(Mode(str(self.mode.currentData())))

    @Slot()
    def _connection_changed(self) -> None:
        connection = self.state.connection
        if connection is None or self._listed != where(connection):
            self._listed = None
            self.state.runner.cancel(LIST_KEY)
            if self.isVisible():
                self.enter()

    def _show_fields(self) -> None:
        schema = self.draft.schema
        if schema is None:
            self.fields.show_empty(
                self.tr("Choose a data extension"),
                self.tr("Its fields are shown here, with what each of them takes."),
                icon="table",
            )
            return
        self._name.setText(schema.name)
        keys = ", ".join(key.name for key in schema.keys) or self.tr("none")
        self._facts.setText(
            self.tr("External key {}  ·  {} fields  ·  primary key: {}").format(
                schema.key, f"{len(schema.fields):,}", keys
            )
        )
        self.schema_model.show_rows(schema.fields)
        listed = cast("QStandardItemModel", self.mode.model())
        for row, mode in enumerate(Mode):
            listed.item(row).setEnabled(bool(schema.keys) or mode in (Mode.INSERT, Mode.OVERWRITE))
        self.mode.setCurrentIndex(self.mode.findData(self.draft.mode.value))
        self._why.setText(
            self.tr("Without a primary key, rows cannot be updated; a row that is sent twice is there twice.")
        )
        self._why.setVisible(not schema.keys)
        self.fields.show_content()

    def _recent_name(self) -> str:
        connection = self.state.connection
        return f"recent_targets.{connection.profile_id}.{connection.account_id}" if connection is not None else ""
