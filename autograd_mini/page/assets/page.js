// The page itself: its state, the steps, and what keys and buttons do.

(() => {
  "use strict";

  const { byId, make, write } = Elements;
  const data = JSON.parse(byId("data").textContent);
  const places = Passes.layout(data);
  const program = typeof graphProgram === "function" ? graphProgram : null;
  const PACE = 1600; // milliseconds for a step when it plays at speed 1

  const isDerived = (node) => data.nodes[node].kind === "leaf" && places.last[node] >= 0;
  const derived = [...data.nodes.keys()].filter(isDerived);
  const state = {
    step: data.events.length,
    numbers: Passes.given(data, places),
    node: derived[0] ?? places.root, // whose ledger is shown
    pinned: -1, // the node whose ledger stays, or -1
    leaf: derived[0] ?? -1, // whose derivation is shown
    timer: 0, // of what plays, or 0
    asked: -1, // the node whose gradient is to be guessed, or -1
    solved: new Set(), // those that were guessed
  };

  const now = Moment(data, places, state);
  const picture = Picture(data, state, now);
  const panels = Panels(data, places, state, now, keepAndGo);
  const leaves = Leaves(data, places, state, now, program, moved);
  const game = Game(data, places, state, now, panels, halt, draw, picture.reveal);

  // -- the step -----------------------------------------------------------------------------------

  const isPlaying = () => state.timer !== 0;
  const isAtEnd = () => state.step >= now.end();

  function drawStep() {
    write(byId("where"), now.whereText());
    byId("told").replaceChildren(...now.toldTexts().map((text) => make("p", text)));
    const timeline = byId("timeline");
    timeline.max = String(now.end());
    timeline.value = String(state.step);
    timeline.setAttribute("aria-valuetext", now.whereText());
    byId("first").disabled = byId("back").disabled = state.step === 0;
    byId("last").disabled = isAtEnd();
    byId("next").setAttribute("aria-label", isAtEnd() ? "To the start again" : "One step on");
    write(byId("play"), isPlaying() ? "Pause" : "Play");
  }

  // The step, said aloud: only when somebody moves to it, and not while it plays.
  function speak() {
    if (!isPlaying()) write(byId("spoken"), [now.whereText(), ...now.toldTexts()].join(". "));
  }

  function go(step) {
    state.step = Math.min(Math.max(step, 0), now.end());
    state.node = usual();
    draw();
    picture.reveal();
    speak();
  }

  function halt(step) {
    clearInterval(state.timer);
    state.timer = 0;
    go(step);
  }

  function play() {
    if (isPlaying()) {
      halt(state.step);
      return;
    }
    if (isAtEnd()) state.step = 0;
    state.timer = setInterval(tick, PACE / Number(byId("speed").value));
    go(state.step);
  }

  function tick() {
    const next = state.step + 1;
    (next < now.end() ? go : halt)(next);
  }

  function changeSpeed() {
    if (!isPlaying()) return;
    halt(state.step);
    play();
  }

  // -- the node that is looked at -----------------------------------------------------------------

  function look(node) {
    state.node = node;
    picture.drawNumbers();
    panels.drawLedger();
  }

  // Its ledger stays while the pointer passes over others, and while steps are made.
  function pin(node) {
    state.pinned = node;
    look(node);
  }

  // What is looked at when no box is pointed at: what was chosen or has the focus, else what the
  // step is about.
  function usual() {
    if (state.pinned >= 0) return state.pinned;
    if (now.isGame()) return state.asked;
    const focused = document.activeElement.closest("[data-node]");
    if (focused) return Number(focused.getAttribute("data-node"));
    return state.step > 0 ? data.events[state.step - 1][1] : state.node;
  }

  function keepAndGo(step) {
    state.pinned = state.node;
    halt(step);
  }

  function listenToBox([element, node]) {
    element.addEventListener("pointerenter", () => look(node));
    element.addEventListener("pointerleave", () => look(usual()));
    element.addEventListener("focus", () => look(node));
    element.addEventListener("click", () => toggle(node));
  }

  function toggle(node) {
    state.pinned = state.pinned === node ? -1 : node;
    look(node);
  }

  // -- keys ---------------------------------------------------------------------------------------

  const KEYS = new Map([
    ["ArrowRight", () => halt(state.step + 1)],
    ["ArrowLeft", () => halt(state.step - 1)],
    ["Home", () => halt(0)],
    ["End", () => halt(now.end())],
    [" ", play],
  ]);

  // Keys step wherever they mean nothing else.
  function pressed(event) {
    const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (event.key === "Escape") document.activeElement.blur();
    if (!isPlain || now.isGame()) return;
    const action = actionOf(event.key, event.target);
    if (!action) return;
    event.preventDefault();
    action();
  }

  function actionOf(name, target) {
    const box = target.closest("[data-node]");
    if (box && (name === "Enter" || name === " ")) {
      return () => toggle(Number(box.getAttribute("data-node")));
    }
    const busy = name === " " ? "input, select, textarea, button" : "input, select, textarea";
    const scrolls = target.matches(".drawing, .scroll") && target.scrollWidth > target.clientWidth;
    return target.closest(busy) || scrolls ? undefined : KEYS.get(name);
  }

  // -- all of it ----------------------------------------------------------------------------------

  function draw() {
    picture.drawNumbers();
    picture.drawMoment();
    drawStep();
    panels.drawLedger();
    panels.drawDerivation();
    panels.drawTable();
    leaves.draw();
  }

  function moved() {
    game.renew();
    draw();
  }

  function build() {
    for (const part of [picture, panels, leaves, game]) part.build();
    for (const node of derived) {
      byId("leaf").append(make("option", data.nodes[node].name, { value: node }));
    }
    const spans = [make("span", "forward pass"), make("span", "backward pass")];
    spans[0].style.flex = `${now.SEED - 1} 1 0`;
    spans[1].style.flex = `${now.LAST - now.SEED + 1} 1 0`;
    byId("passes").append(...spans);
  }

  function listen() {
    byId("first").addEventListener("click", () => halt(0));
    byId("back").addEventListener("click", () => halt(state.step - 1));
    byId("next").addEventListener("click", () => halt(isAtEnd() ? 0 : state.step + 1));
    byId("last").addEventListener("click", () => halt(now.end()));
    byId("play").addEventListener("click", play);
    byId("speed").addEventListener("change", changeSpeed);
    byId("timeline").addEventListener("input", () => halt(Number(byId("timeline").value)));
    byId("node").addEventListener("change", () => pin(Number(byId("node").value)));
    byId("leaf").addEventListener("change", () => {
      state.leaf = Number(byId("leaf").value);
      panels.drawDerivation();
    });
    document.addEventListener("keydown", pressed);
    picture.boxes.forEach(listenToBox);
  }

  document.documentElement.classList.add("alive");
  build();
  listen();
  draw();
})();
