// Elements of the page, found and made. Whatever is written goes through textContent: a name is
// text and nothing else.

const Elements = (() => {
  "use strict";

  const byId = (id) => document.getElementById(id);

  function make(tag, text = "", attributes = {}) {
    const element = document.createElement(tag);
    element.textContent = text;
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  // Only what has changed: a page is drawn anew at every move of a slider.
  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  // A row of a table, of [text, class] for each cell.
  function row(cells) {
    const made = make("tr");
    for (const [text, kind] of cells) made.append(make("td", text, kind ? { class: kind } : {}));
    return made;
  }

  return { byId, make, write, row };
})();
