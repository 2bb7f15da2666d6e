"""What a folder may look like after a power cut: all that was synced, and of the rest what chance let through.

A file's content is durable by a sync of the file, its name by a sync of the folder. Without one, of each write any of
its 512-byte sectors may be there, one of them torn; names come in order, as file systems keep them in a journal, up to
any point. Bytes beside a write stay as they were, which is what SQLite takes for granted of a disk. Not in here: SQLite.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from faults.recording import Create, Link, Operation, Rename, Resize, Said, Sync, SyncFolder, Unlink, Write

SECTOR = 512


@dataclass(slots=True)
class _File:
    durable: bytearray
    pending: list[Write | Resize] = field(default_factory=list)


class Disk:
    def __init__(self, content: Mapping[str, bytes]) -> None:
        """`content` is durable."""
        self._names = {name: _File(bytearray(data)) for name, data in content.items()}
        self._durable_names = dict(self._names)
        self._pending_names: list[tuple[str, _File | None]] = []

    def apply(self, operation: Operation) -> None:
        match operation:
            case Create(name):
                self._link(name, _File(bytearray()))
            case Write(name) | Resize(name):
                self._names[name].pending.append(operation)
            case Sync(name):
                file = self._names[name]
                _change(file.durable, file.pending)
                file.pending.clear()
            case SyncFolder():
                _rename(self._durable_names, self._pending_names)
                self._pending_names.clear()
            case Unlink(name):
                self._link(name, None)
            case Rename(old, new):
                # One step of the journal: the new name first, so that no cut leaves neither.
                self._link(new, self._names[old])
                self._link(old, None)
            case Link(old, new):
                self._link(new, self._names[old])
            case Said():
                pass

    def _link(self, name: str, file: _File | None) -> None:
        _rename(self._names, [(name, file)])
        self._pending_names.append((name, file))

    def after_power_cut(self, chance: random.Random) -> dict[str, bytes]:
        names = dict(self._durable_names)
        _rename(names, self._pending_names[: chance.randint(0, len(self._pending_names))])
        kept = chance.choice((0.0, chance.random(), 1.0))
        return {name: bytes(_survivor(file, kept, chance)) for name, file in names.items()}


def _survivor(file: _File, kept: float, chance: random.Random) -> bytearray:
    """Of each pending change every sector is there with the probability `kept`; in order where two touch the same."""
    if not file.pending:
        return file.durable
    content = bytearray(file.durable)
    _change(content, (part for change in file.pending for part in _survivors(change, kept, chance)))
    return content


def _survivors(change: Write | Resize, kept: float, chance: random.Random) -> Iterable[Write | Resize]:
    if isinstance(change, Resize):
        return [change] if chance.random() < kept else []
    return _sectors(change, kept, chance)


def _sectors(write: Write, kept: float, chance: random.Random) -> Iterable[Write]:
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        if chance.random() < kept:
            reach = stop if kept == 1.0 or chance.random() < 0.9 else chance.randint(start, stop)
            yield Write(write.name, start, write.data[start - write.offset : reach - write.offset])
        start = stop


def _change(content: bytearray, changes: Iterable[Write | Resize]) -> None:
    for change in changes:
        if isinstance(change, Resize):
            if len(content) < change.size:
                content.extend(bytes(change.size - len(content)))
            elif not change.grow_only:
                del content[change.size :]
        else:
            if len(content) < change.offset:
                content.extend(bytes(change.offset - len(content)))
            content[change.offset : change.offset + len(change.data)] = change.data


def _rename(names: dict[str, _File], changes: Iterable[tuple[str, _File | None]]) -> None:
    for name, file in changes:
        if file is None:
            del names[name]
        else:
            names[name] = file
