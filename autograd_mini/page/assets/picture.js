// The picture: numbers, and marks for what happens, in the SVG that Python laid out.

const Picture = (data, state, now) => {
  "use strict";

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
  const SMALLEST = 0.5; // of its size that a picture may shrink to
  const LEGIBLE = 0.65; // of its size that a picture has where it scrolls
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

  // The numbers, and which node is looked at.
  function drawNumbers() {
    for (const [element, node] of drawn.values) writeNumber(element, now.valueText(node));
    for (const [element, node] of drawn.gradients) writeNumber(element, now.gradientText(node));
    for (const [element, edge] of drawn.locals) writeNumber(element, now.localText(edge));
    for (const [element, node] of drawn.boxes) {
      element.setAttribute("aria-pressed", String(node === state.pinned));
      element.classList.toggle("chosen", node === state.node);
    }
  }

  // Which boxes and arrows are at work in this step, and which have not been yet.
  function drawMoment() {
    const [kind, node, edge] = state.step ? data.events[state.step - 1] : ["", -1, -1];
    const atWork = now.isGame() ? [data.boxes[state.asked]] : atStep(node, edge);
    const waiting = now.waiting();
    for (const element of drawn.keyed) {
      const name = element.getAttribute("data-key");
      const isOperation = element.matches(".operation, .joint");
      const isNow = atWork.includes(name) && (!isOperation || kind === "forward");
      element.classList.toggle("now", isNow);
      element.classList.toggle("back", edge >= 0);
      element.classList.toggle("to-come", !isNow && waiting.has(name));
    }
  }

  const atStep = (node, edge) =>
    state.step < now.LAST ? [data.boxes[node], data.arrows[edge]] : [];

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

  function build() {
    document.querySelectorAll(".graph .arrow.flow").forEach(addTail);
    for (const [element] of drawn.boxes) {
      element.setAttribute("tabindex", "0");
      element.setAttribute("role", "button");
    }
    window.addEventListener("resize", fit);
    fit();
  }

  // A picture that would have to shrink to less than half scrolls, in letters that can be read.
  function fit() {
    for (const svg of document.querySelectorAll(".graph")) {
      const width = Number(svg.getAttribute("width"));
      const isLarge = width * SMALLEST > svg.closest(".drawing").clientWidth;
      svg.style.minWidth = isLarge ? `${width * LEGIBLE}px` : "";
      svg.classList.toggle("large", isLarge);
    }
  }

  return { boxes: drawn.boxes, build, drawNumbers, drawMoment, reveal };
};
