"""Make the README's screenshots: `xvfb-run -s '-screen 0 1600x1000x24' python docs/screenshots.py`.

The window runs on the sandbox tenant with a made-up file, so that anybody can make them again.
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

HERE = Path(__file__).parent
SIZE = (1280, 860)
NAMES = ("Zoë", "Anna", "José", "Łukasz", "Aisha", "Bjørn")
HEADER = (
    "customerkey", "E-mail address", "First name", "LASTNAME", "birthday", "Phon", "points", "Newsletter",
    "Order total", "internal note",
)  # fmt: skip


def write_customers(path: Path) -> None:
    """A file as people export it: semicolons, decimal commas, dates that can be read two ways, a few bad cells."""
    chance = random.Random(3)  # noqa: S311  (not a secret: the pictures should look alike each time)
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADER)
        for n in range(2400):
            address = f"person{n}@example.com" if n % 97 else "not an address"
            birthday = f"{1 + n % 12:02}/{1 + n % 11:02}/19{70 + n % 30}"
            points = str(n) if n % 200 else "12.5"
            total = f"{n / 7:.2f}".replace(".", ",")
            name, wanted = chance.choice(NAMES), chance.choice(("yes", "no"))
            note = "called twice,\nleft a message" if n % 5 == 0 else ""
            out.writerow((f"N-{n:05}", address, name, "Müller", birthday, "+49 30 12345", points, wanted, total, note))


def wait(condition: Callable[[], object], seconds: float = 60) -> None:
    """Let the window live until something is so."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def main(home: Path) -> None:
    """Walk through the program and take a picture where the README shows one."""
    from PySide6.QtCore import QItemSelectionModel, Qt
    from PySide6.QtWidgets import QWidget

    from mcconsole import app
    from mcconsole.features.imports.tab import ImportsTab
    from mcconsole.features.journeys.tab import JourneysTab
    from mcconsole.features.responses.tab import ResponsesView
    from mcconsole.features.sends.tab import SendsTab
    from mcconsole.ui import theme
    from mcconsole.ui.mapping.models import Part

    program = app.Program(sandbox=True, remember=False)
    theme.apply(theme.Scheme.LIGHT)
    window, runner = program.window, program.state.runner

    def idle() -> bool:
        return not runner.running()

    def shoot(name: str, widget: QWidget = window) -> None:
        until = time.monotonic() + 0.5
        wait(lambda: time.monotonic() > until)
        widget.grab().save(str(HERE / f"{name}.png"), quality=0)

    window.resize(*SIZE)
    window.show()
    dock = window.docks["responses"]
    dock.hide()
    program.connector.reload()
    program.begin_sandbox()
    wait(lambda: program.state.connection is not None and idle())

    window.show_tab("credentials")
    window.tab("credentials").test()  # type: ignore[attr-defined]
    wait(idle)
    shoot("credentials")

    window.show_tab("journeys")
    journeys = cast(JourneysTab, window.tab("journeys"))
    wait(lambda: idle() and journeys.draft.catalog.complete)
    shoot("journeys-find")
    journeys.finder.search.setText("order confirmation")
    journeys.finder.take()
    wait(lambda: idle() and journeys.draft.situation is not None)
    one = journeys.work.one
    one.contact.setText("QA-1042")
    order = {"OrderNumber": "A-5521", "EmailAddress": "zoe@example.com", "FirstName": "Zoë", "OrderTotal": "129.90"}
    one.editor.set_data({"SubscriberKey": "QA-1042", **order})
    wait(lambda: idle() and one.checked is not None)
    journeys.run()
    wait(lambda: idle() and one.verdict.receipt is not None)
    shoot("journeys-verdict")

    window.show_tab("sends")
    sends = cast(SendsTab, window.tab("sends"))
    wait(lambda: idle() and sends.draft.listing is not None)
    shoot("sends-list")
    sends.list.search.setText("order confirmation")
    sends.list.take()
    wait(lambda: idle() and sends.draft.situation is not None)
    sends.work.one.form.address.setText("zoe@example.com")
    sends.work.one.form.subscriber.setText("QA-1042")
    sends.work.one.form.editor.set_data(
        {**(sends.work.one.form.editor.data() or {}), **order, "SubscriberKey": "QA-1042"}
    )
    wait(lambda: idle() and sends.work.one.checked is not None)
    sends.run()
    wait(lambda: idle() and sends.work.one.sent.receipt is not None)
    shoot("sends-sent")

    window.show_tab("imports")
    tab = cast(ImportsTab, window.tab("imports"))
    path = home / "Exports" / "customers 2026-11.csv"
    path.parent.mkdir()
    write_customers(path)
    tab.open_file(path)
    wait(lambda: idle() and tab.main.isEnabled())
    tab.run()
    wait(idle)
    tab.target.search.setText("customers")
    tab.target._choose_first()
    wait(lambda: idle() and tab.draft.matching is not None)
    tab.run()
    wait(idle)
    shoot("import-map")

    tab.map.pane._accept()
    tab.map.pane.model.setData(tab.map.pane.model.index(8, Part.FIELD), "LastOrderTotal")
    tab.map.pane.model.setData(tab.map.pane.model.index(8, Part.FORMAT), ",")
    for question in tab.draft.matching.questions() if tab.draft.matching else ():
        tab.map.pane._answer(question.field, "MM/DD/YYYY")
    tab.run()
    wait(lambda: idle() and tab.draft.prepared is not None)
    tab.check.skip.click()
    tab.check.browser.reason_table.selectRow(1)
    wait(idle)
    shoot("import-check")

    tab.run()
    tab.run()
    wait(lambda: idle() and tab.draft.result is not None)
    shoot("import-result")

    dock.show()
    window.resizeDocks([dock], [SIZE[1] // 2], Qt.Orientation.Vertical)
    calls = cast(ResponsesView, dock.widget())
    wait(lambda: idle() and calls.model.line(0) is not None)
    calls.table.selectRow(0)
    export = calls.handing.export_chosen()
    if export is not None:
        wait(lambda: idle() and export.save.isEnabled())
        shoot("export", export)
        export.reject()
    calls.filter.text.setText("contactMembership")
    wait(lambda: idle() and calls.model.query.filtered and calls.model.line(0) is not None)
    calls.table.selectRow(0)
    wait(lambda: idle() and calls.detail.hand_on.exchange is not None)
    shoot("responses")
    last = calls.model.index(calls.model.rowCount() - 1, 0)
    flag = QItemSelectionModel.SelectionFlag
    calls.table.selectionModel().select(last, flag.Select | flag.Rows)
    compare = calls.handing.compare_chosen()
    if compare is not None:
        wait(lambda: idle() and compare.pages.currentWidget() is compare.pages.content)
        shoot("compare", compare)
        compare.reject()
    window.close()
    wait(idle)
    program.finish()


if __name__ == "__main__":  # the reader process imports this file too
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # paths are shown as below ~
        os.environ["MCCONSOLE_HOME"] = str(Path(folder) / ".mcconsole")
        main(Path(folder))
