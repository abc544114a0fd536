// The two passes, in numbers: right ones, and those of the known mistakes.
//
// All numbers stand in one list, by places: those of the nodes, then for each edge of the backward
// pass its local derivative, its contribution, and the total after it; then some more. An edge is
// [result, operand, position], and edges are in the order of the backward pass.

const Passes = (() => {
  "use strict";

  // How a mistake makes a contribution, and a total of it, by the formula in its plan.
  const CONTRIBUTIONS = {
    "upstream * local": (upstream, local) => upstream * local,
    "upstream + local": (upstream, local) => upstream + local,
    local: (upstream, local) => local,
  };
  const TOTALS = {
    "before + product": (before, product) => before + product,
    product: (before, product) => product,
    before: (before) => before,
  };

  // Where the numbers of a graph stand, and which edge comes before and after which.
  function layout(data) {
    const nodes = data.nodes.length;
    const edges = data.edges.length;
    const before = []; // for each edge, the one that came to the same node before it, or -1
    const last = new Array(nodes).fill(-1); // for each node, its last edge so far
    for (const [edge, [, node]] of data.edges.entries()) {
      before.push(last[node]);
      last[node] = edge;
    }
    return {
      root: nodes - 1,
      before,
      last,
      local: (edge) => nodes + edge,
      product: (edge) => nodes + edges + edge,
      after: (edge) => nodes + 2 * edges + edge,
      end: nodes + 3 * edges,
    };
  }

  // The numbers of the page as Python computed them.
  function given(data, places) {
    const numbers = new Array(places.end).fill(NaN);
    data.data.forEach((number, node) => (numbers[node] = Numbers.fromJson(number)));
    data.locals.forEach((number, edge) => (numbers[places.local(edge)] = Numbers.fromJson(number)));
    numbers.push(...data.more.map(Numbers.fromJson));
    return sweep(numbers, data, places);
  }

  // The numbers for other leaves; `program` gives those that depend on them.
  function computed(numbers, leaves, data, places, program) {
    const found = [...numbers];
    const inputs = [];
    for (const [node, number] of leaves) {
      found[node] = number;
      inputs.push(number);
    }
    program(inputs).forEach((number, index) => (found[data.fills[index]] = number));
    return sweep(found, data, places);
  }

  // The backward pass: each total starts as its first contribution.
  function sweep(numbers, data, places) {
    for (const [edge, [consumer]] of data.edges.entries()) {
      const product = gradient(numbers, places, consumer) * numbers[places.local(edge)];
      const before = places.before[edge];
      numbers[places.product(edge)] = product;
      numbers[places.after(edge)] = before < 0 ? product : numbers[places.after(before)] + product;
    }
    return numbers;
  }

  // The gradient of a node; null where none comes.
  function gradient(numbers, places, node) {
    if (node === places.root) return 1;
    return places.last[node] < 0 ? null : numbers[places.after(places.last[node])];
  }

  // The gradient of a node as a mistake would have it.
  function mistakenGradient(plan, numbers, data, places, node) {
    const wrong = new Map(plan.locals ?? []);
    const contribution = CONTRIBUTIONS[plan.contribution];
    const total = TOTALS[plan.total];
    const totals = new Map([
      [places.root, plan.seed === "root" ? numbers[places.root] : plan.seed],
    ]);
    for (const edge of plan.order ?? data.edges.keys()) {
      const [consumer, operand] = data.edges[edge];
      const local = numbers[wrong.get(edge) ?? places.local(edge)];
      const product = contribution(totals.get(consumer) ?? 0, local);
      const before = totals.get(operand);
      totals.set(operand, before === undefined ? product : total(before, product));
    }
    return totals.get(node) ?? 0;
  }

  // The names of the mistakes that give an answer, each once.
  function explaining(answer, numbers, data, places, node) {
    const fits = data.plans.filter((plan) =>
      Numbers.isMet(answer, mistakenGradient(plan, numbers, data, places, node)),
    );
    return [...new Set(fits.map((plan) => plan.name))];
  }

  return { layout, given, computed, gradient, mistakenGradient, explaining };
})();
