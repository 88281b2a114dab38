"""The shared parts: settings, banners, pages, tables, forms, colours, icons, what the system lacks."""

from __future__ import annotations

import gc
import json
import stat
import threading
import weakref
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QObject, QSize, Qt
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from mcconsole.core import paths
from mcconsole.core.errors import Rejected
from mcconsole.core.jobs import Progress
from mcconsole.ui import icons, system, theme
from mcconsole.ui.banner import SHOWN_LIMIT, Banner, BannerArea, BannerWidget, Messages
from mcconsole.ui.feed import Feed
from mcconsole.ui.form import Field, Form, FormWidget
from mcconsole.ui.pages import TEXT_WIDTH, Pages
from mcconsole.ui.relay import Relay
from mcconsole.ui.settings import Settings
from mcconsole.ui.state import AppState
from mcconsole.ui.table import FilterProxy, TableView
from mcconsole.ui.theme import Scheme, Tone


class Counter(QObject):
    count = 0

    def add(self, number: int = 1) -> None:
        self.count += number


def test_a_relay_does_not_keep_whom_it_calls(qtbot: QtBot) -> None:
    parent, counter = QObject(), Counter()
    relays = Relay(counter.add, parent), Relay(partial(counter.add, 2), parent)
    for relay in relays:
        relay.do()
    assert counter.count == 3
    gone = weakref.ref(counter)
    del counter
    gc.collect()
    assert gone() is None
    for relay in relays:
        relay.do()


def test_settings_survive_and_are_private(home: Path) -> None:
    path = home / "settings.json"
    Settings(path).set(theme="dark", recent=["ä"])
    again = Settings(path)
    assert again.text("theme") == "dark"
    assert again.texts("recent") == ["ä"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"schema_version": 99, "values": {}}', b"\xff\xfe"])
def test_damaged_settings_are_set_aside(home: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = home / "settings.json"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.text("theme", "system") == "system"
    assert (home / "settings.damaged.json").read_bytes() == content
    assert "set aside" in caplog.text
    settings.set(theme="light")
    assert json.loads(path.read_bytes())["values"] == {"theme": "light"}


def test_recent_entries_are_few_and_once() -> None:
    settings = Settings(None)
    for entry in [*map(str, range(20)), "15"]:
        settings.add_recent("files", entry)
    assert settings.texts("files") == ["15", "19", "18", "17", "16", "14", "13", "12", "11", "10"]


def test_a_banner_replaces_the_one_with_its_key(qtbot: QtBot) -> None:
    messages = Messages()
    area = BannerArea(messages)
    qtbot.addWidget(area)
    messages.info("one", key="a")
    messages.warning("two")
    messages.error("three", said="No.", key="a")
    assert [banner.text for banner in area.banners()] == ["three", "two"]
    messages.withdraw("a")
    assert [banner.text for banner in area.banners()] == ["two"]
    for number in range(10):
        messages.info(str(number))
    assert [banner.text for banner in area.banners()] == ["6", "7", "8", "9"]
    assert len(area.banners()) == SHOWN_LIMIT


def test_a_banner_acts_and_goes(qtbot: QtBot) -> None:
    messages = Messages()
    area = BannerArea(messages)
    qtbot.addWidget(area)
    done: list[str] = []
    messages.post(Banner(Tone.ERROR, "It failed", actions=(("Try again", lambda: done.append("again")),)))
    button = next(b for b in area.findChildren(QPushButton) if b.text() == "Try again")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["again"]
    assert area.banners() == []


def test_a_banner_never_takes_text_for_html(qtbot: QtBot) -> None:
    shown = BannerWidget(Banner(Tone.ERROR, "<b>x</b>", said="<img src=y>"))
    qtbot.addWidget(shown)
    assert {label.textFormat() for label in shown.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}


def test_pages_say_what_happened_and_what_to_do(qtbot: QtBot) -> None:
    pages = Pages(QWidget())
    qtbot.addWidget(pages)
    pages.show()
    tried: list[str] = []
    error = Rejected("The list was not read.", status=403, said="Insufficient privileges", advice="Add the scope.")
    pages.show_error(error, lambda: tried.append("again"))
    words = [label.text() for label in pages.notice.findChildren(QLabel) if label.isVisible()]
    assert "The list was not read." in words
    assert "Marketing Cloud says: “Insufficient privileges”" in words
    assert "Add the scope." in words
    button = next(b for b in pages.findChildren(QPushButton) if b.text() == "Try again" and b.isVisible())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert tried == ["again"]


def test_the_working_page_counts_and_cancels(qtbot: QtBot) -> None:
    pages = Pages(QWidget())
    qtbot.addWidget(pages)
    pages.show()
    cancelled: list[int] = []
    for _ in range(2):
        pages.show_working("Reading", lambda: cancelled.append(1))
    pages.show_progress(Progress(3_000_000_000, 4_000_000_000, "3 of 4 GB"))
    assert pages.working.bar.value() == 750
    assert pages.working.note.text() == "3 of 4 GB"
    QTest.mouseClick(pages.working.cancel, Qt.MouseButton.LeftButton)
    assert cancelled == [1]


def test_a_long_sentence_on_the_working_page_is_whole(qtbot: QtBot) -> None:
    pages = Pages(QWidget())
    qtbot.addWidget(pages)
    pages.resize(900, 600)
    pages.show()
    pages.show_working("Checking every row of the customers of November.csv; nothing is sent")
    pages.show_progress(Progress(1, 2, "a note of many words, " * 8))
    qtbot.waitUntil(lambda: pages.working.note.height() >= pages.working.note.heightForWidth(TEXT_WIDTH))
    for label in (pages.working.text, pages.working.note):
        assert label.height() >= label.heightForWidth(label.width())


def test_where_nothing_opens_a_file_it_is_said_where_it_is(state: AppState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: False)
    told: list[Banner] = []
    state.messages.posted.connect(told.append)
    state.open_path(Path("/exports/customers.failed.csv"))
    assert [(banner.text, banner.advice) for banner in told] == [
        ("Nothing on this computer opens customers.failed.csv.", "It is at /exports/customers.failed.csv.")
    ]


def table(qtbot: QtBot) -> tuple[TableView, FilterProxy]:
    model = QStandardItemModel(0, 2)
    for name, count in (("Customers", "12"), ("Orders", "007"), ("Customer notes", "3")):
        model.appendRow([QStandardItem(name), QStandardItem(count)])
    proxy = FilterProxy(model)
    view = TableView(proxy, name="Rows", cells=True)
    model.setParent(view)
    proxy.setParent(view)
    qtbot.addWidget(view)
    view.show()
    return view, proxy


def test_a_table_copies_what_is_chosen(qtbot: QtBot) -> None:
    view, proxy = table(qtbot)
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Customers\t12\nOrders\t007\nCustomer notes\t3"
    view.selectionModel().select(proxy.index(1, 1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    view.copy()
    assert QGuiApplication.clipboard().text() == "007"


def test_every_word_of_a_filter_counts(qtbot: QtBot) -> None:
    view, proxy = table(qtbot)
    proxy.set_filter("cust NOTES")
    assert [view.model().index(row, 0).data() for row in range(proxy.rowCount())] == ["Customer notes"]


def test_return_activates_a_row(qtbot: QtBot) -> None:
    view, proxy = table(qtbot)
    view.setCurrentIndex(proxy.index(1, 0))
    with qtbot.waitSignal(view.activated_row) as activated:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert activated.args[0].row() == 1


FORM = Form(
    (
        Field("name", "Name", required=True, help="As you like."),
        Field("kind", "Kind", kind="choice", choices=(("a", "First", ""), ("b", "Second", ""))),
        Field("secret", "Secret", kind="secret"),
    )
)


def test_a_form_is_its_fields(qtbot: QtBot) -> None:
    form = FormWidget(FORM)
    qtbot.addWidget(form)
    assert form.missing() == ["Name"]
    form.set_values({"name": "x", "kind": "b"})
    assert form.values() == {"name": "x", "kind": "b", "secret": ""}
    with qtbot.waitSignal(form.changed) as changed:
        QTest.keyClicks(form.rows["secret"].input, "s")
    assert changed.args == ["secret"]
    assert [row.input.accessibleName() for row in form.rows.values()] == ["Name", "Kind", "Secret"]
    form.note("name", "Too long.", Tone.ERROR)
    assert form.rows["name"].input.accessibleDescription() == "Too long."


def contrast(one: QColor, other: QColor) -> float:
    def light(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("tone", list(Tone))
def test_words_can_be_read_on_every_ground(qtbot: QtBot, scheme: Scheme, tone: Tone) -> None:
    theme.apply(scheme)
    palette = QGuiApplication.palette()
    for ground in (theme.wash(tone), palette.window().color(), palette.base().color()):
        assert contrast(theme.ink(tone), ground) >= 4.5
    assert contrast(palette.windowText().color(), theme.wash(tone)) >= 7
    theme.apply(Scheme.SYSTEM)


def test_the_theme_reaches_what_is_there_already(qtbot: QtBot) -> None:
    theme.apply(Scheme.LIGHT)
    label, button = QLabel("x"), QPushButton()
    qtbot.addWidget(label)
    qtbot.addWidget(button)
    theme.tint(label, Tone.ERROR)
    icons.follow(button, "run")
    before = button.icon().pixmap(QSize(24, 24)).toImage()
    theme.apply(Scheme.DARK)
    assert theme.is_dark()
    assert label.palette().windowText().color() == theme.ink(Tone.ERROR)
    assert button.icon().pixmap(QSize(24, 24)).toImage() != before
    theme.apply(Scheme.SYSTEM)


def test_an_empty_mark_is_seen_in_the_dark(qtbot: QtBot) -> None:
    marks = QRadioButton(), QCheckBox()
    for mark in marks:
        qtbot.addWidget(mark)
    theme.apply(Scheme.DARK)
    for mark in marks:
        palette = QApplication.palette(mark)
        assert contrast(palette.base().color(), palette.window().color()) >= 3
        assert contrast(palette.base().color(), palette.text().color()) >= 3
    theme.apply(Scheme.LIGHT)
    for mark in marks:
        assert QApplication.palette(mark).base().color() == QGuiApplication.palette().base().color()
    theme.apply(Scheme.SYSTEM)


@pytest.mark.parametrize("path", sorted((paths.resources() / "icons").glob("*.svg")), ids=lambda p: p.stem)
def test_every_icon_draws_something(qtbot: QtBot, path: Path) -> None:
    image = icons.pixmap(path.stem, 24).toImage()
    alphas = {image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height())}
    assert max(alphas) > 200
    assert min(alphas) == 0


def test_a_feed_bundles_what_many_threads_put(qtbot: QtBot) -> None:
    feed = Feed()
    bundles: list[list[object]] = []
    feed.arrived.connect(bundles.append)

    def put(start: int) -> None:
        for number in range(start, start + 2500):
            feed.put(number)

    threads = [threading.Thread(target=put, args=(n * 2500,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: sum(map(len, bundles)) == 10_000)
    assert sorted(number for bundle in bundles for number in bundle) == list(range(10_000))  # type: ignore[type-var]
    assert len(bundles) < 50
    feed.put("later")
    qtbot.waitUntil(lambda: bundles[-1] == ["later"])


DESKTOP = {"DISPLAY": ":0"}


def test_nothing_is_missing_where_everything_loads() -> None:
    assert system.problem(DESKTOP, platform="linux", loads=lambda library: True) == ""
    assert system.problem({}, platform="darwin", loads=lambda library: False) == ""
    assert system.problem({}, platform="linux", loads=lambda library: True, off_screen=True) == ""


def test_missing_libraries_are_named_in_one_sentence() -> None:
    problem = system.problem(
        DESKTOP, platform="linux", loads=lambda library: "cursor" not in library and "EGL" not in library
    )
    assert problem.endswith("apt-get install libegl1 libxcb-cursor0")
    off_screen = system.problem({"QT_QPA_PLATFORM": "offscreen"}, platform="linux", loads=lambda library: False)
    assert "libegl1" in off_screen
    assert "libxcb-cursor0" not in off_screen


def test_a_missing_screen_is_named() -> None:
    assert "no screen" in system.problem({}, platform="linux", loads=lambda library: True)
