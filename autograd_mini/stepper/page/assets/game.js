// Predict: all gradients are hidden, one is asked for, and a wrong answer may have a known reason.

const Game = (data, places, state, now, goTo, draw) => {
  "use strict";

  const { byId, make, write } = Elements;

  const questions = data.nodes
    .map(({ kind }, node) => [kind === "leaf" ? 0 : 1, node])
    .filter(([, node]) => now.isAsked(node))
    .sort(([a, x], [b, y]) => a - b || x - y)
    .map(([, node]) => node);

  function ask(node) {
    state.asked = node;
    state.solved.clear();
    pose();
  }

  function pose() {
    write(byId("question"), `What is ${data.nodes[state.asked].symbol}?`);
    byId("answer").value = "";
    byId("verdict").replaceChildren();
  }

  function showGame(isOn) {
    byId("start").hidden = byId("invitation").hidden = isOn;
    byId("game").hidden = !isOn;
    document.body.classList.toggle("game", isOn);
  }

  function start() {
    state.pinned = -1;
    ask(questions[0]);
    showGame(true);
    goTo(now.SEED);
    byId("answer").focus();
  }

  function stop() {
    state.asked = -1;
    state.solved.clear();
    showGame(false);
    goTo(now.LAST);
    byId("start").focus();
  }

  function another() {
    const here = questions.indexOf(state.asked) + 1;
    const rest = [...questions.slice(here), ...questions.slice(0, here)];
    state.asked = rest.find((node) => !state.solved.has(node)) ?? rest[0];
    pose();
    draw();
    byId("answer").focus();
  }

  function check() {
    const text = byId("answer").value.trim();
    const answer = Numbers.parsed(text);
    if (!answer) {
      say([[`“${text}” is no number; write for example 0.42, -3 or 3/4.`, "wrong"]]);
      return;
    }
    const right = Passes.gradient(state.numbers, places, state.asked);
    if (Numbers.isMet(answer, right)) {
      solve(`${data.nodes[state.asked].symbol} = ${text} is right.`, "well");
    } else {
      say([[`${data.nodes[state.asked].symbol} = ${text} is wrong.`, "wrong"], ...reasons(answer)]);
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
    solve(`${data.nodes[state.asked].symbol} = ${Numbers.numberText(right)}.`, "");
  }

  function solve(text, kind) {
    state.solved.add(state.asked);
    const isLast = state.solved.size === questions.length;
    say([[text, kind], ...(isLast ? [["These were all of them."]] : [])]);
    state.node = state.asked;
    draw();
  }

  function say(lines) {
    byId("verdict").replaceChildren(
      ...lines.map(([text, kind]) => make("p", text, kind ? { class: kind } : {})),
    );
  }

  // The same question at other numbers.
  function renew() {
    if (now.isGame()) ask(state.asked);
  }

  function build() {
    byId("predict").hidden = questions.length === 0;
    byId("start").addEventListener("click", start);
    // No form, for in the frame of a notebook it could not be sent.
    byId("check").addEventListener("click", check);
    byId("answer").addEventListener("keydown", (event) => event.key === "Enter" && check());
    byId("another").addEventListener("click", another);
    byId("tell").addEventListener("click", tell);
    byId("stop").addEventListener("click", stop);
  }

  return { build, renew };
};
