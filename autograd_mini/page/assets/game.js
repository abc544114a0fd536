// Predict: all gradients are hidden, one is asked for, and a wrong answer may have a known reason.

const Game = (data, places, state, now, panels, goTo, draw, reveal) => {
  "use strict";

  const { byId, make, write } = Elements;

  // From the result down, as the backward pass goes: each follows from those before it.
  const questions = [...data.nodes.keys()].filter(now.isAsked).reverse();

  function ask(node) {
    state.asked = state.node = node;
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
    state.solved.clear();
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
    ask(rest.find((node) => !state.solved.has(node)) ?? rest[0]);
    draw();
    reveal();
    byId("answer").focus();
  }

  function check() {
    const text = byId("answer").value.trim();
    const answer = Numbers.parsed(text);
    const right = Passes.gradient(state.numbers, places, state.asked);
    const stated = `${data.nodes[state.asked].symbol} = ${text}`;
    if (!answer) {
      say([[Numbers.complaint(text), "wrong"]]);
    } else if (Numbers.isTooCoarse(answer, right)) {
      say([[`${stated} is too coarse; give at least two digits.`, "wrong"]]);
    } else if (Numbers.isMet(answer, right)) {
      solve([`${stated} is right.`, "well"]);
    } else {
      say([[`${stated} is wrong.`, "wrong"], ...reasons(answer)]);
    }
    byId("answer").focus();
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
    solve([`${data.nodes[state.asked].symbol} = ${Numbers.numberText(right)}.`]);
  }

  // It is known now, and so may be how it came about.
  function solve(line) {
    state.solved.add(state.asked);
    const isLast = state.solved.size === questions.length;
    say([line, ...(isLast ? [["These were all of them."]] : [])]);
    const derived = make("div", "", { class: "derived" });
    derived.append(...panels.derived(state.asked));
    byId("verdict").append(derived);
    draw();
  }

  function say(lines) {
    byId("verdict").replaceChildren(
      ...lines.map(([text, kind]) => make("p", text, kind ? { class: kind } : {})),
    );
  }

  // The same question at other numbers; what was found out before does not hold any more.
  function renew() {
    if (!now.isGame()) return;
    state.solved.clear();
    say([["The numbers have changed, and the gradients with them."]]);
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
