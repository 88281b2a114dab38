"""The form of one profile, with what is wrong said while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from mcconsole.core import allow_list
from mcconsole.core.errors import BadInput
from mcconsole.core.profiles import Profile
from mcconsole.core.tenant import Environment, Tenant, account_id_problem
from mcconsole.features.credentials.service import KEYCHAIN, SESSION
from mcconsole.ui import theme
from mcconsole.ui.form import Field, Form, FormWidget
from mcconsole.ui.theme import Tone


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProfileForm", text)


def form() -> Form:
    """The fields of a profile."""
    environments = tuple(
        (environment.value, theme.word(environment).capitalize(), theme.ENVIRONMENTS[environment].icon)
        for environment in Environment
    )
    return Form(
        (
            Field("name", _tr("Name"), required=True, placeholder=_tr("How you call it, such as “EMEA test”")),
            Field(
                "environment",
                _tr("Environment"),
                kind="choice",
                choices=environments,
                help=_tr("In production the console asks before it writes."),
            ),
            Field(
                "auth_url",
                _tr("Subdomain or URL"),
                required=True,
                placeholder=_tr("mc…, or any URL of the tenant"),
                help=_tr("Setup → Apps → Installed Packages → your package: any of its base URIs will do."),
            ),
            Field("client_id", _tr("Client id"), required=True),
            Field("secret", _tr("Client secret"), kind="secret"),
            Field(
                "account_id",
                _tr("MID"),
                placeholder=_tr("optional"),
                help=_tr("The business unit to act in; empty: the one that owns the package."),
            ),
            Field(
                "allow_list",
                _tr("Send only to"),
                placeholder=_tr("everybody, or ann@example.com, example.com"),
                help=_tr("Addresses and domains; neither a send nor an event goes to anybody else."),
            ),
            Field(
                "secret_place",
                _tr("Keep the secret"),
                kind="choice",
                choices=(
                    (KEYCHAIN, _tr("in the system keychain"), "lock"),
                    (SESSION, _tr("for this session only"), "clock"),
                ),
            ),
        )
    )


class ProfileForm(FormWidget):
    """Knows which inputs are right, and what each wants to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(form(), parent)
        self.before: Profile | None = None
        self._no_keychain: str | None = None
        self.changed.connect(self.explain)

    def show_profile(self, profile: Profile | None) -> None:
        """Fill the form from a profile, or empty it for a new one."""
        self.before = profile
        if profile is None:
            self.set_values({"secret_place": SESSION if self._no_keychain else KEYCHAIN})
        else:
            self.set_values(
                {
                    "name": profile.name,
                    "environment": profile.environment.value,
                    "auth_url": profile.tenant.subdomain or profile.auth_url,
                    "client_id": profile.client_id,
                    "account_id": profile.account_id,
                    "allow_list": ", ".join(profile.allow_list),
                    "secret_place": profile.secret_place,
                }
            )
        self.explain()

    def set_keychain(self, reason: str) -> None:
        """Tell whether the keychain works: "" or why not."""
        self._no_keychain = reason
        combo = self.rows["secret_place"].input
        if isinstance(combo, QComboBox) and isinstance(model := combo.model(), QStandardItemModel):
            model.item(combo.findData(KEYCHAIN)).setEnabled(not reason)
        if reason and self.before is None:
            self.rows["secret_place"].set_value(SESSION)
        self.explain()

    def problems(self) -> list[str]:
        """What keeps the profile from being saved."""
        values = self.values()
        found = [_tr("{} is missing.").format(label) for label in self.missing()]
        if not self._secret_given(values):
            found.append(_tr("The client secret is missing."))
        _, problem = _tenant(values["auth_url"])
        return [p for p in (*found, problem, account_id_problem(values["account_id"].strip()), _allowed(values)) if p]

    @Slot()
    def explain(self) -> None:
        """Say below each input what is right or wrong with it."""
        values = self.values()
        tenant, problem = _tenant(values["auth_url"])
        if tenant is not None:
            what = _tr("Subdomain {}").format(tenant.subdomain) if tenant.subdomain else _tr("A tenant on this machine")
            self.note("auth_url", what, Tone.SUCCESS)
            self.rows["auth_url"].setToolTip(_tr("Tokens are asked for at {}").format(tenant.auth_url))
        else:
            self.note("auth_url", problem, Tone.ERROR)
        wrong = account_id_problem(values["account_id"].strip())
        self.note("account_id", wrong, Tone.ERROR)
        self.note("allow_list", _allowed(values), Tone.ERROR)
        self._explain_secret(values)
        reason = self._no_keychain
        if reason:
            self.note("secret_place", _tr("Not in the keychain: {}").format(reason), Tone.WARNING)
        elif values["secret_place"] == SESSION:
            self.note("secret_place", _tr("It is forgotten when the program ends."))
        else:
            self.note("secret_place", _tr("It never stands in a file of mcconsole."))

    def _explain_secret(self, values: dict[str, str]) -> None:
        kept = self.before is not None and self._same_package(values)
        self.set_placeholder("secret", _tr("kept; leave empty to keep it") if kept else "")
        if self.before is not None and not kept and not values["secret"]:
            text = _tr("The tenant or the client id was changed: enter the secret again.")
            self.note("secret", text, Tone.WARNING)
        elif values["secret"] != values["secret"].strip():
            self.note("secret", _tr("There is a space at an end. Is it part of the secret?"), Tone.WARNING)
        else:
            self.note("secret", "")

    def _secret_given(self, values: dict[str, str]) -> bool:
        return bool(values["secret"]) or (self.before is not None and self._same_package(values))

    def _same_package(self, values: dict[str, str]) -> bool:
        tenant, _ = _tenant(values["auth_url"])
        before = self.before
        return (
            before is not None
            and (tenant.auth_url if tenant else "") == before.auth_url
            and values["client_id"].strip() == before.client_id
        )


def _allowed(values: dict[str, str]) -> str:
    """What is wrong with the allow-list, or ""."""
    try:
        allow_list.entries(values["allow_list"])
    except BadInput as error:
        return f"{error} {error.advice}"
    return ""


def _tenant(text: str) -> tuple[Tenant | None, str]:
    """The tenant that is meant, or the reason why it is refused; neither while nothing is entered."""
    if not text.strip():
        return None, ""
    try:
        return Tenant.from_text(text), ""
    except BadInput as error:
        return None, f"{error} {error.advice}".strip()
