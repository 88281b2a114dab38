"""How a file is read, as controls: every guess can be changed."""

from __future__ import annotations

import codecs
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QSpinBox, QWidget

from mcconsole.core.errors import BadInput
from mcconsole.core.tables import Dialect

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16 with BOM",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252 (Western)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "iso8859-1": "ISO 8859-1 (Latin 1)",
    "iso8859-15": "ISO 8859-15 (Latin 9)",
    "mac-roman": "Mac Roman",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp932": "Windows-932 (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Windows-949 (Korean)",
}
NONE = ""
LINES_LIMIT = 10_000
_NAMED = {"\t": "\\t"}


class DialectForm(QWidget):
    """The dialect as it is, and `edited` with another one when the user changed it."""

    edited = Signal(object)
    refused = Signal(str)
    """Why an entry cannot be used; the controls go back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dialect: Dialect | None = None
        self.encoding = QComboBox()
        for name, words in ENCODINGS.items():
            self.encoding.addItem(words, name)
        self.delimiter = _choice(
            (self.tr("Comma  ,"), ","),
            (self.tr("Semicolon  ;"), ";"),
            (self.tr("Tab"), "\t"),
            (self.tr("Pipe  |"), "|"),
            (self.tr("Colon  :"), ":"),
            (self.tr("Space"), " "),
            (self.tr("None: one column"), NONE),
        )
        self.delimiter.setToolTip(self.tr("Choose one, or type your own; \\t is a tab."))
        self.quote = _choice((self.tr('Double  "'), '"'), (self.tr("Single  '"), "'"), (self.tr("None"), NONE))
        self.escape = _choice((self.tr("Quote written twice"), NONE), (self.tr("Backslash  \\"), "\\"))
        self.header = QCheckBox(self.tr("The first row names the columns"))
        self.header_rows = QSpinBox(minimum=1, maximum=20)
        self.skipped = QSpinBox(minimum=0, maximum=LINES_LIMIT)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(7)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, widget in (
            (self.tr("Enc&oding"), self.encoding),
            (self.tr("&Delimiter"), self.delimiter),
            (self.tr("&Quote"), self.quote),
            (self.tr("E&scape"), self.escape),
            (self.tr("&Lines to skip"), self.skipped),
        ):
            _add(layout, words, widget)
        layout.addRow(self.header)
        _add(layout, self.tr("He&ader rows"), self.header_rows)
        self.encoding.activated.connect(self._edit)
        for box in (self.delimiter, self.quote, self.escape):
            box.activated.connect(self._edit)
            if (line := box.lineEdit()) is not None:
                line.editingFinished.connect(self._edit)
        for number in (self.header_rows, self.skipped):
            number.setKeyboardTracking(False)
            number.valueChanged.connect(self._edit)
        self.header.toggled.connect(self._edit)

    def show_dialect(self, dialect: Dialect) -> None:
        """Show a dialect; nothing is emitted."""
        self._dialect = None
        name = _plain_name(dialect.encoding)
        if self.encoding.findData(name) < 0:
            self.encoding.addItem(dialect.encoding, name)
        self.encoding.setCurrentIndex(self.encoding.findData(name))
        _set(self.delimiter, dialect.delimiter)
        _set(self.quote, dialect.quotechar or NONE)
        _set(self.escape, dialect.escapechar or NONE)
        self.skipped.setValue(dialect.skipped_lines)
        self.header.setChecked(dialect.has_header)
        self.header_rows.setValue(max(1, dialect.header_rows))
        self.header_rows.setEnabled(dialect.has_header)
        self._dialect = dialect

    @Slot()
    def _edit(self) -> None:
        if self._dialect is None:
            return
        try:
            wanted = self._entered(self._dialect)
        except BadInput as error:
            self.refused.emit(str(error))
            self.show_dialect(self._dialect)
            return
        if wanted != self._dialect:
            self._dialect = wanted
            self.header_rows.setEnabled(wanted.has_header)
            self.edited.emit(wanted)

    def _entered(self, before: Dialect) -> Dialect:
        delimiter, quote, escape = _value(self.delimiter), _value(self.quote), _value(self.escape)
        if any(mark in delimiter for mark in "\r\n") or len(delimiter) > 4:
            raise BadInput(self.tr("A delimiter has one to four characters, and no line end."))
        if len(quote) > 1 or len(escape) > 1:
            raise BadInput(self.tr("Quote and escape are one character each."))
        if (quote and quote in delimiter) or (escape and escape in delimiter):
            raise BadInput(self.tr("The delimiter must differ from quote and escape."))
        if escape and escape == quote:
            escape = NONE
        encoding = str(self.encoding.currentData())
        return replace(
            before,
            encoding=before.encoding if encoding == _plain_name(before.encoding) else encoding,
            delimiter=delimiter,
            quotechar=quote or None,
            escapechar=escape or None,
            doublequote=before.doublequote if (escape or None) == before.escapechar else not escape,
            skip_space=before.skip_space and delimiter == before.delimiter,
            skipped_lines=self.skipped.value(),
            has_header=self.header.isChecked(),
            header_rows=self.header_rows.value() if self.header.isChecked() else 0,
        )


def _add(layout: QFormLayout, words: str, widget: QWidget) -> None:
    label = QLabel(words)
    label.setBuddy(widget)
    widget.setAccessibleName(words.replace("&", ""))
    layout.addRow(label, widget)


def _choice(*entries: tuple[str, str]) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    for text, value in entries:
        box.addItem(text, value)
    return box


def _set(box: QComboBox, value: str) -> None:
    at = box.findData(value)
    box.setCurrentIndex(at)
    if at < 0:
        box.setEditText(_NAMED.get(value, value))


def _value(box: QComboBox) -> str:
    text = box.currentText()
    at = box.findText(text)
    return str(box.itemData(at)) if at >= 0 else text.replace("\\t", "\t")


def _plain_name(encoding: str) -> str:
    return codecs.lookup(encoding).name
