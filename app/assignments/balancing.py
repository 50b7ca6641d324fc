"""Loads as even as conflicts of interest and capacity allow.

Scorings that the same verifiers may do are interchangeable here: they are counted by group. A scoring goes to the
least loaded verifier who may do it; where none of these has room, work is passed along a chain of verifiers to one
who has. In the end work is passed along chains while that narrows a gap of two or more. What no chain improves is as
even as can be (optimal semi-matching: Harvey, Ladner, Lovász and Tamir 2006); where nothing stands in the way, loads
differ by one at most.

The two scorings of a call need two verifiers, so nobody is given more scorings of a group than it has calls. That is
enough for the group to be shared out call by call (Gale and Ryser 1957).
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial


@dataclass(slots=True, eq=False)
class Group:
    """Scorings that the same verifiers, known by number, may do: how many each is given, and of how many calls."""

    verifiers: Sequence[int]
    given: list[int]
    calls: int = 0


# One scoring of the group less for the first verifier and one more for the second.
Move = tuple[Group, int, int]


class Loads:
    """How many scorings each verifier has, and may have at most."""

    def __init__(self, capacity: Sequence[int]) -> None:
        self._capacity = capacity
        self._groups: list[Group] = []
        self.loads = [0] * len(capacity)

    def group(self, verifiers: Sequence[int]) -> Group:
        """A new group of scorings that these verifiers may do."""
        group = Group(verifiers, [0] * len(self.loads))
        self._groups.append(group)
        return group

    def give(self, group: Group, *, new_call: bool, choose: Callable[[list[int]], int]) -> bool:
        """Give out one more scoring, of a new call or as the second one of a call; false where no verifier has room.

        `choose` picks among those who have least.
        """
        group.calls += new_call
        given, loads, capacity = group.given, self.loads, self._capacity
        free = [v for v in group.verifiers if given[v] < group.calls and loads[v] < capacity[v]]
        if free:
            least = min(map(loads.__getitem__, free))
            self._add(group, choose([verifier for verifier in free if loads[verifier] == least]))
        elif not self._give_by_chain(group):
            group.calls -= new_call
            return False
        return True

    def even_out(self) -> None:
        while chain := self._relieving_chain():
            self._pass_along(chain)

    def _has_room(self, verifier: int) -> bool:
        return self.loads[verifier] < self._capacity[verifier]

    def _add(self, group: Group, verifier: int) -> None:
        group.given[verifier] += 1
        self.loads[verifier] += 1

    def _give_by_chain(self, group: Group) -> bool:
        """Give a scoring to a verifier without room, who passes one on."""
        if not any(map(self._has_room, range(len(self.loads)))):
            return False
        chain, _ = self._chain((v for v in group.verifiers if group.given[v] < group.calls), self._has_room)
        if chain:
            self._add(group, chain[0][1])
            self._pass_along(chain)
        return bool(chain)

    def _relieving_chain(self) -> list[Move]:
        """Moves from a verifier to one with room and at least two fewer; none where loads are as even as can be."""
        settled: set[int] = set()
        for source in sorted(range(len(self.loads)), key=self.loads.__getitem__, reverse=True):
            if source not in settled:
                chain, seen = self._chain([source], partial(self._can_relieve, source), settled)
                if chain:
                    return chain
                # All who can be reached from here have about as much, and can reach nobody else.
                settled.update(seen)
        return []

    def _can_relieve(self, source: int, verifier: int) -> bool:
        return self.loads[verifier] <= self.loads[source] - 2 and self._has_room(verifier)

    def _chain(
        self, sources: Iterable[int], wanted: Callable[[int], bool], settled: Collection[int] = ()
    ) -> tuple[list[Move], Collection[int]]:
        """The shortest chain of moves from one of the sources to a verifier that is wanted, and whom it looked at."""
        reached: dict[int, list[Move]] = {source: [] for source in sources}
        waiting = deque(reached)
        while waiting:
            holder = waiting.popleft()
            if wanted(holder):
                return reached[holder], reached
            for group in self._groups:
                if group.given[holder]:
                    for verifier in group.verifiers:
                        if verifier not in reached and verifier not in settled and group.given[verifier] < group.calls:
                            reached[verifier] = [*reached[holder], (group, holder, verifier)]
                            waiting.append(verifier)
        return [], reached

    def _pass_along(self, chain: Iterable[Move]) -> None:
        for group, holder, verifier in chain:
            group.given[holder] -= 1
            group.given[verifier] += 1
            self.loads[holder] -= 1
            self.loads[verifier] += 1
