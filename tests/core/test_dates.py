"""Dates: the formats that are read, the one form that is sent, and what asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mcconsole.core import dates
from mcconsole.core.dates import DateRule, UnclearTime, detect_date, sender


@pytest.mark.parametrize(
    ("form", "zone", "text", "sent"),
    [
        ("ISO 8601", "platform", "1980-02-29", "1980-02-29"),
        ("ISO 8601", "+14:00", "1980-02-29", "1980-02-29"),
        ("ISO 8601", "platform", "2024-07-01T10:20", "2024-07-01T10:20:00-06:00"),
        ("ISO 8601", "platform", "2024-01-01 10:20:30", "2024-01-01T10:20:30-06:00"),
        ("ISO 8601", "Europe/Berlin", "2024-07-01T10:20:30", "2024-07-01T10:20:30+02:00"),
        ("ISO 8601", "Europe/Berlin", "2024-01-01T10:20:30", "2024-01-01T10:20:30+01:00"),
        ("ISO 8601", "Europe/Berlin", "2024-01-01T10:20:30-0330", "2024-01-01T10:20:30-03:30"),
        ("ISO 8601", "Europe/Berlin", "2024-01-01t10:20:30z", "2024-01-01T10:20:30+00:00"),
        ("ISO 8601", "UTC", "2024-01-01T10:20:30.1239", "2024-01-01T10:20:30.123+00:00"),
        ("ISO 8601", "+05:30", "2024-01-01T10:20:30,5", "2024-01-01T10:20:30.500+05:30"),
        ("YYYY-MM-DD", "platform", "2024-3-1", "2024-03-01"),
        ("DD.MM.YYYY", "platform", "1.3.2024", "2024-03-01"),
        ("MM/DD/YYYY", "platform", "01/03/2024", "2024-01-03"),
        ("DD/MM/YYYY", "platform", "01/03/2024", "2024-03-01"),
        ("YYYYMMDD", "platform", "20240301", "2024-03-01"),
        ("DD-MMM-YYYY", "platform", "03-JAN-2024", "2024-01-03"),
        ("DD.MM.YY", "platform", "01.02.68", "2068-02-01"),
        ("DD.MM.YY", "platform", "01.02.69", "1969-02-01"),
        ("MM/DD/YYYY hh:mm:ss A", "platform", "6/23/2024 12:00:00 AM", "2024-06-23T00:00:00-06:00"),
        ("MM/DD/YYYY hh:mm A", "UTC", "6/23/2024 12:05 pm", "2024-06-23T12:05:00+00:00"),
        ("DD.MM.YYYY HH:mm", "UTC", "23.6.2024 7:05", "2024-06-23T07:05:00+00:00"),
        ("YYYYMMDDTHHmmssZ", "platform", "20240102T030405+0200", "2024-01-02T03:04:05+02:00"),
        ("DD.MM.YYYY HH:mm:ss.SSS", "UTC", "01.02.2024 03:04:05.6", "2024-02-01T03:04:05.600+00:00"),
        # Local mean time had seconds in its offset, which ISO 8601 cannot say: the same moment is sent in UTC.
        ("ISO 8601", "Europe/Berlin", "1850-01-01T12:00", "1850-01-01T11:06:32+00:00"),
    ],
)
def test_what_is_sent(form: str, zone: str, text: str, sent: str) -> None:
    assert sender(DateRule(form, zone))(text) == sent


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ISO 8601", "2023-02-29"),
        ("ISO 8601", "2023-13-01"),
        ("ISO 8601", "0000-01-01"),
        ("ISO 8601", "1752-12-31"),
        ("ISO 8601", "1753-01-01T00:00Z"),
        ("ISO 8601", "9999-12-31T23:00-14:00"),
        ("ISO 8601", "10000-01-01"),
        ("ISO 8601", "2024-1-1"),
        ("ISO 8601", "20240101"),
        ("ISO 8601", "2024-W01-1"),
        ("ISO 8601", "2024-01-01T"),
        ("ISO 8601", "2024-01-01T24:00"),
        ("ISO 8601", "2024-01-01T10:60"),
        ("ISO 8601", "2024-01-01T10:00:60"),
        ("ISO 8601", "2024-01-01T10:00+15:00"),
        ("ISO 8601", "2024-01-01T10:00+01:75"),
        ("ISO 8601", "٢٠٢٤-01-01"),
        ("DD.MM.YYYY", "2024-01-02"),
        ("DD.MM.YYYY", "31.04.2024"),
        ("DD.MM.YYYY", "01.02.2024 10:00"),
        ("MM/DD/YYYY", "31/12/2024"),
        ("MM/DD/YYYY hh:mm A", "1/2/2024 13:00 PM"),
        ("MM/DD/YYYY hh:mm A", "1/2/2024 0:00 AM"),
        ("YYYYMMDD", "2024111"),
    ],
)
def test_what_does_not_exist_is_refused(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        sender(DateRule(form))(text)


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(ValueError, match="does not exist in Europe/Berlin"):
        sender(DateRule(zone="Europe/Berlin"))("2024-03-31T02:30")


def test_a_time_that_the_clocks_show_twice_is_refused_unless_it_has_its_offset() -> None:
    send = sender(DateRule(zone="Europe/Berlin"))
    with pytest.raises(UnclearTime, match="twice in Europe/Berlin"):
        send("2024-10-27T02:30")
    assert send("2024-10-27T02:30+01:00") == "2024-10-27T02:30:00+01:00"


@pytest.mark.parametrize(
    "form",
    ["", "when", "DD/MM", "YYYY-MM-DD YYYY", "DD.MM.YYYY HH", "DD.MM.YYYY hh:mm", "DD.MM.YYYY HH:mm A", "yyyy-mm-dd"],
)
def test_a_format_that_makes_no_sense_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="is no date format"):
        sender(DateRule(form))


@pytest.mark.parametrize("zone", ["", "Mars", "Europe", "../etc/passwd", "+2", "+15:00", "/usr/share", "\0"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match=r"is no (zone|offset)"):
        sender(DateRule(zone=zone))


@pytest.mark.parametrize(
    ("samples", "forms"),
    [
        (["2024-01-02", "2024-01-02T10:00Z"], ["ISO 8601"]),
        (["01/03/2024"], ["DD/MM/YYYY", "MM/DD/YYYY"]),
        (["01/03/2024", " ", "31/12/2024"], ["DD/MM/YYYY"]),
        (["01/03/2024", "12/31/2024"], ["MM/DD/YYYY"]),
        (["12/31/2024", "31/12/2024"], []),
        (["01.03.2024 10:00"], ["DD.MM.YYYY HH:mm", "MM.DD.YYYY HH:mm"]),
        (["6/23/2024 12:00:00 AM"], ["MM/DD/YYYY hh:mm:ss A"]),
        (["20240301"], ["YYYYMMDD"]),
        (["03-Jan-2024"], ["DD-MMM-YYYY"]),
        (["soon"], []),
        (["", "  "], []),
        ([], []),
    ],
)
def test_detection_names_every_format_that_reads_all_samples(samples: list[str], forms: list[str]) -> None:
    assert detect_date(samples) == forms


def written(form: str, moment: datetime) -> str:
    """A moment as `strftime` writes it, independent of our own reading."""
    directives = [("YYYY", "%Y"), ("MMM", "%b"), ("MM", "%m"), ("DD", "%d"), ("HH", "%H"), ("hh", "%I"), ("mm", "%M")]
    for token, directive in [*directives, ("SSS", "<milliseconds>"), ("ss", "%S"), (" A", " %p")]:
        form = form.replace(token, directive)
    return moment.strftime(form).replace("<milliseconds>", f"{moment.microsecond // 1000:03}")


@given(
    form=st.sampled_from([f for f in dates.FORMATS if f != dates.ISO]),
    zone=st.sampled_from(["platform", "UTC", "+05:45", "Europe/Berlin", "Australia/Lord_Howe"]),
    moment=st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1)),
)
def test_every_known_format_is_sent_as_what_it_means(form: str, zone: str, moment: datetime) -> None:
    text = written(form, moment)
    assert form in detect_date([text])
    if not any(token in form for token in ("HH", "hh")):
        assert date.fromisoformat(sender(DateRule(form, zone))(text)) == moment.date()
        return
    precision = next((unit for token, unit in (("SSS", 1_000), ("ss", 1_000_000)) if token in form), 60_000_000)
    since_midnight = moment - datetime.combine(moment.date(), datetime.min.time())
    cut = moment - since_midnight % timedelta(microseconds=precision)
    aware = cut.replace(tzinfo=dates.zone(zone))
    # Times that do not exist, or twice, are tested above.
    assume(aware.utcoffset() == aware.replace(fold=1).utcoffset())
    sent = datetime.fromisoformat(sender(DateRule(form, zone))(text))
    assert sent.utcoffset() is not None
    assert sent == aware


@given(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)))
def test_a_local_time_is_sent_or_refused_as_the_zone_has_it_once_or_not(moment: datetime) -> None:
    zone = ZoneInfo("Europe/Berlin")
    moments = {moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    real = {utc for utc in moments if utc.astimezone(zone).replace(tzinfo=None) == moment}
    send = sender(DateRule(zone="Europe/Berlin"))
    text = moment.isoformat(timespec="milliseconds")
    if len(real) == 1:
        cut = real.pop()
        assert datetime.fromisoformat(send(text)) == cut.replace(microsecond=cut.microsecond // 1000 * 1000)
    else:
        with pytest.raises(ValueError, match="Berlin"):
            send(text)
