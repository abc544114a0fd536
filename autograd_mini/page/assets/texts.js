// Texts with places for numbers, made into texts.
//
// A line is a list of parts, which have = between them, or a choice between lines: {if, then, else,
// nan} by the number at a place, {zero, then} where that is 0, {sum} for the lines of a sum. A part
// is a text, or a list of texts, of places of numbers, and of [place, bracket], a bracket that
// stands only where the number at the place is negative.

const Texts = (() => {
  "use strict";

  function part(template, numbers) {
    if (typeof template === "string") return template;
    return template.map((piece) => pieceText(piece, numbers)).join("");
  }

  function pieceText(piece, numbers) {
    if (typeof piece === "string") return piece;
    if (typeof piece === "number") return Numbers.numberText(numbers[piece]);
    const [place, bracket] = piece;
    return Numbers.numberText(numbers[place]).startsWith("-") ? bracket : "";
  }

  // The line that the numbers choose, as texts; null where it is not to be said.
  function parts(line, numbers) {
    if (Array.isArray(line)) return line.map((one) => part(one, numbers));
    if ("sum" in line) return parts(line.sum, numbers);
    if ("zero" in line) return numbers[line.zero] === 0 ? parts(line.then, numbers) : null;
    const condition = numbers[line.if];
    if (Number.isNaN(condition)) return parts(line.nan, numbers);
    return parts(condition === 0 ? line.else : line.then, numbers);
  }

  // The parts without those that look like the one before.
  function shortened(texts) {
    return texts.filter((text, index) => index === 0 || text !== texts[index - 1]);
  }

  return { part, parts, shortened };
})();
