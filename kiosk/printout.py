"""A terminal's standing as `kiosk status` prints it: for people, one fact a line, and for programs, one JSON object.

Not in here: finding it out (kiosk.report).
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from cardreader.revocation.lists import Freshness
from kiosk.disk import Level
from kiosk.flow.house import Entrance, House
from kiosk.report import Clocks, News, Queue, Rules, Status
from kiosk.sentences import Sentence, of_rejection, of_trouble
from visits.event import to_instant
from visits.occupancy import Capacity

_MILLISECOND = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_UNITS = (("day", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)), ("s", _SECOND))
_DISK = {
    Level.OK: "ok",
    Level.LOW: "LOW: warnings and errors alone are logged; visits are recorded as ever",
    Level.CRITICAL: "CRITICAL: errors alone are logged; visits go into the room set apart for them",
}
_ENTRANCES = {
    Entrance.OPEN: "open",
    Entrance.LAST_CHECK_IN_OVER: "closed: the last check-in is over",
    Entrance.CLOSED: "closed",
}
_WORTH_TELLING = timedelta(seconds=2)
_INDENT = " " * 15


def as_json(standing: Status) -> str:
    """Every key is always there; the operator's guide says what each means."""
    queue, news, clocks = standing.queue, standing.news, standing.clocks
    return json.dumps(
        {
            "terminal": str(standing.terminal),
            "facility": standing.facility,
            "revoked": news.revoked,
            "updating": standing.updating,
            "queued": queue.waiting,
            "oldest": _instant(queue.oldest),
            "acknowledged": queue.acknowledged,
            "rejected": queue.rejected,
            "set_aside": [
                {"seq": each.seq, "code": each.code, **_languages(of_rejection(each.code))} for each in queue.set_aside
            ],
            "trouble": {"code": news.trouble, **_languages(of_trouble(news.trouble))} if news.trouble else None,
            "last_contact": _instant(news.last_contact),
            "members": standing.members,
            "inside": standing.inside,
            "rules": standing.rules.number,
            "hours_today": _hours(standing.rules.house),
            "entrance": standing.rules.house.entrance.value if standing.rules.house else None,
            "inside_today": standing.rules.inside,
            "capacity": _capacity(standing.rules.capacity),
            "roster_pulled": _instant(news.roster_pulled),
            "roster_age_seconds": _whole(news.roster_age, _SECOND),
            "roster_too_old": news.too_old,
            "clock_synchronised": clocks.synchronised,
            "clock_ahead_ms": _whole(clocks.ahead, _MILLISECOND),
            "server_time_known": clocks.offset is not None,
            "server_time_error_ms": clocks.offset.error_ms if clocks.offset else None,
            "server_time_age_seconds": _whole(clocks.told_ago, _SECOND),
            "disk": standing.disk.value,
            "revocation_lists": _counts(standing.lists),
            "reader": standing.reader,
            "recovery": list(standing.recovery),
        },
        ensure_ascii=False,
    )


def as_text(standing: Status) -> str:
    """In local time."""
    facts = {
        "terminal": f"{standing.terminal} at {standing.facility}",
        "state": _state(standing),
        "queue": _queue(standing.queue),
        "delivery": _delivery(standing.news),
        "set aside": _set_aside(standing.queue),
        "last contact": _local(standing.news.last_contact),
        "roster": _roster(standing),
        "rules": _rules(standing.rules),
        "clock": _clock(standing.clocks),
        "disk": _DISK[standing.disk],
        "lists": _lists(standing.lists),
        "reader": standing.reader,
        "recovery": _recovery(standing.recovery),
    }
    return "\n".join(f"{name:<15}{fact}" for name, fact in facts.items())


def _state(standing: Status) -> str:
    if standing.news.revoked:
        return "REVOKED: the screen is locked, and nobody is known here; visits already made are kept"
    if standing.updating:
        return "UPDATING: the screen says so, and serves nobody until it is over"
    return "in service" if standing.news.roster_pulled else "NO ROSTER yet: the screen says that it is preparing"


def _queue(queue: Queue) -> str:
    oldest = f", oldest {_local(queue.oldest)}" if queue.oldest else ""
    return f"{queue.waiting} waiting{oldest}; {queue.acknowledged} delivered"


def _delivery(news: News) -> str:
    if not news.trouble:
        return "flows"
    return "\n".join((f"WAITS: {news.trouble}", *_lines(of_trouble(news.trouble))))


def _set_aside(queue: Queue) -> str:
    return "\n".join((str(queue.rejected), *_set_aside_lines(queue)))


def _set_aside_lines(queue: Queue) -> Iterator[str]:
    for each in queue.set_aside:
        yield f"{_INDENT}visit {each.seq}: {each.code}"
        yield from _lines(of_rejection(each.code))


def _roster(standing: Status) -> str:
    news = standing.news
    if news.roster_pulled is None:
        return "never pulled"
    age = f"{_span(news.roster_age)} ago" if news.roster_age is not None else "when, nobody knows: the clock was wrong"
    old = "; TOO OLD: who has joined, left or been suspended since is not known here" if news.too_old else ""
    return f"{standing.members} members, {standing.inside} inside, pulled {_local(news.roster_pulled)}, {age}{old}"


def _rules(rules: Rules) -> str:
    if rules.house is None:
        return f"number {rules.number}; nobody is turned away for the hour" if rules.number else "none"
    today = _hours(rules.house) or "closed all day"
    way_in = _ENTRANCES[rules.house.entrance]
    return f"number {rules.number}; today {today}; the way in is {way_in}; {_people(rules)}"


def _people(rules: Rules) -> str:
    if rules.capacity is None:
        return f"{rules.inside} came in today and are inside"
    full = "nobody is let in beyond that" if rules.capacity.hard else "more are let in and told"
    return f"{rules.inside} came in today and are inside, of {rules.capacity.people}: {full}"


def _capacity(capacity: Capacity | None) -> dict[str, int | bool] | None:
    return {"people": capacity.people, "hard": capacity.hard} if capacity else None


def _hours(house: House | None) -> str | None:
    return f"{house.today.opens:%H:%M}-{house.today.closes:%H:%M}" if house and house.today else None


def _clock(clocks: Clocks) -> str:
    own = "synchronised" if clocks.synchronised else "NOT SYNCHRONISED"
    if clocks.offset is None or clocks.told_ago is None or clocks.ahead is None:
        told = "the server has not told its time since the machine started"
        return f"{own}; {told}" if clocks.synchronised else f"{own}; {told}: times of visits are doubtful"
    error = f"the server's time is known to {clocks.offset.error_ms} ms, learnt {_span(clocks.told_ago)} ago"
    if abs(clocks.ahead) < _WORTH_TELLING:
        return f"{own}; {error}"
    way = "ahead of" if clocks.ahead > timedelta(0) else "behind"
    return f"{own}; {error}; {_span(abs(clocks.ahead))} {way} it, which is corrected"


def _lists(lists: Freshness | None) -> str:
    if lists is None:
        return "not used"
    missing = f"; {lists.missing} MISSING" if lists.missing else ""
    stale = f"; {lists.stale} TOO OLD" if lists.stale else ""
    return f"{lists.good} good{stale}{missing}"


def _recovery(folders: tuple[str, ...]) -> str:
    if not folders:
        return "nothing waits"
    return f"WAITS: {', '.join(folders)}; damaged databases whose visits are not yet all on the server"


def _lines(sentence: Sentence) -> tuple[str, str]:
    return f"{_INDENT}  {sentence.ja}", f"{_INDENT}  {sentence.en}"


def _languages(sentence: Sentence) -> dict[str, str]:
    return {"ja": sentence.ja, "en": sentence.en}


def _counts(lists: Freshness | None) -> dict[str, int] | None:
    return {"good": lists.good, "stale": lists.stale, "missing": lists.missing} if lists else None


def _span(time: timedelta) -> str:
    """In the largest unit of which there is a whole one."""
    for name, unit in _UNITS:
        if (count := time // unit) >= 1:
            return f"{count} {name}{'s' if name == 'day' and count > 1 else ''}"
    return "0 s"


def _whole(time: timedelta | None, unit: timedelta) -> int | None:
    return None if time is None else round(time / unit)


def _instant(at: datetime | None) -> str | None:
    return to_instant(at) if at else None


def _local(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "never"
