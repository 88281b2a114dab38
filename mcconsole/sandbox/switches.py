"""What the reference leaves open, as data: every doubtful behaviour of the tenant, its choices and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """One behaviour that can be chosen. Without `choices` the value is a number of seconds."""

    name: str
    default: str | float
    choices: tuple[str, ...]
    confidence: str
    meaning: str


SWITCHES = (
    Switch(
        "events",
        "strict",
        ("strict", "silent"),
        "seed-only",
        "entry events with bad data or an inactive contact: refused, or accepted and lost",
    ),
    Switch("entry_delay", 1.0, (), "unverified", "seconds until a contact enters a journey"),
    Switch("event_field_case", "exact", ("exact", "ignore"), "seed-only", "case of field names in an event's Data"),
    Switch("unknown_event", "400", ("400", "404"), "seed-only", "status for an unknown EventDefinitionKey"),
    Switch("other_event_types", "refuse", ("refuse", "accept"), "unverified", "firing anything but an APIEvent"),
    Switch("row_without_journey", "store", ("store", "drop"), "unverified", "an event's row when nothing is published"),
    Switch("lost_event_trace", "history", ("history", "none"), "unverified", "what silent mode leaves of a lost event"),
    Switch("not_entered", "processed", ("processed", "errored"), "unverified", "async status of one not let in"),
    Switch("event_status_scope", "async", ("async", "all"), "unverified", "whose events /async/events/status lists"),
    Switch("journey_stay", 3600.0, (), "unverified", "seconds in a journey besides its waits; 0 leaves at once"),
    Switch("publish_delay", 0.2, (), "unverified", "seconds until a journey is published"),
    Switch("exit_delay", 0.2, (), "unverified", "seconds until a contact has left by contactexit"),
    Switch("history_delay", 0.0, (), "unverified", "seconds until journey history shows something"),
    Switch("history_contacts", "apply", ("apply", "ignore"), "observed", "contactKeys in a history search"),
    Switch(
        "history_entry",
        "typed",
        ("typed", "named", "none"),
        "unverified",
        "the line of an entry in journey history: a type that says so, only the event's name, or no such line",
    ),
    Switch("history_zone", "utc", ("utc", "server"), "unverified", "transactionTime: with Z, or server time without"),
    Switch(
        "event_status_items", "full", ("full", "ids"), "unverified", "items of /async/events/status: only their ids"
    ),
    Switch("journey_filters", "apply", ("apply", "ignore"), "observed", "filters in the list of journeys"),
    Switch("delivery_delay", 1.0, (), "unverified", "seconds until a send is reported as delivered"),
    Switch("record_delay", 0.2, (), "unverified", "seconds until deliveryRecords knows a send"),
    Switch("tracking_delay", 0.2, (), "unverified", "seconds until Sent, NotSent and BounceEvent show what happened"),
    Switch("unknown_definition", "400", ("400", "404"), "unverified", "status for a send to an unknown definition"),
    Switch(
        "refused_definition",
        "400",
        ("400", "202"),
        "unverified",
        "a send to a New, Canceled or Deleted definition: refused, or 202 with hasErrors",
    ),
    Switch(
        "subscriber_check", "accept", ("accept", "delivery"), "unverified", "when a triggered send's subscriber fails"
    ),
    Switch("failure_reasons", "shown", ("shown", "hidden"), "unverified", "subscriber codes behind 180008 in a 202"),
    Switch("send_attribute_case", "ignore", ("ignore", "exact"), "unverified", "case of attribute names in sends"),
    Switch(
        "refresh_while_active", "refuse", ("refuse", "ignore"), "unverified", "RefreshContent of an active definition"
    ),
    Switch("deleted_key", "free", ("free", "taken"), "unverified", "the key of a deleted send definition"),
    Switch("definition_key_filter", "apply", ("apply", "empty"), "observed", "definitions filtered by CustomerKey"),
    Switch("unknown_attributes", "error", ("error", "ignore"), "unverified", "names that a transactional send lacks"),
    Switch("duplicate_message", "400", ("400", "409"), "unverified", "status for a messageKey that was used before"),
    Switch(
        "dataeventsasync",
        "documented",
        ("documented", "seed"),
        "seed-only",
        'POST /hub/v1/dataeventsasync answers 202 "", or 202 with a requestId that has a status route',
    ),
    Switch("key_case", "ignore", ("ignore", "exact"), "unverified", "upper and lower case of external keys"),
    Switch("field_case", "ignore", ("ignore", "exact"), "unverified", "upper and lower case of field names in rows"),
    Switch("unknown_fields", "ignore", ("ignore", "error"), "unverified", "names in a row that the target lacks"),
    Switch("null_values", "accept", ("accept", "reject"), "observed", "null as a value in a sync row"),
    Switch("boolean_words", "accept", ("accept", "reject"), "unverified", "Yes and No as a Boolean"),
    Switch("number_decimals", "reject", ("reject", "round"), "unverified", "12.5 as a Number"),
    Switch("decimal_scale", "reject", ("reject", "round"), "unverified", "more decimals than a Decimal's scale"),
    Switch("empty_default", "null", ("null", "default"), "unverified", '"" for a field that has a default'),
    Switch("pickup_delay", 0.2, (), "unverified", "seconds in which a new job's status is not found"),
    Switch("processing_delay", 0.2, (), "unverified", "seconds at least from pick-up to Complete"),
    Switch("status_retention", 14400.0, (), "seed-only", "seconds for which status and results are kept"),
    Switch("results_paging", "one_page", ("one_page", "paged"), "observed", "all results at once, or 50 per page"),
    Switch(
        "result_messages", "plain", ("plain", "wrapped"), "documented", "resultMessages of /results as resultMessage"
    ),
    Switch("insert_duplicate", "row", ("row", "batch"), "unverified", "what fails with a duplicate key in an insert"),
    Switch("unknown_de_async", "400", ("400", "200"), "documented", "status for an unknown target of an async job"),
    Switch("unknown_de_read", "404", ("404", "400"), "unverified", "status for an unknown target of a row read"),
    Switch("cross_unit", "not_found", ("not_found", "403"), "seed-only", "an object of another business unit"),
    Switch("hub_missing_scope", "403", ("403", "401"), "observed", "answer of /hub routes to a missing scope"),
    Switch("wrong_account", "401", ("401", "400"), "unverified", "token for a unit the package is not enabled for"),
    Switch("oversize", "413", ("413", "400"), "unverified", "answer to a body beyond the limit"),
    Switch("bulk_ingest", "on", ("on", "off"), "observed", "whether the tenant has Bulk Data Ingest at all"),
    Switch("filter", "ignore", ("ignore", "apply"), "unverified", "$filter=Field eq 'x' when rows are read"),
    Switch("search_delay", 0.0, (), "observed", "seconds until a new data extension shows in REST search"),
)
_BY_NAME = {switch.name: switch for switch in SWITCHES}


class Switches:
    """The present values. `switches["filter"]` is a choice, `switches.seconds("pickup_delay")` a time."""

    def __init__(self, **initial: str | float) -> None:
        self._initial = {switch.name: switch.default for switch in SWITCHES}
        self._values = dict(self._initial)
        self.change(initial)
        self._initial = dict(self._values)

    def __getitem__(self, name: str) -> str:
        return str(self._values[name])

    def seconds(self, name: str) -> float:
        """Return a time in seconds."""
        return float(self._values[name])

    def change(self, values: dict[str, str | float]) -> None:
        """Set some switches, or none of them: raises ValueError that names the first wrong one."""
        for name, value in values.items():
            switch = _BY_NAME.get(name)
            if switch is None:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(_BY_NAME)}")
            if switch.choices and value not in switch.choices:
                raise ValueError(f"{name} is one of {', '.join(switch.choices)}")
            if not switch.choices and not _is_time(value):
                raise ValueError(f"{name} is a number of seconds, not negative")
        self._values.update(values)

    def reset(self) -> None:
        """Go back to what the tenant was started with."""
        self._values = dict(self._initial)

    def as_data(self) -> dict[str, str | float]:
        """Return every switch with its present value."""
        return dict(self._values)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
