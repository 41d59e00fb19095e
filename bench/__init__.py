"""Speed, measured: `make bench`. One file per measure in `measures/`, one per peer in `peers/`; both find themselves.

A measure is a module of `bench.measures` with

- `TITLE`: what it measures, in one line;
- `measure(options: Options) -> Iterator[Table]`: each table is printed as soon as it is there.

Everything that is compared runs in one run on one machine, in turns, so that a busy moment hits all alike.
"""
