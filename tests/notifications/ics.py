"""A reader of calendar files written from RFC 5545 alone, to check what the library writes."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True)
class Property:
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value of a text, with its escapes undone."""
        return re.sub(r"\\(.)", lambda escape: "\n" if escape[1] in "nN" else escape[1], self.value)


@dataclass
class Component:
    name: str
    properties: list[Property] = field(default_factory=list)
    children: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [one for one in self.properties if one.name == name]

    def one(self, name: str) -> Property:
        (found,) = self.all(name)
        return found

    def child(self, name: str) -> "Component":
        (found,) = (child for child in self.children if child.name == name)
        return found


def read(content: bytes) -> Component:
    """The calendar, of which every line ends with CRLF and has 75 octets at most."""
    assert content.endswith(b"\r\n")
    lines = content[:-2].split(b"\r\n")
    for line in lines:
        assert len(line) <= 75, line
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), line
        line.decode()
    root = Component("")
    stack = [root]
    for whole in _unfolded(lines):
        prop = _property(whole)
        if prop.name == "BEGIN":
            stack.append(Component(prop.value))
            stack[-2].children.append(stack[-1])
        elif prop.name == "END":
            assert stack.pop().name == prop.value
        else:
            stack[-1].properties.append(prop)
    assert stack == [root]
    return root.child("VCALENDAR")


def _unfolded(lines: list[bytes]) -> list[str]:
    whole: list[bytes] = []
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return [line.decode() for line in whole]


def _property(line: str) -> Property:
    """`NAME;PARAMETER=value;PARAMETER="value":value`; carets in parameters are escapes (RFC 6868)."""
    head = re.match(r'([A-Z-]+)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):', line)
    assert head, line
    found = re.findall(r';([A-Z-]+)=(?:"([^"]*)"|([^";:,]*))', head[2])
    escapes = {"^n": "\n", "^'": '"', "^^": "^"}
    parameters = {
        name: re.sub(r"\^[n'^]", lambda escape: escapes[escape[0]], quoted or bare) for name, quoted, bare in found
    }
    return Property(head[1], parameters, line[head.end() :])


@dataclass(frozen=True)
class Zone:
    """A VTIMEZONE: since when, in UTC, which offset is in force."""

    offsets: list[tuple[datetime, timedelta]]

    @classmethod
    def of(cls, component: Component) -> "Zone":
        found = []
        for observance in component.children:
            assert observance.name in ("STANDARD", "DAYLIGHT")
            onset = datetime.strptime(observance.one("DTSTART").value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            found.append((onset - offset(observance, "TZOFFSETFROM"), offset(observance, "TZOFFSETTO")))
        return cls(sorted(found))

    def local(self, moment: datetime) -> datetime:
        """What the clocks show at a moment."""
        in_force = [offset_to for onset, offset_to in self.offsets if onset <= moment]
        return (moment + in_force[-1]).replace(tzinfo=None)

    def moment(self, local: datetime) -> datetime:
        """The moment that a local time, written as if it were UTC, stands for: the first of two."""
        ends = [onset for onset, _ in self.offsets[1:]] + [datetime.max.replace(tzinfo=UTC)]
        for (onset, offset_to), end in zip(self.offsets, ends, strict=True):
            if onset <= local - offset_to < end:
                return local - offset_to
        raise AssertionError(f"no clock of the zone ever shows {local}")

    def is_continuous(self, component: Component) -> bool:
        """Whether each observance begins with the offset that the one before it ends with."""
        changes = sorted(
            (offset(one, "TZOFFSETFROM"), offset(one, "TZOFFSETTO"), one.one("DTSTART").value)
            for one in component.children
        )
        in_order = sorted(changes, key=lambda change: change[2])
        return all(before[1] == after[0] for before, after in pairwise(in_order))


def offset(component: Component, name: str) -> timedelta:
    found = re.fullmatch(r"([+-])(\d\d)(\d\d)(\d\d)?", component.one(name).value)
    assert found
    size = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return size if found[1] == "+" else -size


def start_of(calendar: Component) -> datetime:
    """The moment at which the event begins, computed from the file alone."""
    start = calendar.child("VEVENT").one("DTSTART")
    if start.value.endswith("Z"):
        assert "TZID" not in start.parameters
        return datetime.strptime(start.value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    zone = calendar.child("VTIMEZONE")
    assert zone.one("TZID").value == start.parameters["TZID"]
    return Zone.of(zone).moment(datetime.strptime(start.value, "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
