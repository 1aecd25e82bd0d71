/**
 * Loads a configuration: the schema's defaults, then the YAML file, then the environment. `PREFIX_LDAP__BASE_DN` sets
 * `ldap.baseDn`: two underscores go one level deeper, one underscore makes camel case. A key such as `passwordFile` is
 * replaced by the content of the file it names. The text is parsed once, all problems are reported together, and the
 * result is frozen.
 */
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { describeIssueWithValue } from "../describe-issue.ts";
import { AppError } from "../errors.ts";
import { parseJson } from "../parse-json.ts";
import { readSecretFile, readTextFile, textProblemOf } from "../text-file.ts";
import { yamlProblemOf } from "./yaml-problem.ts";

export interface ConfigSource {
  /** Path of the YAML file, if there is one. */
  readonly file?: string | undefined;
  /** For example `LATCHKEY_AGENT`. */
  readonly environmentPrefix: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const MAX_CONFIG_BYTES = 1024 * 1024;

/** Throws CONFIG_INVALID, with every wrong key in `details.problems`. */
export function loadConfig<S extends z.ZodType>(schema: S, source: ConfigSource): Readonly<z.infer<S>> {
  const problems: string[] = [];
  const raw = source.file === undefined ? {} : readYaml(source.file);
  applyEnvironment(raw, source);
  readSecretFiles(raw, [], problems);
  const parsed = schema.safeParse(raw, { error: describeIssueWithValue });
  const isNamed = (path: string): boolean => problems.some((problem) => problem.startsWith(`${path}: `));
  for (const issue of parsed.error?.issues ?? []) {
    const path = issue.path.join(".") || "(file)";
    if (issue.code === "unrecognized_keys")
      problems.push(`${issue.keys.map((key) => [...issue.path, key].join(".")).join(", ")}: not a known key`);
    // A secret whose file could not be read is reported once, not again as missing.
    else if (!isNamed(path) && !isNamed(`${path}File`)) problems.push(`${path}: ${issue.message}`);
  }
  if (problems.length > 0 || !parsed.success)
    throw new AppError(
      "CONFIG_INVALID",
      `${source.file ?? "The configuration"} is not valid:\n  ${problems.join("\n  ")}`,
      {
        details: { problems },
      },
    );
  return deepFreeze(parsed.data);
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readYaml(file: string): Tree {
  let text: string;
  try {
    text = readTextFile(file, MAX_CONFIG_BYTES);
  } catch (error) {
    throw new AppError(
      "CONFIG_INVALID",
      `The configuration file ${file} cannot be read: ${textProblemOf(error)}.`,
      { cause: error },
    );
  }
  let value: unknown;
  try {
    // Copied through JSON, because an object that aliases share would have its secret files read twice.
    value = JSON.parse(JSON.stringify(parseYaml(text, { maxAliasCount: 16 })));
  } catch (error) {
    throw new AppError(
      "CONFIG_INVALID",
      `${file} is not valid YAML${lineOf(error)}: ${yamlProblemOf(error)}.`,
      {
        cause: error,
      },
    );
  }
  if (value === null || value === undefined) return {};
  if (!isTree(value)) throw new AppError("CONFIG_INVALID", `${file} must consist of keys and values.`);
  return value;
}

const camelCase = (word: string): string =>
  word.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function applyEnvironment(raw: Tree, { environmentPrefix, environment }: ConfigSource): void {
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(`${environmentPrefix}_`)) continue;
    const path = name
      .slice(environmentPrefix.length + 1)
      .split("__")
      .map(camelCase);
    const last = path.pop();
    if (last === undefined || last === "") continue;
    let tree = raw;
    for (const key of path) {
      const next = tree[key];
      tree = isTree(next) ? next : (tree[key] = {});
    }
    // A list is JSON. The text "[::1]:8080" is none and stays text.
    tree[last] = value.trimStart().startsWith("[") ? (parseJson(value) ?? value) : value;
  }
}

/**
 * Matches `passwordFile`, `secretFile`, `tokenFile` …, which become `password`, `secret`, `token` with the file's
 * content.
 */
const SECRET_FILE_KEY = /^(.*(?:password|secret|token|passphrase))File$/i;

function readSecretFiles(tree: Tree, path: readonly string[], problems: string[]): void {
  for (const [key, value] of Object.entries(tree)) {
    if (value === null) {
      // `metrics:` with nothing below it counts as left out.
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the tree is ours, fresh from the parser
      delete tree[key];
      continue;
    }
    if (isTree(value)) readSecretFiles(value, [...path, key], problems);
    if (Array.isArray(value))
      value.forEach((item: unknown, index) => {
        if (isTree(item)) readSecretFiles(item, [...path, key, String(index)], problems);
      });
    const target = SECRET_FILE_KEY.exec(key)?.[1];
    if (target === undefined || typeof value !== "string") {
      if (/(?:password|secret|token|passphrase)$/i.test(key) && typeof value === "string") {
        problems.push(
          `${[...path, key].join(".")}: a secret may not be written here; put it in a file and name the file as ${key}File`,
        );
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the tree is ours, fresh from the parser
        delete tree[key];
      }
      continue;
    }
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the tree is ours, fresh from the parser
    delete tree[key];
    try {
      tree[target] = readSecretFile(value).reveal();
    } catch (error) {
      problems.push(`${[...path, key].join(".")}: ${value} cannot be read: ${textProblemOf(error)}`);
    }
  }
}

const lineOf = (error: unknown): string => {
  const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
  return line === undefined ? "" : ` in line ${line}`;
};

function deepFreeze<T>(value: T): T {
  // Only plain objects and lists are frozen. A Secret protects its own value.
  if (
    typeof value === "object" &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
  ) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
