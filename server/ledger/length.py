"""How long a visit was, worked out by the database: making instants of tens of thousands of rows takes longer than the rest.

Not in here: which visits count (standing).
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


class WholeMinutes(Func):
    """Of the first instant less the second. The milliseconds in which the ledger has them are exact in it."""

    arity = 2
    arg_joiner = " - "
    output_field = IntegerField()
    template = "CAST(FLOOR(EXTRACT(EPOCH FROM (%(expressions)s)) / 60) AS BIGINT)"

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **extra_context: Any,  # noqa: ANN401 - Django's own
    ) -> tuple[str, tuple[str | int, ...]]:
        del connection, extra_context
        (end, of_end), (begin, of_begin) = (compiler.compile(each) for each in self.get_source_expressions())
        elapsed = f"unixepoch({end}, 'subsec') - unixepoch({begin}, 'subsec')"
        return f"CAST(ROUND(({elapsed}) * 1000) AS INTEGER) / 60000", (*of_end, *of_begin)
