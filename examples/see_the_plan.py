"""What would run, where values are asked for: explain, no_eval, stats, a picture of the graph."""

import sys

import lazynp as np


def main(picture="graph.svg"):
    a = np.linspace(0, 1, 1_000_000).reshape(1000, 1000)
    np.evaluate(a)
    with np.no_eval():  # an accidental evaluation in here would raise
        rows = np.exp(a - a.max(axis=1, keepdims=True))
        softmax = rows / rows.sum(axis=1, keepdims=True)
    plan = np.explain(softmax)
    print(plan)
    with open(picture, "w") as file:
        file.write(plan.svg)
    print(f"picture in {picture}")

    print(f"largest {float(softmax.max()):.6f}")
    stats = np.stats()
    print({name: stats[name] for name in ("evaluations", "plan_misses", "groups_run", "fallbacks")})


if __name__ == "__main__":
    main(*sys.argv[1:])
