"""The course's calendar: lectures, and when assignments are released and due; as lines, and as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .course import Course


@dataclass(frozen=True)
class Entry:
    """One thing that happens in the course."""

    when: datetime  # in the course's time zone
    kind: str  # "lecture 4", "release" or "due"
    title: str
    about: str  # "lecture" or an assignment's short name: with the kind it names an entry
    lasts: timedelta = timedelta()


def agenda(course: Course, titles: Mapping[str, str]) -> list[Entry]:
    """Return what happens in the course, in order; `titles` are the assignments', by name."""
    zone = course.clock
    found = [
        Entry(
            one.starts.astimezone(zone),
            f"lecture {number}",
            one.title,
            "lecture",
            timedelta(minutes=one.minutes),
        )
        for number, one in enumerate(course.lectures, 1)
    ]
    for name, dates in course.assignments.items():
        short = course.short(name)
        title = f"{short} {titles.get(name, '')}".strip()
        moments = (("release", dates.released), ("due", dates.due))
        found += [Entry(when.astimezone(zone), kind, title, short) for kind, when in moments if when]
    return sorted(found, key=lambda entry: (entry.when.astimezone(UTC), entry.kind))


def due_next(entries: list[Entry], now: datetime) -> list[Entry]:
    """Return what is due next: several things when they are due at the same time."""
    coming = [entry for entry in entries if entry.kind == "due" and entry.when > now]
    return [entry for entry in coming if entry.when == coming[0].when]


def as_ics(course: Course, entries: list[Entry], now: datetime) -> bytes:
    """Return a calendar (RFC 5545); a program that reads it again changes entries and doubles none."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//diffusion-autograder//course calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", course.name)
    for entry in entries:
        event = Event()
        event.add("uid", f"{course.classroom}/{entry.about}/{entry.kind}".replace(" ", "-"))
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", entry.when.astimezone(UTC))
        event.add("dtend", (entry.when + entry.lasts).astimezone(UTC))
        event.add("summary", f"{entry.kind.capitalize()}: {entry.title}")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
