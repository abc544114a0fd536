// What is known at the step that the page is at, as numbers and as texts.
//
// `state` has .step, .numbers, .asked (the node whose gradient is to be guessed, or -1), .solved.

const Moment = (data, places, state) => {
  "use strict";

  const LAST = data.events.length;
  const SEED = data.events.findIndex(([kind]) => kind === "seed") + 1;

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

  const isGame = () => state.asked >= 0;
  const isComputed = (node) => forward[node] <= state.step;
  const end = () => (isGame() ? SEED : LAST); // the game hides the backward pass

  function gradient(node) {
    if (isGame() && state.solved.has(node)) return Passes.gradient(state.numbers, places, node);
    if (node === places.root) return state.step >= SEED ? 1 : null;
    const come = arrivals[node].filter(([step]) => step <= state.step);
    return come.length ? state.numbers[places.after(come[come.length - 1][1])] : null;
  }

  const shown = (number) => (number === null ? data.notComputed : Numbers.numberText(number));
  const isAsked = (node) => node !== places.root && places.last[node] >= 0;
  const isHidden = (node) => isGame() && isAsked(node) && !state.solved.has(node);

  const valueText = (node) => shown(isComputed(node) ? state.numbers[node] : null);
  const gradientText = (node) => (isHidden(node) ? "?" : shown(gradient(node)));

  function localText(edge) {
    const isKnown = isComputed(data.edges[edge][0]);
    return isKnown ? Numbers.numberText(state.numbers[places.local(edge)]) : "";
  }

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

  // The boxes and arrows of what has not happened: in the forward pass what is not computed yet, in
  // the backward pass where nothing has come down. None at the end, and in the game.
  function waiting() {
    const found = new Set();
    if (state.step === LAST || isGame()) return found;
    const isForward = state.step < SEED;
    data.edges.forEach(([consumer], edge) => {
      const waits = isForward ? !isComputed(consumer) : stepOfEdge[edge] > state.step;
      if (waits) found.add(data.arrows[edge]);
    });
    if (isForward) {
      data.boxes.forEach((box, node) => isComputed(node) || found.add(box));
      data.boxes.forEach((box, node) => isComputed(node) && found.delete(box));
    }
    return found;
  }

  return {
    LAST,
    SEED,
    arrivals,
    end,
    gradient,
    gradientText,
    isAsked,
    isGame,
    isHidden,
    localText,
    toldTexts,
    valueText,
    waiting,
    whereText,
  };
};
