"""The page of a file of contacts: which column holds the contact key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QLabel

from mcconsole.features.journeys import contacts_file
from mcconsole.ui.many.file_page import FilePage
from mcconsole.ui.many.words import Words
from mcconsole.ui.state import AppState


class ContactsPage(FilePage):
    """A file of which each row has a contact key."""

    def __init__(self, state: AppState, words: Words) -> None:
        super().__init__(state, words)
        self.contact = QComboBox()
        self.source = QLabel()
        self.contact.setAccessibleName(self.tr("Contact key from"))
        self.contact.setMinimumWidth(180)
        for place, widget in enumerate((QLabel(self.tr("Contact key from")), self.contact, self.source)):
            self.row.insertWidget(place, widget)
        self.contact.currentIndexChanged.connect(self._edited)

    @property
    def contact_header(self) -> str:
        """The column that was chosen to hold the contact key; "" for the one that is found."""
        return str(self.contact.currentData() or "")

    def take_headers(self, headers: Sequence[str]) -> None:
        """Offer the columns of another file."""
        with QSignalBlocker(self.contact):
            self.contact.clear()
            self.contact.addItem(self.tr("the column that is found"), "")
            for header in headers:
                self.contact.addItem(header, header)

    def look(self) -> None:
        """Show the mapping as it stands, and where the contact key comes from."""
        super().look()
        if self.matching is not None and self.known is not None:
            field, column = contacts_file.contact_source(
                self.matching.headers, self.matching.mapping(), self.known, self.contact_header
            )
            self.source.setText(self._source(field, column))

    def _source(self, field: str, column: int) -> str:
        if self.matching is None or (not field and column < 0):
            return self.tr("No column is found; choose it.")
        header = self.matching.headers[column] if column >= 0 else ""
        if field and header:
            return self.tr("column “{}”, which must agree with the field “{}”").format(header, field)
        return self.tr("column “{}”").format(header) if header else self.tr("the field “{}”").format(field)
