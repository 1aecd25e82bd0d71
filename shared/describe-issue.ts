/**
 * Describes why a schema refuses a value, for the author of a file or a request. A parse takes these functions as its
 * `error`; a message that the schema itself has for a field has priority.
 */
import type { z } from "zod";

type Issue = z.core.$ZodRawIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "keys and values",
  record: "keys and values",
};

const FORMATS: Readonly<Record<string, string>> = {
  email: "an email address",
  url: "a URL",
  datetime: "a date and time in ISO 8601",
};

/** Repeats nothing of the value, which may be a password. */
export function describeIssue(issue: Issue): string {
  if (issue.input === undefined && issue.code !== "custom") return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? "of another type"}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of: " : ""}${issue.values.map(String).join(", ")}`;
    case "invalid_format":
      return `must be ${FORMATS[issue.format] ?? "in the form that the documentation shows"}`;
    case "too_small":
      return describeBound(issue.origin, "at least", issue.minimum);
    case "too_big":
      return describeBound(issue.origin, "at most", issue.maximum);
    case "unrecognized_keys":
      return `has unknown keys: ${issue.keys.join(", ")}`;
    case "custom":
    case "invalid_element":
    case "invalid_key":
    case "invalid_union":
    case "not_multiple_of":
      return "is not valid";
  }
}

function describeBound(origin: string, bound: string, limit: number | bigint): string {
  if (origin === "string" && bound === "at least" && limit === 1) return "must not be empty";
  if (origin === "string") return `must have ${bound} ${limit} character${limit === 1 ? "" : "s"}`;
  if (origin === "array") return `must have ${bound} ${limit} entr${limit === 1 ? "y" : "ies"}`;
  return `must be ${bound} ${limit}`;
}

/** For files of the reader's own: also repeats the number or the word that is not allowed, never other text. */
export function describeIssueWithValue(issue: Issue): string {
  const { code, input } = issue;
  const isNumber = typeof input === "number" && Number.isFinite(input);
  const isWord = code === "invalid_value" && typeof input === "string" && input.length <= MAX_WORD;
  return isNumber || isWord ? `${describeIssue(issue)}, not ${input}` : describeIssue(issue);
}
const MAX_WORD = 40;
