"""What became of the name of a visit when its first passage was corrected: money taken under the old name counts for the new.

Not in here: the corrections themselves (corrections).
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from server.ledger.models import Correction

Name = tuple[UUID, int]
"""Of a visit: terminal and number of the event that opened it."""


class Succession:
    """Of the passages of some members at one facility, each with the one that stands in its place today."""

    def __init__(self, facility: UUID, members: Collection[UUID]) -> None:
        replaced = (
            Correction.objects.filter(facility=facility, member__in=members).exclude(voids=None).exclude(adds=None)
        )
        ends = replaced.order_by("-pk").values_list("voids__terminal", "voids__seq", "adds__terminal", "adds__seq")
        self._last: dict[Name, Name] = {}
        # What was corrected once more was so later, and is known here before it is asked for.
        for old_terminal, old_seq, terminal, seq in ends:
            self._last[old_terminal, old_seq] = self.today((terminal, seq))

    def today(self, name: Name) -> Name:
        return self._last.get(name, name)

    def ever(self, names: Iterable[Name]) -> set[Name]:
        """These names, and all there were before them."""
        present = set(names)
        return present | {old for old, last in self._last.items() if last in present}
