"""The Credentials tab: profiles on the left; on the right one of them, and what a test found out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mcconsole.core import snippets
from mcconsole.core.errors import ConsoleError
from mcconsole.core.jobs import JobContext
from mcconsole.core.profiles import Profile, new_id
from mcconsole.features.credentials import service
from mcconsole.features.credentials.connector import Connector
from mcconsole.features.credentials.profile_form import ProfileForm
from mcconsole.features.credentials.profile_list import ProfileList
from mcconsole.features.credentials.report_view import ReportView
from mcconsole.features.credentials.service import Keeper, Report
from mcconsole.ui import icons, shortcuts, theme
from mcconsole.ui.copy_as import CopyAs
from mcconsole.ui.manifest import Tab
from mcconsole.ui.pages import Pages, heading
from mcconsole.ui.relay import Relay
from mcconsole.ui.state import AppState, Connection
from mcconsole.ui.widgets import at_most

TEST_KEY, KEEP_KEY, KEYCHAIN_KEY = "credentials.test", "credentials.keep", "credentials.keychain"
FORM_WIDTH = 620
SIDE_WIDTH = 300
WIDE = 1180


class CredentialsTab(Tab):
    """Edits profiles, tests them, connects with them."""

    def __init__(self, state: AppState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if not isinstance(state.connector, Connector):
            raise TypeError(state.connector)
        self._state = state
        self._connector = state.connector
        self._drafts: dict[str, dict[str, str]] = {}
        self._keychain_asked = False
        self.list = ProfileList()
        self.form = ProfileForm()
        self.title = heading("", 1.3)
        self.subtitle = QLabel()
        self.subtitle.setWordWrap(True)
        self.report = ReportView()
        self.pages = Pages(self.report)
        self.connect_button = self._button(self.tr("&Connect"), "connect", self.run)
        self.test_button = self._button(self.tr("Test c&onnection"), "check", self.test)
        self.save_button = self._button(self.tr("&Save"), "save", self.save)
        self.duplicate_button = self._button(self.tr("D&uplicate"), "copy", self.duplicate)
        self.delete_button = self._button(self.tr("&Delete"), "delete", self.ask_to_delete)
        self.new_button = self._button(self.tr("&New"), "add", self.new_profile)
        self.copy_as = CopyAs(self._token_call, self.tr("Copy request as"), self.tr("the request for an access token"))
        self.connect_button.setDefault(True)
        self._arrange()
        save = QShortcut(QKeySequence(shortcuts.SAVE), self)
        save.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        save.activated.connect(self.save)
        self.form.changed.connect(self._edited)
        self.list.chosen.connect(self._selected)
        state.profiles_changed.connect(self._fill)
        state.connection_changed.connect(self._connected)
        theme.changed.connect(self._fill)
        self._explain_test()
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the keychain when the tab is first seen: the question can take seconds, or open a window."""
        super().showEvent(event)
        if not self._keychain_asked:
            self._keychain_asked = True
            keeper = self._keeper
            self._state.runner.start(
                lambda _: keeper.keychain_state(),
                key=KEYCHAIN_KEY,
                label=self.tr("Looking for the keychain"),
                on_result=self.form.set_keychain,
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what a test found out beside the form, or below it where it is narrow."""
        super().resizeEvent(event)
        wide = self.width() >= WIDE
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    @property
    def profile(self) -> Profile | None:
        """The profile on the right; None for a new one."""
        return self.form.before

    @Slot()
    def refresh(self) -> None:
        """Read the profiles again."""
        self._connector.reload()

    @Slot()
    def run(self) -> None:
        """Connect, after saving what was changed."""
        if self.profile is not None and not self._dirty():
            self._connector.connect_profile(self.profile.id)
        else:
            self._keep(self._connector.connect_profile)

    @Slot()
    def save(self) -> None:
        """Keep the profile and its secret."""
        self._keep(None)

    @Slot()
    def new_profile(self) -> None:
        """Show an empty form."""
        self._show(None)
        self.form.focus("name")

    @Slot()
    def duplicate(self) -> None:
        """Make a copy, usually for another business unit."""
        if (profile := self.profile) is not None:
            keeper = self._keeper
            self._state.runner.start(
                lambda _: service.duplicate(keeper, profile, new_id()),
                key=KEEP_KEY,
                label=self.tr("Copying {}").format(profile.name),
                on_result=partial(self._kept, then=None),
                on_error=self._not_kept,
                uninterruptible=True,
            )

    @Slot()
    def test(self) -> None:
        """Find out what the credentials that are entered may do."""
        if self._complain():
            return
        values, before = self.form.values(), self.form.before
        job = partial(_test, keeper=self._keeper, values=values, before=before, connector=self._connector)
        task = self._state.runner.start(
            job,
            key=TEST_KEY,
            label=self.tr("Testing the connection"),
            on_result=self._tested,
            on_error=self._not_tested,
            on_cancelled=self._explain_test,
            on_progress=self.pages.show_progress,
        )
        if task is not None:
            self.pages.show_working(self.tr("Testing the connection"), task.cancel)

    @Slot()
    def ask_to_delete(self) -> QMessageBox | None:
        """Ask, then delete the profile and its secret."""
        profile = self.profile
        if profile is None:
            return None
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Delete profile"))
        box.setText(self.tr("Delete the profile “{}” and its client secret?").format(profile.name))
        box.setInformativeText(self.tr("Nothing changes in Marketing Cloud. This cannot be undone."))
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        delete.clicked.connect(Relay(partial(self._delete, profile), box).do)
        box.open()
        return box

    @property
    def _keeper(self) -> Keeper:
        return self._connector.keeper

    def _keep(self, then: Callable[[str], None] | None) -> None:
        if self._complain():
            return
        values, before, keeper = self.form.values(), self.form.before, self._keeper
        self._state.runner.start(
            lambda _: service.save(keeper, service.profile_from(values, before), values["secret"], before),
            key=KEEP_KEY,
            label=self.tr("Saving the profile"),
            on_result=partial(self._kept, then=then),
            on_error=self._not_kept,
            uninterruptible=True,
        )

    def _kept(self, profile: Profile, then: Callable[[str], None] | None) -> None:
        self._drafts.pop(profile.id, None)
        if self.form.before is None:
            self._drafts.pop("", None)
        self._state.messages.withdraw("profile")
        self._connector.limit(profile)
        connection = self._state.connection
        if then is None and connection is not None and connection.profile_id == profile.id:
            text = self.tr("Saved. The connection goes on as it was; connect again to use the changes.")
            self._state.messages.info(text, key="profile")
        self._show(profile, tested=True)
        self._connector.reload()
        self._select(profile.id)
        if then is not None:
            then(profile.id)

    def _not_kept(self, error: ConsoleError) -> None:
        self._state.show_error(error, key="profile")

    def _delete(self, profile: Profile) -> None:
        keeper = self._keeper
        self._state.runner.start(
            lambda _: service.delete(keeper, profile),
            key=KEEP_KEY,
            label=self.tr("Deleting {}").format(profile.name),
            on_result=partial(self._deleted, profile),
            on_error=self._not_kept,
            uninterruptible=True,
        )

    def _deleted(self, profile: Profile, left: str) -> None:
        connection = self._state.connection
        if connection is not None and connection.profile_id == profile.id:
            self._connector.disconnect_profile()
        if left:
            text = self.tr("The profile is deleted; its secret is still in the keychain: {}").format(left)
            self._state.messages.warning(text, key="profile")
        self._drafts.pop(profile.id, None)
        self._show(None)
        self._connector.reload()

    def _tested(self, report: Report) -> None:
        self.report.show_findings(report.findings)
        self.pages.show_content()

    def _not_tested(self, error: ConsoleError) -> None:
        self.pages.show_error(error, self.test)

    @Slot()
    def _explain_test(self) -> None:
        self.pages.show_empty(
            self.tr("Not tested yet"),
            self.tr(
                "A test asks for a token and says which tenant and business unit answer, what the package may do, and "
                "what is missing for each tab. It changes nothing."
            ),
            icon="connect",
        )

    def _complain(self) -> bool:
        problems = self.form.problems()
        if problems:
            self._state.messages.error(" ".join(problems), key="profile")
        return bool(problems)

    @Slot()
    def _edited(self) -> None:
        self._drafts[self._id()] = self.form.values()
        self._enable()

    def _id(self) -> str:
        return self.form.before.id if self.form.before is not None else ""

    def _dirty(self) -> bool:
        return self._id() in self._drafts

    @Slot()
    def _fill(self) -> None:
        chosen = self._id()
        connection = self._state.connection
        profiles = self._connector.all()
        self.list.fill(profiles, connection.profile_id if connection is not None else "")
        if not self._select(chosen):
            self._show(profiles[0] if profiles and not self._drafts.get("") else None)

    def _select(self, profile_id: str) -> bool:
        profile = self._connector.profile(profile_id)
        if profile is None:
            return False
        self.list.mark(profile_id)
        if profile != self.form.before:
            self._show(profile, tested=profile_id == self._id())
        self._enable()
        return True

    @Slot(str)
    def _selected(self, profile_id: str) -> None:
        self._show(self._connector.profile(profile_id))

    def _show(self, profile: Profile | None, *, tested: bool = False) -> None:
        """Show a profile; what a test found out goes, unless it was about this one."""
        self.form.show_profile(profile)
        if draft := self._drafts.get(self._id()):
            self.form.set_values(draft)
            self.form.explain()
        self.title.setText(profile.name if profile is not None else self.tr("New profile"))
        self.list.mark(self._id())
        if not tested and not any(task.key == TEST_KEY for task in self._state.runner.running()):
            self._explain_test()
        self._enable()

    def _enable(self) -> None:
        profile = self.profile
        kept = profile is not None and not self._connector.is_for_session(profile.id)
        given = profile is not None and not kept
        self.form.setEnabled(not given)
        self.subtitle.setVisible(given or profile is None)
        self.subtitle.setText(
            self.tr("This is the built-in sandbox tenant. It lives as long as this window.")
            if given
            else self.tr("Any Server-to-Server package will do. To look around without one, start mcconsole --sandbox.")
        )
        self.save_button.setEnabled(not given and self._dirty())
        self.duplicate_button.setEnabled(kept and not self._dirty())
        self.delete_button.setEnabled(kept)

    @Slot(object)
    def _connected(self, _: Connection | None) -> None:
        self._fill()

    def _button(self, text: str, icon: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        icons.follow(button, icon)
        button.clicked.connect(act)
        return button

    def _token_call(self) -> snippets.Call:
        return snippets.token_call(self.form.values()["account_id"].strip())

    def _arrange(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, buttons in (
            (first, (self.connect_button, self.test_button, self.save_button)),
            (second, (self.new_button, self.duplicate_button, self.delete_button)),
        ):
            row.setSpacing(8)
            for button in buttons:
                row.addWidget(button)
        first.addWidget(self.copy_as)
        first.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.setContentsMargins(16, 16, 8, 16)
        left.addWidget(self.list, 1)
        left.addLayout(second)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(SIDE_WIDTH)
        editor = QWidget()
        column = QVBoxLayout(editor)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for widget in (self.title, self.subtitle, self.form):
            column.addWidget(widget)
        column.addLayout(first)
        column.addStretch(1)
        found = QWidget()
        beside = QVBoxLayout(found)
        beside.setContentsMargins(16, 22, 16, 16)
        beside.addWidget(self.pages)
        middle = QWidget()
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, middle)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(0)
        self._sides.addWidget(at_most(FORM_WIDTH, editor), 5)
        self._sides.addWidget(at_most(FORM_WIDTH + 100, found), 4)
        self._sides.addStretch(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(middle)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(side)
        whole.addWidget(scroll, 1)


def _test(
    ctx: JobContext, *, keeper: Keeper, values: dict[str, str], before: Profile | None, connector: Connector
) -> Report:
    profile = service.profile_from(values, before)
    client = service.trial_client(keeper, profile, values["secret"], before, connector.log)
    try:
        return service.check_connection(ctx, client, profile.secret_place, profile.enterprise_id)
    finally:
        client.close()
