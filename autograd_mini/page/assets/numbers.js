// Numbers, as the Python texts write them and as people type them.

const Numbers = (() => {
  "use strict";

  const SIGNIFICANT = 6;
  const SLACK = 1e-9; // relative: what rounding on another way to the same number may leave
  const ROUNDED = 0.05; // how far off a rounded answer may be, as a share of what is meant

  // A number to six significant digits, as the texts of Python have it; 0 for -0.
  function numberText(x) {
    if (Number.isNaN(x)) return "nan";
    if (Math.abs(x) === Infinity) return x > 0 ? "inf" : "-inf";
    if (x === 0) return "0";
    const [mantissa, exponent] = rounded(Math.abs(x)).split("e");
    const sign = x < 0 ? "-" : "";
    const power = Number(exponent);
    if (power < -4 || power >= SIGNIFICANT) return `${sign}${withoutZeros(mantissa)}e${power}`;
    return sign + withoutZeros(placed(mantissa.replace(".", ""), power));
  }

  // A positive number as 1.23456e+7. Of two equally near ones Python takes the even one, and
  // JavaScript the larger.
  function rounded(x) {
    const text = x.toExponential(SIGNIFICANT - 1);
    const exact = x.toExponential(40);
    const [digits] = exact.split("e");
    const rest = digits.replace(".", "").slice(SIGNIFICANT);
    const last = Number(digits.replace(".", "")[SIGNIFICANT - 1]);
    if (!/^50*$/.test(rest) || last % 2 === 1) return text;
    return `${digits.slice(0, SIGNIFICANT + 1)}e${exact.split("e")[1]}`;
  }

  // The digits with the point where the power of ten puts it.
  function placed(digits, power) {
    if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
    return `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
  }

  function withoutZeros(text) {
    return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
  }

  // What somebody typed: the number, and how far another one may be from it and still be meant.
  // Decimals count at the digits given, whole numbers and fractions such as 3/4 exactly.
  function parsed(typed) {
    const text = typed
      .trim()
      .replace(/^[−–](?=[\d.,])/, "-")
      .replace(/^\+/, "")
      .replace(/^([^.,]*),([^.,]*)$/, "$1.$2"); // as many countries write it
    const fraction = /^(-?\d+(?:\.\d+)?)\s*\/\s*(-?\d+(?:\.\d+)?)$/.exec(text);
    if (fraction) return finite(Number(fraction[1]) / Number(fraction[2]), 0);
    const named = { inf: Infinity, "-inf": -Infinity, nan: NaN }[text.toLowerCase()];
    if (named !== undefined) return { number: named, tolerance: 0 };
    if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
    return finite(Number(text), halfADigit(text));
  }

  // inf has to be asked for by its name.
  const finite = (number, tolerance) => (Number.isFinite(number) ? { number, tolerance } : null);

  // What to say of a text that `parsed` does not take.
  function complaint(text) {
    if (!text.trim()) return "Give a number, such as 0.5, -3 or 3/4.";
    if (/^[+-]?(\d+\.?\d*|\.\d+)e\+?\d+$/i.test(text.trim())) {
      return `“${text}” is too large; the largest number is about 1.8e308.`;
    }
    return `“${text}” is no number; write for example 0.5, -3 or 3/4.`;
  }

  function halfADigit(text) {
    const [digits, exponent = "0"] = text.toLowerCase().split("e");
    const decimals = (digits.split(".")[1] ?? "").length - Number(exponent);
    return decimals > 0 ? 0.5 * 10 ** -decimals : 0;
  }

  // Whether a number is what somebody meant by an answer.
  function isMet(answer, number) {
    const given = answer.number;
    if (given === number || (Number.isNaN(given) && Number.isNaN(number))) return true;
    const slack = Number.isFinite(given) ? SLACK * Math.abs(given) : 0;
    return Math.abs(given - number) <= answer.tolerance + slack;
  }

  // Whether an answer meets a number only for want of digits: 0.0 is all that is below 0.05.
  function isTooCoarse(answer, number) {
    const off = Math.abs(answer.number - number);
    return isMet(answer, number) && off > (ROUNDED + SLACK) * Math.abs(number);
  }

  // From where to where a slider goes, and its steps: twice as far as the number is large.
  function range(x) {
    const middle = Number.isFinite(x) ? x : 0;
    const size = Math.abs(middle) || 1;
    const reach = 2 * Math.max(size, Math.min(1, 10 * size));
    const step = Number(`1e${Math.floor(Math.log10(reach / 100))}`);
    const center = Math.round(middle / step) * step;
    return { min: tidy(center - reach, step), max: tidy(center + reach, step), step };
  }

  // A number on the grid of these steps, without the dust of binary fractions.
  function tidy(x, step) {
    const decimals = Math.max(0, -Math.floor(Math.log10(step)));
    return decimals > 20 ? x : Number(x.toFixed(decimals));
  }

  // JSON has no numbers for these.
  function fromJson(raw) {
    return typeof raw === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[raw] : raw;
  }

  return { numberText, parsed, complaint, isMet, isTooCoarse, range, tidy, fromJson };
})();
