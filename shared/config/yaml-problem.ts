import { YAMLParseError } from "yaml";

const PROBLEMS: Readonly<Record<string, string>> = {
  BAD_INDENT: "the indentation is wrong, or a closing bracket is missing",
  BLOCK_AS_IMPLICIT_KEY: "the indentation is wrong",
  DUPLICATE_KEY: "the same key appears twice",
  MISSING_CHAR: "a bracket, quotation mark, colon or comma is missing",
  MULTIPLE_DOCS: "there is more than one document",
  TAB_AS_INDENT: "it is indented with a tab instead of spaces",
  UNEXPECTED_TOKEN: "there is text that does not belong here",
};

/** Says why a text cannot be read as YAML, for the end of a sentence. */
export function yamlProblemOf(error: unknown): string {
  // The parser's only other error is about aliases: more of them than `maxAliasCount`, or one that stands for nothing.
  if (!(error instanceof YAMLParseError)) return "an alias is undefined, or there are too many of them";
  return PROBLEMS[error.code] ?? "the syntax is wrong";
}
