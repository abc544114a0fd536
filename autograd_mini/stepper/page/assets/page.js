// The page itself: what is shown of the state, and what changes it.

(() => {
  "use strict";

  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const places = Passes.layout(data);
  const program = typeof graphProgram === "function" ? graphProgram : null;
  const leaves = data.nodes
    .map(([kind], node) => (kind === "leaf" ? node : -1))
    .filter((n) => n >= 0);
  const LAST = data.events.length;
  const SEED = data.events.findIndex(([kind]) => kind === "seed") + 1;
  const PACE = 1600; // milliseconds for a step when it plays at speed 1

  const state = {
    step: LAST,
    given: Passes.given(data, places),
    numbers: [],
    node: leaves.find((node) => places.last[node] >= 0) ?? places.root,
    pinned: false,
    leaf: leaves.find((node) => places.last[node] >= 0) ?? -1,
    timer: 0,
    asked: -1, // the node whose gradient is to be predicted
    solved: new Set(),
  };
  state.numbers = state.given;

  // At which steps a contribution comes to each node, and the step that computes it.
  const arrivals = data.nodes.map(() => []);
  const forward = data.nodes.map(() => 0);
  const stepOfEdge = [];
  data.events.forEach(([kind, node, edge], index) => {
    if (kind === "forward") forward[node] = index + 1;
    if (edge >= 0) {
      arrivals[node].push([index + 1, edge]);
      stepOfEdge[edge] = index + 1;
    }
  });

  // -- what is known at this step -----------------------------------------------------------------

  const isPlaying = () => state.timer !== 0;
  const isGame = () => state.asked >= 0;
  const isComputed = (node) => forward[node] <= state.step;
  const end = () => (isGame() ? SEED : LAST);

  function gradientNow(node) {
    if (isGame() && state.solved.has(node)) return Passes.gradient(state.numbers, places, node);
    if (node === places.root) return state.step >= SEED ? 1 : null;
    const come = arrivals[node].filter(([step]) => step <= state.step);
    return come.length ? state.numbers[places.after(come[come.length - 1][1])] : null;
  }

  const shown = (number) => (number === null ? data.notComputed : Numbers.numberText(number));
  const valueText = (node) => shown(isComputed(node) ? state.numbers[node] : null);
  const hidden = (node) =>
    isGame() && node !== places.root && !state.solved.has(node) && places.last[node] >= 0;
  const gradientText = (node) => (hidden(node) ? "?" : shown(gradientNow(node)));
  const nameOf = (node) => data.nodes[node][1];
  const inFormula = (node) => data.nodes[node][2];
  const symbolOf = (node) => data.nodes[node][4];

  // -- making elements ----------------------------------------------------------------------------

  // Whatever is written goes through textContent: a name is text and nothing else.
  function make(tag, text = "", attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function row(cells) {
    const made = make("tr");
    for (const [text, kind] of cells) made.append(make("td", text, kind ? { class: kind } : {}));
    return made;
  }

  // -- the picture --------------------------------------------------------------------------------

  const found = (attribute) =>
    [...document.querySelectorAll(`.graph [${attribute}]`)].map((element) => [
      element,
      Number(element.getAttribute(attribute)),
    ]);
  const drawn = {
    values: found("data-value"),
    gradients: found("data-gradient"),
    locals: found("data-local"),
    boxes: found("data-node"),
    keyed: [...document.querySelectorAll(".graph [data-key]")],
  };
  const HEAD = 9; // points, the length of the head of an arrow
  const CHARACTER = 8.4;
  const ROOM = 9; // characters; a longer number is squeezed

  function writeNumber(element, text) {
    if (element.textContent === text) return;
    element.textContent = text;
    if (text.length > ROOM) {
      element.setAttribute("textLength", String(ROOM * CHARACTER));
      element.setAttribute("lengthAdjust", "spacingAndGlyphs");
    } else {
      element.removeAttribute("textLength");
    }
  }

  function drawNumbers() {
    for (const [element, node] of drawn.values) writeNumber(element, valueText(node));
    for (const [element, node] of drawn.gradients) writeNumber(element, gradientText(node));
    for (const [element, edge] of drawn.locals) {
      const known = isComputed(data.edges[edge][0]);
      writeNumber(element, known ? Numbers.numberText(state.numbers[places.local(edge)]) : "");
    }
    for (const [element, node] of drawn.boxes) {
      element.setAttribute("aria-pressed", String(node === state.node));
      element.classList.toggle("chosen", node === state.node);
    }
  }

  // Which boxes and arrows are at work in this step, and which have not been yet.
  function drawMoment() {
    const event = state.step ? data.events[state.step - 1] : null;
    const [kind, node, edge] = event ?? ["", -1, -1];
    const atWork = state.step < LAST ? [data.boxes[node], data.arrows[edge]] : [];
    const waiting = state.step < LAST && !isGame() ? waitingNow() : new Set();
    for (const element of drawn.keyed) {
      const name = element.getAttribute("data-key");
      const isOperation = element.matches(".operation, .joint");
      const isNow = atWork.includes(name) && (!isOperation || kind === "forward");
      element.classList.toggle("now", isNow);
      element.classList.toggle("back", edge >= 0);
      element.classList.toggle("to-come", !isNow && waiting.has(name));
    }
  }

  // In the forward pass what is not computed yet, in the backward pass where nothing has come down.
  function waitingNow() {
    const isForward = state.step < SEED;
    const waiting = new Set();
    data.edges.forEach(([consumer], edge) => {
      const waits = isForward ? !isComputed(consumer) : stepOfEdge[edge] > state.step;
      if (waits) waiting.add(data.arrows[edge]);
    });
    if (isForward) {
      data.boxes.forEach((box, node) => isComputed(node) || waiting.add(box));
      data.boxes.forEach((box, node) => isComputed(node) && waiting.delete(box));
    }
    return waiting;
  }

  // Scrolls a large picture, and nothing else, to where something happens.
  function reveal() {
    for (const element of document.querySelectorAll(".graph .box.now")) {
      const frame = element.closest(".drawing");
      const [inner, outer] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
      if (!inner.width) continue; // the other picture, which is hidden
      if (inner.left < outer.left || inner.right > outer.right) {
        frame.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
      }
      if (inner.top < outer.top || inner.bottom > outer.bottom) {
        frame.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
      }
    }
  }

  // A head at the other end of an arrow, for when a gradient flows back; hidden until then.
  function addTail(arrow) {
    const [x, y, towardX, towardY] = arrow
      .querySelector("path")
      .getAttribute("d")
      .match(/-?[\d.]+/g)
      .map(Number);
    const length = Math.hypot(towardX - x, towardY - y) || 1;
    const along = ((towardX - x) / length) * HEAD;
    const across = ((towardY - y) / length) * HEAD;
    const corners = [
      [x, y],
      [x + along - across / 2, y + across + along / 2],
      [x + along + across / 2, y + across - along / 2],
    ];
    const tail = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    tail.setAttribute("points", corners.join(" "));
    tail.setAttribute("class", "tail");
    arrow.append(tail);
  }

  // -- the step -----------------------------------------------------------------------------------

  function whereText() {
    const where = `step ${state.step} of ${LAST}`;
    if (state.step === 0) return `${where} · start`;
    const [kind, , , title] = data.events[state.step - 1];
    const pass = kind === "forward" ? "forward pass" : "backward pass";
    return `${where} · ${state.step === LAST ? "end" : pass} · ${title}`;
  }

  function toldTexts() {
    const lines = data.told[state.step].map((line) => Texts.parts(line, state.numbers));
    return lines.map((parts) => Texts.shortened(parts).join(" = "));
  }

  function drawStep() {
    write($("where"), whereText());
    $("told").replaceChildren(...toldTexts().map((text) => make("p", text)));
    const timeline = $("timeline");
    timeline.max = String(end());
    timeline.value = String(state.step);
    timeline.setAttribute("aria-valuetext", whereText());
    $("first").disabled = $("back").disabled = state.step === 0;
    $("next").disabled = $("last").disabled = state.step >= end();
    write($("play"), isPlaying() ? "Pause" : "Play");
  }

  // The step, said aloud: only when somebody moves to it, and not while it plays.
  function speak() {
    if (!isPlaying()) write($("spoken"), [whereText(), ...toldTexts()].join(". "));
  }

  function go(step) {
    state.step = Math.min(Math.max(step, 0), end());
    if (!state.pinned && state.step > 0) state.node = data.events[state.step - 1][1];
    draw();
    reveal();
    speak();
  }

  function stop() {
    clearInterval(state.timer);
    state.timer = 0;
  }

  function play() {
    if (isPlaying()) {
      stop();
      draw();
      speak();
      return;
    }
    if (state.step >= end()) state.step = 0;
    state.timer = setInterval(tick, PACE / Number($("speed").value));
    go(state.step);
  }

  function tick() {
    if (state.step + 1 >= end()) stop();
    go(state.step + 1);
  }

  // -- the ledger, and all numbers ----------------------------------------------------------------

  function drawLedger() {
    const node = state.node;
    const [kind, , name, made] = data.nodes[node];
    $("node").value = String(node);
    const value = valueText(node);
    write(
      $("made"),
      kind === "leaf" ? `${name} = ${value}, a leaf` : `${name} = ${made} = ${value}`,
    );
    $("entries").replaceChildren(...entries(node));
    write($("sum"), sumText(node));
  }

  function entries(node) {
    if (node === places.root) {
      return [
        row([
          [String(SEED)],
          ["the seed"],
          [`${symbolOf(node)} = 1`],
          [gradientText(node), "number"],
        ]),
      ];
    }
    return arrivals[node].map(([step, edge]) => {
      const come = step <= state.step;
      const numbers = Texts.part(data.products[edge], state.numbers);
      const product = Numbers.numberText(state.numbers[places.product(edge)]);
      const worked = Texts.shortened([data.flows[edge], numbers, product]).join(" = ");
      const total = Numbers.numberText(state.numbers[places.after(edge)]);
      const made = row([
        [""],
        [inFormula(data.edges[edge][0])],
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
      state.pinned = true;
      halt(step);
      const again = [...$("entries").querySelectorAll("button")];
      again.find((other) => other.textContent === String(step))?.focus();
    });
    return button;
  }

  function sumText(node) {
    const symbol = symbolOf(node);
    if (node !== places.root && places.last[node] < 0)
      return `No gradient comes to ${inFormula(node)}.`;
    const text = gradientText(node);
    if (node === places.root) return `${symbol} = ${text}`;
    const steps = arrivals[node];
    if (steps[steps.length - 1][0] <= state.step) {
      return steps.length > 1 ? `${symbol} = ${text}, the sum` : `${symbol} = ${text}`;
    }
    return gradientNow(node) === null
      ? `${symbol} is not computed yet`
      : `${symbol} so far: ${text}`;
  }

  const table = data.nodes
    .map(([kind, name, , made], node) => {
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
      write(value, valueText(node));
      write(gradient, gradientText(node));
    }
  }

  function choose(node, isPinned) {
    state.node = node;
    state.pinned = isPinned;
    drawNumbers();
    drawLedger();
  }

  // -- the derivation -----------------------------------------------------------------------------

  function drawDerivation() {
    const board = $("blackboard");
    if (state.leaf < 0) {
      board.replaceChildren(make("p", "No gradient comes to a leaf."));
    } else {
      $("leaf").value = String(state.leaf);
      board.replaceChildren(...derivation(state.leaf));
    }
  }

  function derivation(leaf) {
    const way = data.ways[leaf];
    const made = definitions(way).map((text) => make("p", text));
    for (const node of way) {
      const [heading, ...lines] = data.derived[node];
      made.push(make("p", Texts.parts(heading, state.numbers)[0], { class: "start" }));
      for (const line of lines) made.push(...block(line));
    }
    const glossary = [...new Set(way.flatMap((node) => data.glossary[node] ?? []))];
    made.push(...glossary.map((text) => make("p", text, { class: "start" })));
    return made;
  }

  // One line of a derivation; those of a sum stand below each other.
  function block(line) {
    const parts = Texts.parts(line, state.numbers);
    if (parts === null) return [];
    if (!("sum" in line))
      return [make("p", Texts.shortened(parts).join(" = "), { class: "inside" })];
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
      .filter((node) => !results.includes(node) && data.nodes[node][0] !== "constant")
      .map((node) => `${data.tidyNames[node]} = ${Numbers.numberText(state.numbers[node])}`);
    return given.length ? [...texts, `with ${given.join(", ")}`] : texts;
  }

  // -- the leaves ---------------------------------------------------------------------------------

  const rows = leaves.map((node, index) => {
    const name = nameOf(node);
    const { min, max, step } = Numbers.range(state.given[node]);
    const label = make("label", name, { for: `field-${index}` });
    const slider = make("input", "", {
      type: "range",
      min,
      max,
      step,
      "aria-label": `${name}, slider`,
    });
    const field = make("input", "", {
      type: "text",
      id: `field-${index}`,
      autocomplete: "off",
      spellcheck: "false",
    });
    const nudged = make("p", "", { class: "nudged" });
    const holder = make("div", "", { class: "leaf-row" });
    holder.append(label, slider, field, nudged);
    slider.addEventListener("input", () => move(node, Numbers.tidy(slider.valueAsNumber, step)));
    field.addEventListener("input", () => typed(node, field));
    field.addEventListener("blur", () => drawLeaves());
    return { node, holder, slider, field, nudged };
  });

  function typed(node, field) {
    const answer = Numbers.parsed(field.value);
    field.setAttribute("aria-invalid", String(answer === null));
    write(
      $("trouble"),
      answer ? "" : `“${field.value}” is no number; write for example 0.5 or 3/4`,
    );
    if (answer) move(node, answer.number);
  }

  const numbersOfLeaves = () => leaves.map((node) => [node, state.numbers[node]]);

  function move(node, number) {
    const moved = numbersOfLeaves().map(([leaf, old]) => [leaf, leaf === node ? number : old]);
    state.numbers = Passes.computed(state.numbers, moved, data, places, program);
    if (isGame()) ask(state.asked);
    draw();
  }

  function reset() {
    state.numbers = state.given;
    write($("trouble"), "");
    for (const { field } of rows) field.setAttribute("aria-invalid", "false");
    if (isGame()) ask(state.asked);
    draw();
  }

  function drawLeaves() {
    for (const { node, slider, field, nudged } of rows) {
      const number = state.numbers[node];
      if (slider !== document.activeElement || slider.valueAsNumber !== number)
        slider.value = String(number);
      if (field !== document.activeElement) {
        field.value = String(Number(number.toPrecision(10)));
        field.setAttribute("aria-invalid", "false");
      }
      nudged.hidden = !$("nudge").checked;
      if (!nudged.hidden) write(nudged, nudgeText(node));
    }
  }

  // What a small change of a leaf really does, beside what the gradient says that it does.
  function nudgeText(node) {
    const answer = Numbers.parsed($("by").value);
    if (!answer) return "Give a number to nudge by, such as 0.01.";
    const by = answer.number;
    const moved = numbersOfLeaves().map(([leaf, old]) => [leaf, leaf === node ? old + by : old]);
    const before = state.numbers[places.root];
    const after = Passes.computed(state.numbers, moved, data, places, program)[places.root];
    const gradient = Passes.gradient(state.numbers, places, node) ?? 0;
    const text = Numbers.numberText;
    const sign = text(by).startsWith("-") ? "" : "+";
    const actual =
      `${nameOf(node)} ${sign}${text(by)} changes ${nameOf(places.root)} by ${text(after - before)}, ` +
      `from ${text(before)} to ${text(after)}`;
    return hidden(node)
      ? actual
      : `${actual}; the gradient ${text(gradient)} predicted ${text(gradient * by)}`;
  }

  // -- predict ------------------------------------------------------------------------------------

  const questions = data.nodes
    .map(([kind], node) => [kind === "leaf" ? 0 : 1, node])
    .filter(([, node]) => node !== places.root && places.last[node] >= 0)
    .sort(([a, x], [b, y]) => a - b || x - y)
    .map(([, node]) => node);

  function ask(node) {
    state.asked = node;
    state.solved.clear();
    pose();
  }

  function pose() {
    write($("question"), `What is ${symbolOf(state.asked)}?`);
    $("answer").value = "";
    $("verdict").replaceChildren();
  }

  function showGame(isOn) {
    $("start").hidden = $("invitation").hidden = isOn;
    $("game").hidden = !isOn;
    document.body.classList.toggle("game", isOn);
  }

  function startGame() {
    stop();
    ask(questions[0]);
    showGame(true);
    state.pinned = false;
    go(SEED);
    $("answer").focus();
  }

  function stopGame() {
    state.asked = -1;
    state.solved.clear();
    showGame(false);
    go(LAST);
    $("start").focus();
  }

  function another() {
    const start = questions.indexOf(state.asked);
    const rest = [...questions.slice(start + 1), ...questions.slice(0, start + 1)];
    state.asked = rest.find((node) => !state.solved.has(node)) ?? rest[0];
    pose();
    draw();
    $("answer").focus();
  }

  function check() {
    const text = $("answer").value.trim();
    const answer = Numbers.parsed(text);
    if (!answer) {
      say([[`“${text}” is no number; write for example 0.42, -3 or 3/4.`, "wrong"]]);
      return;
    }
    const right = Passes.gradient(state.numbers, places, state.asked);
    if (Numbers.isMet(answer, right)) {
      solve(`${symbolOf(state.asked)} = ${text} is right.`, "well");
    } else {
      say([[`${symbolOf(state.asked)} = ${text} is wrong.`, "wrong"], ...reasons(answer)]);
    }
  }

  function reasons(answer) {
    const names = Passes.explaining(answer, state.numbers, data, places, state.asked);
    if (!names.length) return [["None of the known mistakes gives this."]];
    const count = names.length === 1 ? "one known mistake gives" : "several known mistakes give";
    return [
      [`This is what ${count}:`],
      ...names.map((name) => [`${name}: ${data.mistakes[name]}`]),
    ];
  }

  function tell() {
    const right = Passes.gradient(state.numbers, places, state.asked);
    solve(`${symbolOf(state.asked)} = ${Numbers.numberText(right)}.`, "");
  }

  function solve(text, kind) {
    state.solved.add(state.asked);
    const isLast = state.solved.size === questions.length;
    say([[text, kind], ...(isLast ? [["These were all of them."]] : [])]);
    state.node = state.asked;
    draw();
  }

  function say(lines) {
    $("verdict").replaceChildren(
      ...lines.map(([text, kind]) => make("p", text, kind ? { class: kind } : {})),
    );
  }

  // -- all of it ----------------------------------------------------------------------------------

  function draw() {
    drawNumbers();
    drawMoment();
    drawStep();
    drawLedger();
    drawLeaves();
    drawDerivation();
    drawTable();
  }

  function listen() {
    $("first").addEventListener("click", () => halt(0));
    $("back").addEventListener("click", () => halt(state.step - 1));
    $("next").addEventListener("click", () => halt(state.step + 1));
    $("last").addEventListener("click", () => halt(end()));
    $("play").addEventListener("click", play);
    $("speed").addEventListener("change", () => isPlaying() && (stop(), play()));
    $("timeline").addEventListener("input", () => halt(Number($("timeline").value)));
    $("reset").addEventListener("click", reset);
    $("nudge").addEventListener("change", drawLeaves);
    $("by").addEventListener("input", drawLeaves);
    $("node").addEventListener("change", () => choose(Number($("node").value), true));
    $("leaf").addEventListener("change", () => {
      state.leaf = Number($("leaf").value);
      drawDerivation();
    });
    $("start").addEventListener("click", startGame);
    // No form, for in the frame of a notebook it could not be sent.
    $("check").addEventListener("click", check);
    $("answer").addEventListener("keydown", (event) => event.key === "Enter" && check());
    $("another").addEventListener("click", another);
    $("tell").addEventListener("click", tell);
    $("stop").addEventListener("click", stopGame);
    document.addEventListener("keydown", pressed);
    for (const [element, node] of drawn.boxes) listenToBox(element, node);
  }

  function halt(step) {
    stop();
    go(step);
  }

  function listenToBox(element, node) {
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.addEventListener("pointerenter", () => choose(node, false));
    element.addEventListener("focus", () => choose(node, false));
    element.addEventListener("click", () => choose(node, true));
  }

  const KEYS = new Map([
    ["ArrowRight", () => halt(state.step + 1)],
    ["ArrowLeft", () => halt(state.step - 1)],
    ["Home", () => halt(0)],
    ["End", () => halt(end())],
    [" ", play],
  ]);

  // Keys step wherever they mean nothing else.
  function pressed(event) {
    const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (!isPlain || isGame()) return;
    const action = actionOf(event.key, event.target);
    if (!action) return;
    event.preventDefault();
    action();
  }

  function actionOf(name, target) {
    const box = target.closest("[data-node]");
    if (box && (name === "Enter" || name === " ")) {
      return () => choose(Number(box.getAttribute("data-node")), true);
    }
    const busy = name === " " ? "input, select, textarea, button" : "input, select, textarea";
    return target.closest(busy) ? undefined : KEYS.get(name);
  }

  function build() {
    $("timeline").max = String(LAST);
    $("rows").append(...rows.map(({ holder }) => holder));
    $("rows").classList.toggle("long", rows.length > 8);
    $("all").append(...table.map(({ cells }) => cells));
    for (const { node } of table) $("node").append(make("option", nameOf(node), { value: node }));
    for (const node of leaves) {
      if (places.last[node] >= 0) $("leaf").append(make("option", nameOf(node), { value: node }));
    }
    const parts = [make("span", "forward pass"), make("span", "backward pass")];
    parts[0].style.flex = `${SEED - 1} 1 0`;
    parts[1].style.flex = `${LAST - SEED + 1} 1 0`;
    $("passes").append(...parts);
    document.querySelectorAll(".graph .arrow.flow").forEach(addTail);
    // A large picture scrolls before its letters become too small to read.
    for (const svg of document.querySelectorAll(".graph")) {
      const width = Number(svg.getAttribute("width"));
      svg.style.minWidth = `${0.6 * width}px`;
      svg.classList.toggle("large", width > 1600);
    }
    $("predict").hidden = questions.length === 0;
    if (!program) freeze();
  }

  // Where the operations cannot be computed here, the numbers stay as they are.
  function freeze() {
    const why = data.obstacle
      ? `The numbers stay as they are: ${data.obstacle}.`
      : "Nothing depends on these numbers.";
    $("frozen").hidden = false;
    write($("frozen"), why);
    for (const { slider, field } of rows) slider.disabled = field.disabled = true;
    for (const id of ["reset", "nudge", "by"]) $(id).disabled = true;
  }

  document.documentElement.classList.add("alive");
  build();
  listen();
  draw();
})();
