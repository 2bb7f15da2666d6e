"""Several things done at the same time by one test. Not in here: processes."""

import threading
from collections.abc import Callable, Sequence


def meanwhile(work: Sequence[Callable[[], None]]) -> None:
    """All of it at the same time. Raises what one of them raised."""
    failures: list[BaseException] = []

    def guarded(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(each,), daemon=True) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
