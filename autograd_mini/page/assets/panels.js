// What is said about one node, about all of them, and how the gradient of a leaf came about.

const Panels = (data, places, state, now, goTo) => {
  "use strict";

  const { byId, make, row, write } = Elements;
  const MOST_TERMS = 4; // of a sum in one line

  // -- the ledger, and all numbers ----------------------------------------------------------------

  function drawLedger() {
    const node = state.node;
    const { kind, inFormula: name, made } = data.nodes[node];
    byId("node").value = String(node);
    const value = now.valueText(node);
    const madeOf = kind === "leaf" ? `${name} = ${value}, a leaf` : `${name} = ${made} = ${value}`;
    write(byId("made"), madeOf);
    byId("entries").replaceChildren(...entries(node));
    write(byId("sum"), sumText(node));
    write(byId("glance"), [madeOf, glance(node)].filter(Boolean).join(" · "));
  }

  // The ledger in a line, to stand near the picture; nothing before anything has come.
  function glance(node) {
    const come = now.arrivals[node].filter(([step]) => step <= state.step);
    if (!come.length) return "";
    const terms = come.map(([, edge]) => Texts.part(data.products[edge], state.numbers));
    const added = terms.map((term, index) => (index && term.startsWith("-") ? `(${term})` : term));
    const sum = come.length > MOST_TERMS ? `${come.length} contributions` : added.join(" + ");
    const isAll = come.length === now.arrivals[node].length;
    const parts = Texts.shortened([data.nodes[node].symbol, sum, now.gradientText(node)]);
    return parts.join(" = ") + (isAll ? "" : " so far");
  }

  function entries(node) {
    if (node === places.root) {
      return [
        row([
          [String(now.SEED)],
          ["the seed"],
          [`${data.nodes[node].symbol} = 1`],
          [now.gradientText(node), "number"],
        ]),
      ];
    }
    return now.arrivals[node].map(([step, edge]) => {
      const come = step <= state.step;
      const numbers = Texts.part(data.products[edge], state.numbers);
      const product = Numbers.numberText(state.numbers[places.product(edge)]);
      const worked = Texts.shortened([data.flows[edge], numbers, product]).join(" = ");
      const total = Numbers.numberText(state.numbers[places.after(edge)]);
      const made = row([
        [""],
        [data.nodes[data.edges[edge][0]].inFormula],
        [come ? worked : `${data.flows[edge]} = ${data.notComputed}`],
        [come ? total : data.notComputed, "number"],
      ]);
      made.firstChild.append(stepButton(step));
      if (!come) made.className = "to-come";
      if (step === state.step) made.className = "now";
      return made;
    });
  }

  // A step to go to. What is written anew while it has the focus takes the focus over.
  function stepButton(step) {
    const button = make("button", String(step), { type: "button", title: `To step ${step}` });
    button.addEventListener("click", () => {
      goTo(step);
      const again = [...byId("entries").querySelectorAll("button")];
      again.find((other) => other.textContent === String(step))?.focus();
    });
    return button;
  }

  function sumText(node) {
    const symbol = data.nodes[node].symbol;
    const text = now.gradientText(node);
    if (node === places.root) return `${symbol} = ${text}`;
    if (!now.isAsked(node)) return `No gradient comes to ${data.nodes[node].inFormula}.`;
    const steps = now.arrivals[node];
    if (steps[steps.length - 1][0] <= state.step) {
      return steps.length > 1 ? `${symbol} = ${text}, the sum` : `${symbol} = ${text}`;
    }
    return now.gradient(node) === null
      ? `${symbol} is not computed yet`
      : `${symbol} so far: ${text}`;
  }

  const table = data.nodes
    .map(({ kind, name, made }, node) => {
      if (kind === "constant") return null;
      const cells = row([
        [name],
        [kind === "leaf" ? "" : made],
        ["", "number"],
        ["", "number gradient"],
      ]);
      return { node, cells, value: cells.children[2], gradient: cells.children[3] };
    })
    .filter(Boolean);

  function drawTable() {
    for (const { node, value, gradient } of table) {
      write(value, now.valueText(node));
      write(gradient, now.gradientText(node));
    }
  }

  // -- the derivation -----------------------------------------------------------------------------

  function drawDerivation() {
    const board = byId("blackboard");
    if (state.leaf < 0) {
      board.replaceChildren(make("p", "No gradient comes to a leaf."));
    } else {
      byId("leaf").value = String(state.leaf);
      board.replaceChildren(...derivation(state.leaf));
    }
  }

  // How the gradient of one node follows from those of the nodes that use it.
  function derived(node) {
    if (!data.derived[node]) return [];
    const [heading, ...lines] = data.derived[node];
    const start = make("p", Texts.parts(heading, state.numbers)[0], { class: "start" });
    return [start, ...lines.flatMap(block)];
  }

  function derivation(leaf) {
    const way = data.ways[leaf];
    const made = definitions(way).map((text) => make("p", text));
    for (const node of way) made.push(...derived(node));
    const glossary = [...new Set(way.flatMap((node) => data.glossary[node] ?? []))].sort();
    made.push(...glossary.map((place) => make("p", data.helpers[place], { class: "start" })));
    return made;
  }

  // One line of a derivation; those of a sum stand below each other.
  function block(line) {
    const parts = Texts.parts(line, state.numbers);
    if (parts === null) return [];
    if (!("sum" in line)) {
      return [make("p", Texts.shortened(parts).join(" = "), { class: "inside" })];
    }
    const sides = make("table", "", { role: "presentation" });
    const body = make("tbody");
    parts
      .slice(1)
      .forEach((side, index) => body.append(row([[index ? "" : parts[0]], [`= ${side}`]])));
    sides.append(body);
    return [sides];
  }

  // What the results are made of, from the root down, and the numbers they start from.
  function definitions(way) {
    const every = Object.keys(data.definitions).map(Number).reverse();
    const results = data.allDefined ? every : way.filter((node) => node in data.definitions);
    const texts = results.map((node) =>
      Texts.parts(data.definitions[node], state.numbers).join(" = "),
    );
    const needed = [...new Set(results.flatMap((node) => data.operands[node]))].sort(
      (a, b) => a - b,
    );
    const given = needed
      .filter((node) => !results.includes(node) && data.nodes[node].kind !== "constant")
      .map((node) => `${data.tidyNames[node]} = ${Numbers.numberText(state.numbers[node])}`);
    return given.length ? [...texts, `with ${given.join(", ")}`] : texts;
  }

  function build() {
    byId("all").append(...table.map(({ cells }) => cells));
    for (const { node } of table) {
      byId("node").append(make("option", data.nodes[node].name, { value: node }));
    }
  }

  return { build, drawLedger, drawTable, drawDerivation, derived };
};
