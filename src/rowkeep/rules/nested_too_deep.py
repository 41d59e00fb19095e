"""Calls or blocks are nested more deeply than Rowkeep follows.

## When

A function of the project calls a function that calls another, more than eight levels deep; or the functions that one
statement calls run more than 10,000 operations; or blocks, conditions or calls are nested some hundred levels deep.

## Harm

Nobody has checked what is below: it may drop tables or overwrite rows.

## Given

```sql
CREATE TABLE IF NOT EXISTS visits (id bigint PRIMARY KEY);
CREATE FUNCTION step_a() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM visits WHERE id < 9; END';
CREATE FUNCTION step_b() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_a(); END';
CREATE FUNCTION step_c() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_b(); END';
CREATE FUNCTION step_d() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_c(); END';
CREATE FUNCTION step_e() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_d(); END';
CREATE FUNCTION step_f() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_e(); END';
CREATE FUNCTION step_g() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_f(); END';
CREATE FUNCTION step_h() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_g(); END';
CREATE FUNCTION step_i() RETURNS void LANGUAGE plpgsql AS 'BEGIN PERFORM step_h(); END';
```

## Unsafe

```sql
SELECT step_i();
```

## Safe

Call the function that does the work, or write its statements into the migration.

```sql
SELECT step_b();
```
"""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.hint import Sentence
from rowkeep.domain.lint.rule import Rule
from rowkeep.domain.operation import Unjudged

RULE = Rule(__name__, code="D610", category=Category.DATA, severity=Severity.ERROR)


@RULE.on(Unjudged)
def check(operation: Unjudged, context: Context) -> Iterator[Violation]:
    """Code that Rowkeep did not follow to its end."""
    yield Violation(
        operation.span,
        f"{operation.what} cannot be analyzed: {operation.why}",
        Sentence("write the statements that do the work into the migration itself"),
    )
