import importSort from "eslint-plugin-simple-import-sort";
import tseslint from "typescript-eslint";

const room = (folder, ...forbidden) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: forbidden.map((name) => ({
          regex: `^(\\.\\./)+${name}/`,
          message: `${folder}/ must not import ${name}/: put what both need in shared/`,
        })),
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ["dist/", "web/assets/", "coverage/", "node_modules/", ".demo/"] },
  ...tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ["**/*.ts"],
    plugins: { "import-sort": importSort },
    rules: {
      // Node, packages, then our own files from far to near; no blank lines between.
      "import-sort/imports": ["error", { groups: [["^node:", "^@?\\w", "^\\.\\.", "^\\."]] }],
      "import-sort/exports": "error",
      // A literal spread into a literal switches the check for excess properties off.
      "no-restricted-syntax": [
        "error",
        {
          selector:
            ":matches(ObjectExpression, ArrayExpression) > SpreadElement > :matches(ObjectExpression, ArrayExpression)",
          message: "Write the properties out instead of spreading a literal.",
        },
      ],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  room("agent", "cloud", "cli", "test", "bench"),
  room("cloud", "agent", "cli", "test", "bench"),
  room("cli", "agent", "cloud", "test", "bench"),
  room("shared", "agent", "cloud", "cli", "web", "test", "bench"),
  room("web", "agent", "cloud", "cli", "lab", "test", "bench"),
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
);
