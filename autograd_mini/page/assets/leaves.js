// The numbers that can be moved: a slider and a field for each leaf, and what a nudge does.

const Leaves = (data, places, state, now, program, moved) => {
  "use strict";

  const { byId, make, write } = Elements;
  const leaves = data.nodes.flatMap(({ kind }, node) => (kind === "leaf" ? [node] : []));
  const given = state.numbers;
  const nameOf = (node) => data.nodes[node].name;
  const MANY = 8; // rows; more than these scroll by themselves

  const rows = leaves.map((node, index) => {
    const { min, max, step } = Numbers.range(given[node]);
    const slider = make("input", "", { type: "range", min, max, step });
    slider.setAttribute("aria-label", `${nameOf(node)}, slider`);
    const field = make("input", "", { type: "text", id: `field-${index}`, autocomplete: "off" });
    field.setAttribute("spellcheck", "false");
    const nudged = make("p", "", { class: "nudged" });
    const holder = make("div", "", { class: "leaf-row" });
    holder.append(make("label", nameOf(node), { for: field.id }), slider, field, nudged);
    slider.addEventListener("input", () => move(node, Numbers.tidy(slider.valueAsNumber, step)));
    field.addEventListener("input", () => typed(node, field));
    field.addEventListener("blur", settle);
    return { node, holder, slider, field, nudged };
  });

  // The numbers of all leaves, one of them another.
  const leavesWith = (node, number) =>
    leaves.map((leaf) => [leaf, leaf === node ? number : state.numbers[leaf]]);

  const computed = (pairs) => Passes.computed(state.numbers, pairs, data, places, program);

  function move(node, number) {
    state.numbers = computed(leavesWith(node, number));
    moved();
  }

  function reset() {
    state.numbers = given;
    moved();
    settle();
  }

  function typed(node, field) {
    const answer = Numbers.parsed(field.value);
    field.setAttribute("aria-invalid", String(answer === null));
    const trouble = `${nameOf(node)}: ${Numbers.complaint(field.value)}`;
    write(byId("trouble"), answer ? "" : trouble);
    if (answer) move(node, answer.number);
  }

  // What was typed and is no number gives way to the number that there is.
  function settle() {
    write(byId("trouble"), "");
    for (const { field } of rows) field.setAttribute("aria-invalid", "false");
    draw();
  }

  function draw() {
    const { root } = places;
    write(byId("result"), `${nameOf(root)} = ${Numbers.numberText(state.numbers[root])}`);
    for (const { node, slider, field, nudged } of rows) {
      const number = state.numbers[node];
      if (slider.valueAsNumber !== number) slider.value = String(number);
      if (field !== document.activeElement) field.value = fieldText(number);
      nudged.hidden = !byId("nudge").checked;
      if (!nudged.hidden) write(nudged, nudgeText(node));
    }
  }

  const fieldText = (number) =>
    Number.isFinite(number) ? String(Number(number.toPrecision(10))) : Numbers.numberText(number);

  // What a small change of a leaf really does, beside what the gradient says that it does; in the
  // game without the gradient.
  function nudgeText(node) {
    const answer = Numbers.parsed(byId("by").value);
    if (!answer) return "";
    const by = answer.number;
    const before = state.numbers[places.root];
    const after = computed(leavesWith(node, state.numbers[node] + by))[places.root];
    const gradient = Passes.gradient(state.numbers, places, node) ?? 0;
    const text = Numbers.numberText;
    const sign = text(by).startsWith("-") ? "" : "+";
    const actual =
      `${nameOf(node)} ${sign}${text(by)} changes ${nameOf(places.root)} ` +
      `by ${text(after - before)}, from ${text(before)} to ${text(after)}`;
    const predicted = `; the gradient ${text(gradient)} predicted ${text(gradient * by)}`;
    return now.isHidden(node) ? actual : actual + predicted;
  }

  function build() {
    byId("rows").append(...rows.map(({ holder }) => holder));
    byId("rows").classList.toggle("long", rows.length > MANY);
    byId("reset").addEventListener("click", reset);
    byId("nudge").addEventListener("change", draw);
    byId("by").addEventListener("input", nudgedBy);
    if (!program) freeze();
  }

  function nudgedBy() {
    const text = byId("by").value;
    const isFine = Numbers.parsed(text) !== null;
    byId("by").setAttribute("aria-invalid", String(!isFine));
    write(byId("trouble"), isFine ? "" : Numbers.complaint(text));
    draw();
  }

  // Where the operations cannot be computed here, the numbers stay as they are.
  function freeze() {
    const obstacle = `The numbers stay as they are: ${data.obstacle}.`;
    write(byId("frozen"), data.obstacle ? obstacle : "Nothing is computed from these numbers.");
    byId("frozen").hidden = false;
    for (const { slider, field } of rows) slider.disabled = field.disabled = true;
    for (const id of ["reset", "nudge", "by"]) byId(id).disabled = true;
  }

  return { build, draw };
};
