"""Firing for many contacts over real HTTP: every contact has a verdict, and none is fired twice."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from mcconsole.api.client import Client
from mcconsole.api.retry import Limits
from mcconsole.core import guard
from mcconsole.core.checks import FaultyRows
from mcconsole.core.errors import BadInput, ConsoleError, Refused
from mcconsole.core.jobs import JobContext, Progress
from mcconsole.core.members import MemberJournal, MemberState
from mcconsole.core.running import Running
from mcconsole.core.tenant import Credentials
from mcconsole.features.journeys import contacts_file, many, run, situation
from mcconsole.features.journeys.run import Run
from mcconsole.features.journeys.verdict import Verdict
from tests.tenant import Tenant

HEADER = ("subscriber key", "EMAILADDRESS", "firstname")


@pytest.fixture
def client(tenant: Tenant) -> Iterator[Client]:
    tenant.switch(entry_delay=0)
    credentials, _ = Credentials.from_environment(tenant.environment())
    made = Client(credentials, feature="journeys", limits=Limits(base=0.01, longest=0.05))
    yield made
    made.close()


def contacts(path: Path, count: int, *, header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(header)
        for number in range(count):
            write([f"M-{number:04}", f"m{number}@example.com", f"Name {number}"])
    return path


def prepare(client: Client, path: Path, event: str = "APIEvent-welcome", budget: float | None = None) -> many.Prepared:
    known = situation.look(client, event)
    return many.prepare(JobContext(), client, contacts_file.plan(path, known), budget=budget)


Fire = Callable[..., Run]


@pytest.fixture
def fire(client: Client) -> Fire:
    def run(
        path: Path, event: str = "APIEvent-welcome", budget: float | None = 10, ctx: JobContext | None = None
    ) -> Run:
        return many.run(ctx or JobContext(), client, prepare(client, path, event, budget), budget=budget)

    return run


def taken(tenant: Tenant) -> Counter[str]:
    """How often the tenant took an event for each contact."""
    found: Counter[str] = Counter()
    for kind in ("processed", "errored", "queued"):
        for page in range(1, 100):
            path = f"interaction/v1/async/events/status?type={kind}&$page={page}&$pageSize=50"
            items = tenant.call("GET", path).json()["items"]
            found.update(item["contactKey"] for item in items)
            if not items:
                break
    return found


def test_all_enter_in_batches_of_a_hundred_with_names_mended(fire: Fire, tenant: Tenant, tmp_path: Path) -> None:
    result = fire(contacts(tmp_path / "c.csv", 230))
    assert (result.count(Verdict.ENTERED), result.not_sent, result.exit_code) == (230, 0, 0), result.lines()[:20]
    assert len(tenant.journal("/interaction/v1/async/events", "POST")) == 3
    assert set(taken(tenant).values()) == {1}
    stored = {row["subscriberkey"]: row for row in tenant.rows("APIEvent-welcome-entries")}
    assert stored["M-0229"]["firstname"] == "Name 229"
    found = result.as_json()
    listed = found["contacts"]
    assert isinstance(listed, list)
    assert [one["row"] for one in listed] == list(range(2, 232))
    assert all(one["event_instance_id"] and one["accepted"] for one in listed)
    assert json.dumps(found)


def test_without_looking_nothing_is_claimed(fire: Fire, tmp_path: Path) -> None:
    result = fire(contacts(tmp_path / "c.csv", 3), budget=None)
    assert (result.count(Verdict.NOT_CHECKED), result.exit_code) == (3, 0)


def test_an_error_stays_with_its_row(fire: Fire, tmp_path: Path) -> None:
    path = contacts(tmp_path / "c.csv", 3)
    path.write_text(path.read_text("utf-8").replace("M-0001", "C-1007"), "utf-8")
    result = fire(path)
    verdicts = {one.key: one.verdict for one in result.contacts}
    assert verdicts == {"M-0000": "entered", "C-1007": "not_entered", "M-0002": "entered"}
    assert "inactive" in result.contacts[1].reason
    assert result.exit_code == 1


def test_a_contact_twice_in_a_file_is_proven_twice_or_not(fire: Fire, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("SubscriberKey,EmailAddress\nM-1,a@example.com\nM-1,b@example.com\n", "utf-8")
    assert fire(path).count(Verdict.ENTERED) == 2
    once = fire(path, "APIEvent-first-purchase", budget=0.5)
    assert once.contacts[0].verdict == Verdict.ENTERED
    assert once.contacts[1].verdict != Verdict.ENTERED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SubscriberKey,EmailAddress\nM-1,a@example.com\nM-2,nobody\n", "row 3"),
        ("SubscriberKey,FirstName\nM-1,Ann\n", "EmailAddress"),
        ("EmailAddress,FirstName\na@example.com,Ann\n", "SubscriberKey"),
        ("SubscriberKey,EmailAddress,Contact Key\nM-1,a@example.com,M-2\n", "the contact key is M-2"),
    ],
)
def test_a_faulty_file_is_refused_whole(fire: Fire, tenant: Tenant, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput, match=words):
        fire(path)
    assert not tenant.journal("/interaction/v1/async", "POST")
    assert not list(many.RUNS.folder.glob("*"))


def test_every_fault_of_a_file_is_told_with_its_row(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    rows = [f"M-{number},nobody\n" for number in range(1500)]
    path.write_text("SubscriberKey,EmailAddress\n" + "".join(rows), "utf-8")
    with pytest.raises(FaultyRows, match=r"row 2, EmailAddress: .* \(and 1,495 more\)") as refused:
        prepare(client, path)
    assert (refused.value.count, len(refused.value.faults)) == (1500, FaultyRows.KEPT)
    assert [one.row for one in refused.value.faults[:3]] == [2, 3, 4]


def test_results_are_saved_as_a_table(fire: Fire, tmp_path: Path) -> None:
    found = fire(contacts(tmp_path / "c.csv", 2))
    saved = tmp_path / "results.csv"
    run.write_csv(found, saved)
    with saved.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(one["row"], one["contact_key"], one["accepted"], one["verdict"]) for one in rows] == [
        ("2", "M-0000", "yes", "entered"),
        ("3", "M-0001", "yes", "entered"),
    ]
    assert saved.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConsoleError, match="could not be saved"):
        run.write_csv(found, tmp_path / "nowhere" / "results.csv")


def test_how_far_a_run_is_adds_up_at_every_moment(client: Client, tmp_path: Path) -> None:
    told: list[Running] = []

    def note(progress: Progress) -> None:
        if isinstance(progress.detail, Running):
            told.append(progress.detail)

    path = contacts(tmp_path / "c.csv", 150)
    path.write_text(path.read_text("utf-8").replace("M-0001", "C-1007"), "utf-8")
    many.run(JobContext(note), client, prepare(client, path), budget=10)
    assert [one.fired for one in told][:3] == [0, 100, 150]
    assert {one.total for one in told} == {150}
    last = told[-1]
    assert (last.judged(Verdict.ENTERED), last.judged(Verdict.NOT_ENTERED)) == (149, 1)


def test_the_same_file_within_a_minute_is_refused(fire: Fire, tenant: Tenant, tmp_path: Path) -> None:
    path = contacts(tmp_path / "c.csv", 3)
    fire(path, budget=None)
    with pytest.raises(Refused, match="3 of the events"):
        fire(path, budget=None)
    assert set(taken(tenant).values()) == {1}


def test_a_thousand_contacts_with_resets_have_a_verdict_each_and_none_is_fired_twice(
    fire: Fire, tenant: Tenant, tmp_path: Path
) -> None:
    for number, kind in enumerate(("reset_before", "reset_after")):
        tenant.fail("/interaction/v1/async/events$", kind, method="POST", nth=3 + 3 * number)
        tenant.fail("/interaction/v1/", kind, probability=0.05, seed=number)
    result = fire(contacts(tmp_path / "c.csv", 1000), budget=4)
    tenant.heal()
    found = taken(tenant)
    assert set(found.values()) == {1}
    assert result.error is None
    assert sum(result.count(one) for one in Verdict if one is not Verdict.NOT_CHECKED) == 1000
    states = Counter(one.state for one in result.contacts)
    assert states[MemberState.UNKNOWN] > 0
    assert states[MemberState.ACCEPTED] > 0
    assert result.count(Verdict.ENTERED) == len(found)
    for one in result.contacts:
        if one.verdict == Verdict.ENTERED:
            assert found[one.key] == 1
        if one.state is MemberState.ACCEPTED:
            assert found[one.key] == 1
    assert {one["accepted"] for one in result.rows() if one["verdict"] == Verdict.ENTERED} == {True}


def test_a_cut_run_goes_on_and_what_was_on_its_way_is_never_repeated(
    client: Client, tenant: Tenant, tmp_path: Path
) -> None:
    """A kill between intent and answer is what the journal holds then: a batch that is `sending`."""
    prepared = prepare(client, contacts(tmp_path / "c.csv", 300), budget=3)
    tenant.fail("/interaction/v1/async/events", "status", status=403, nth=2, times=1)
    first = many.run(JobContext(), client, prepared, budget=3)
    assert (first.error is not None, first.not_sent) == (True, 200)
    with MemberJournal(prepared.folder) as journal:
        batch = journal.planned()[0]
        assert journal.begin(batch, {})
        assert not journal.begin(batch, {})
    again = many.resume(JobContext(), client, prepared.fire_id, budget=1)
    assert again.finished
    assert again.not_sent == 0
    assert Counter(one.state for one in again.contacts) == {MemberState.ACCEPTED: 200, MemberState.UNKNOWN: 100}
    assert (again.count(Verdict.ENTERED), again.count(Verdict.NOT_PROVEN)) == (200, 100)
    assert again.exit_code == 3
    assert len(taken(tenant)) == 200
    told = many.resume(JobContext(), client, prepared.fire_id)
    assert told.as_json() == again.as_json()


def test_an_old_membership_proves_nothing_where_nobody_looked_before(
    client: Client, tenant: Tenant, tmp_path: Path
) -> None:
    path = tmp_path / "c.csv"
    path.write_text("SubscriberKey,EmailAddress\nC-1002,a@example.com\n", "utf-8")
    prepared = prepare(client, path, "APIEvent-loyalty")
    tenant.fail("/interaction/v1/async/events", "status", status=403, nth=1)
    assert many.run(JobContext(), client, prepared).not_sent == 1
    with MemberJournal(prepared.folder) as journal:
        assert journal.begin(1, {})
    again = many.resume(JobContext(), client, prepared.fire_id, budget=0.2)
    assert (again.count(Verdict.ENTERED), again.exit_code) == (0, 3)


def test_cancelling_sends_no_more_and_frees_what_never_left(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    def stop(progress: Progress) -> None:
        if progress.note.startswith("100 of"):
            ctx.cancel()

    ctx = JobContext(stop)
    prepared = prepare(client, contacts(tmp_path / "c.csv", 250))
    result = many.run(ctx, client, prepared)
    assert (result.cancelled, result.exit_code) == (True, 130)
    assert result.not_sent in (50, 150)
    rest = many.resume(JobContext(), client, prepared.fire_id)
    assert (rest.not_sent, rest.exit_code) == (0, 0)
    assert set(taken(tenant).values()) == {1}


def test_one_run_is_run_by_one_process_only(client: Client, tmp_path: Path) -> None:
    prepared = prepare(client, contacts(tmp_path / "c.csv", 2))
    with (
        MemberJournal(prepared.folder) as journal,
        journal.alone(),
        pytest.raises(Refused, match="another process"),
    ):
        many.run(JobContext(), client, prepared)


def test_a_run_of_another_tenant_is_refused(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    prepared = prepare(client, contacts(tmp_path / "c.csv", 2))
    with pytest.raises(BadInput, match="never started"):
        many.resume(JobContext(), client, prepared.fire_id)
    with MemberJournal(prepared.folder) as journal:
        journal.note(started="2026-01-01T00:00:00+00:00", account_id="1")
    with pytest.raises(BadInput, match="belongs to"):
        many.resume(JobContext(), client, prepared.fire_id)
    with pytest.raises(BadInput, match="no run"):
        many.resume(JobContext(), client, "../fires")


def test_runs_are_listed_newest_first(fire: Fire, tmp_path: Path) -> None:
    fire(contacts(tmp_path / "a.csv", 2), budget=None)
    fire(contacts(tmp_path / "b.csv", 3), "APIEvent-trial-reminder")
    listed = many.listed()
    assert [Path(str(one["file"])).name for one in listed] == ["b.csv", "a.csv"]
    assert (listed[0]["contacts"], listed[0]["entered"], listed[0]["state"]) == (3, 3, "finished")
    for one in listed:
        assert one["contacts"] == sum(
            int(str(one[name])) for name in (*(verdict.value for verdict in Verdict), "not_sent")
        )


def test_the_guard_forgets_after_a_minute_and_holds_no_data(home: Path) -> None:
    one = guard.fingerprint("event", "M-1", {"a": 1})
    assert guard.claim([one], now=1000.0) == []
    assert guard.claim([one], now=1059.0) == [one]
    assert guard.claim([one, one], now=5000.0) == [one]
    assert guard.claim([one], now=1061.0) == []
    assert b"M-1" not in (home / "guard.sqlite").read_bytes()


def test_the_allow_list_holds_for_every_row(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    client.allow_list = ("example.org",)
    with pytest.raises(FaultyRows, match=r"row 2, EmailAddress: m0@example\.com is not on the allow-list"):
        prepare(client, contacts(tmp_path / "c.csv", 2))
    assert not tenant.journal("/interaction/v1/async/events", "POST")


def add_field(tenant: Tenant) -> None:
    inner = "<CustomerKey>APIEvent-welcome-entries</CustomerKey>"
    inner += "<Fields><Field><Name>Shoe</Name><FieldType>Text</FieldType></Field></Fields>"
    tenant.write("Update", "DataExtension", inner)


def test_fields_that_changed_since_the_check_keep_the_run_back(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    prepared = prepare(client, contacts(tmp_path / "c.csv", 3))
    add_field(tenant)
    with pytest.raises(many.FieldsChanged, match="have changed since the rows were checked"):
        many.run(JobContext(), client, prepared)
    tenant.write("Delete", "DataExtension", "<CustomerKey>APIEvent-welcome-entries</CustomerKey>")
    with pytest.raises(BadInput, match="not known"):
        many.run(JobContext(), client, prepared)
    assert not tenant.journal("/interaction/v1/async/events", "POST")
    assert many.listed() == []


def test_a_run_goes_on_only_while_what_is_left_fits_the_fields(client: Client, tenant: Tenant, tmp_path: Path) -> None:
    tenant.fail("/interaction/v1/async/events", "status", method="POST", status=403, nth=2)
    cut = many.run(JobContext(), client, prepare(client, contacts(tmp_path / "c.csv", 150)))
    assert cut.not_sent == 50
    with closing(sqlite3.connect(many.RUNS.folder / cut.fire_id / "journal.sqlite", isolation_level=None)) as journal:
        journal.execute("UPDATE members SET data = replace(data, 'EmailAddress', 'Mail') WHERE row = 140")
    with pytest.raises(many.FieldsChanged, match=r"row 140 was checked against: “Mail” is no field"):
        many.resume(JobContext(), client, cut.fire_id)
    assert many.told(cut.fire_id).not_sent == 50
    assert len(tenant.journal("/interaction/v1/async/events", "POST")) == 2


def test_a_damaged_journal_is_told_in_words(fire: Fire, client: Client, tmp_path: Path) -> None:
    fire_id = fire(contacts(tmp_path / "c.csv", 1), budget=None).fire_id
    (many.RUNS.folder / fire_id / "journal.sqlite").write_bytes(b"damaged" * 200)
    for read in (many.told, lambda one: many.resume(JobContext(), client, one)):
        with pytest.raises(BadInput, match="cannot be read"):
            read(fire_id)
