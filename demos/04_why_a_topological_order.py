"""Why a topological order: a node may pass its gradient on only when all of it has arrived."""

from collections.abc import Iterator

import autograd_mini as am
from autograd_mini import Value


def steps(trace: am.Trace) -> Iterator[str]:
    """What each result passes on, in the order of the visits."""
    total = {trace.root.name: 1.0}
    for event in trace:
        if event.kind == "contribution" and event.consumer is not None:
            name, above = event.node.name, event.consumer.name
            total[name] = event.after or 0.0
            yield (
                f"    {above} passes {event.upstream:g} * {event.local:g} = {event.product:g} on to"
                f" {name}, which has {total[name]:g} now"
            )
        elif event.kind == "done" and event.node.op:
            yield f"  {event.node.name} is done"


def main() -> None:
    a = Value(3.0, "a")
    u = a * a
    v = 5.0 * u
    L = v + u  # noqa: N806 (the name that it has in lectures)
    print("u = a * a = 9, v = 5 * u = 45, L = v + u = 54, with a = 3.")
    print("u is used twice: by L directly, and by v. So two contributions come to u: 1 and 5.\n")

    print("A topological order has each node after all that it was made from: a, u, v, L. Read")
    print("backwards, each comes after all that use it. In u = a * a, a counts twice: 3 + 3 = 2a.")
    print("\n".join(steps(am.trace(L))))
    print("  dL/da = 36, and indeed L = 6 * a * a, so dL/da = 12 * a = 36.\n")

    print("In a hurry: u passes on as soon as anything has come to it. L, u, v:")
    in_a_hurry(a, u, v, L)

    print("\nNotice: u passed 1 on before the 5 from v had come. What comes later is never passed")
    print("on, and dL/da is 6, not 36. backward() finds a topological order first, and so visits")
    print("each node once. (Each node could pass on anew whatever comes. But then it is visited")
    print("for every path; doubling a number 30 times, a + a and so on, makes 2 ** 30 paths.)")
    print("Question: which orders work there? autograd-mini quiz 'u = a*a; v = 5*a; u*a + v' a=3")


def in_a_hurry(a: Value, u: Value, v: Value, result: Value) -> None:
    """The same rules along every edge; only the order is wrong."""
    names = {a: "a", u: "u", v: "v", result: "L"}
    total = {a: 0.0, u: 0.0, v: 0.0, result: 1.0}
    for node in (result, u, v):
        for operand, local in zip(node.parents, node.local_derivatives(), strict=True):
            if local is not None:
                passed = total[node] * local
                total[operand] += passed
                print(
                    f"    {names[node]} passes {total[node]:g} * {local:g} = {passed:g} on to"
                    f" {names[operand]}, which has {total[operand]:g} now"
                )
        print(f"  {names[node]} is done")


if __name__ == "__main__":
    main()
