/** Reads a policy from a YAML (or JSON) file and checks it with the same schema as the cloud. */
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import type { z } from "zod";
import { newPolicySchema, type Policy, type Profile } from "../shared/api/policy.ts";
import { yamlProblemOf } from "../shared/config/yaml-problem.ts";
import { describeIssueWithValue } from "../shared/describe-issue.ts";
import { AppError } from "../shared/errors.ts";
import { readTextFile, textProblemOf } from "../shared/text-file.ts";

export interface PolicyFileProblem {
  /** For example `groups.0.rules.methods`; empty for the file itself. */
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

const MAX_BYTES = 128 * 1024;
const MAX_PROBLEMS = 20;

/**
 * Throws USAGE for a file that cannot be read, and POLICY_INVALID with every problem, its path and its line. With a
 * profile, the file is checked as if it named that profile.
 */
export function readPolicyFile(file: string, profile?: Profile): Policy {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const faults = document.errors.map((error) => ({
    path: "",
    line: lines.linePos(error.pos[0]).line,
    problem: `is not valid YAML: ${yamlProblemOf(error)}`,
  }));
  if (faults.length > 0) throw invalid(file, faults);
  if (profile !== undefined && (document.contents === null || isMap(document.contents)))
    document.set("profile", profile);

  const parsed = newPolicySchema.safeParse(valueOf(file, document), { error: describeIssueWithValue });
  if (parsed.success) return parsed.data;
  throw invalid(
    file,
    parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines)),
  );
}

function readText(file: string): string {
  try {
    return readTextFile(file, MAX_BYTES);
  } catch (error) {
    throw new AppError("USAGE", `The policy ${file} cannot be read: ${textProblemOf(error)}.`, {
      cause: error,
    });
  }
}

function valueOf(file: string, document: Document): unknown {
  try {
    return withoutEmpty(document.toJS({ maxAliasCount: 16 })) ?? {};
  } catch (error) {
    throw invalid(file, [{ path: "", line: 1, problem: `is not valid YAML: ${yamlProblemOf(error)}` }]);
  }
}

/** Leaves out keys without a value: `groups:` with nothing below it counts as left out. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutEmpty(inner)]])),
  );
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): PolicyFileProblem[] {
  const problem = (path: readonly PropertyKey[], text: string): PolicyFileProblem => ({
    path: path.map(String).join("."),
    line: lineOf(document, path, lines),
    problem: text,
  });
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => problem([...issue.path, key], "is not a known key"));
  return [problem(issue.path, issue.message)];
}

/** The line of a key, or, when the key is missing, of the part that it is missing from. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  let node: unknown = document.contents;
  let at = startOf(node);
  for (const step of path) {
    if (!isCollection(node)) break;
    const key = isMap(node) ? keyOf(node.items, String(step)) : null;
    node = node.get(step, true);
    const found = startOf(key ?? node);
    if (found === null) break;
    at = found;
  }
  return lines.linePos(at ?? 0).line;
}

function keyOf(items: readonly { readonly key: unknown }[], name: string): Node | null {
  const key = items.find((item) => isScalar(item.key) && String(item.key.value) === name)?.key;
  return isNode(key) ? key : null;
}

const startOf = (node: unknown): number | null => (isNode(node) ? (node.range?.[0] ?? null) : null);

function invalid(file: string, found: readonly PolicyFileProblem[]): AppError {
  const problems = [...found].sort((a, b) => a.line - b.line).slice(0, MAX_PROBLEMS);
  const list = problems.map(({ path, line, problem }) =>
    [`line ${line}`, path, problem].filter((part) => part !== "").join(": "),
  );
  return new AppError("POLICY_INVALID", `${file} is not a valid policy:\n  ${list.join("\n  ")}`, {
    details: { problems },
  });
}
