// What the scripts of the page are held to. They are classic scripts, each using those before it.
import js from "@eslint/js";
import globals from "globals";

// Each file but the last makes one name, for those behind it.
const NAMES = ["Numbers", "Texts", "Passes", "Elements"];
NAMES.push("Moment", "Picture", "Panels", "Leaves", "Game");

export default [
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: {
      ecmaVersion: 2021,
      sourceType: "script",
      globals: {
        ...globals.browser,
        ...Object.fromEntries([...NAMES, "graphProgram"].map((name) => [name, "readonly"])),
      },
    },
    linterOptions: { reportUnusedDisableDirectives: true },
    rules: {
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { varsIgnorePattern: `^(${NAMES.join("|")})$` }],
      "prefer-const": "error",
      "no-var": "error",
      eqeqeq: "error",
      curly: ["error", "multi-line"],
      complexity: ["error", 10],
      "max-depth": ["error", 3],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-shadow": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Write textContent: a name is text and nothing else." },
        { property: "outerHTML", message: "Write textContent: a name is text and nothing else." },
        { property: "insertAdjacentHTML", message: "Write textContent." },
      ],
    },
  },
];
