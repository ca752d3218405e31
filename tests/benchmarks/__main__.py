"""``python -m tests.benchmarks [NAME ...]``: run the benchmarks and print their figures."""

import importlib
import pkgutil
import sys
import time

import tests.benchmarks
from tests.benchmarks.figures import machine, table

_NOT_BENCHMARKS = {"__main__", "figures"}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them."""
    known = sorted({m.name for m in pkgutil.iter_modules(tests.benchmarks.__path__)})
    known = [name for name in known if name not in _NOT_BENCHMARKS and not name.startswith("_")]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(known)}")
        return 2
    print(machine())
    for name in names or known:
        started = time.perf_counter()
        figures = importlib.import_module(f"tests.benchmarks.{name}").run()
        print(
            f"\n{name}  (python -m tests.benchmarks {name}; {time.perf_counter() - started:.0f} s)"
        )
        print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
