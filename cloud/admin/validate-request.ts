/** Parses bodies, queries, parameters and headers with zod, and names every invalid field. */
import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { describeIssue } from "../../shared/describe-issue.ts";
import { AppError } from "../../shared/errors.ts";

/** An invalid field of a request. Its value is not repeated, because it may be a password. */
interface RequestProblem {
  readonly path: string;
  readonly problem: string;
}

const MAX_PROBLEMS = 50;

export const validateRequest: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart = "request" }) => {
  return (data: unknown) => {
    const parsed = schema.safeParse(data, { error: describeIssue });
    if (parsed.success) return { value: parsed.data };
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, [])).slice(0, MAX_PROBLEMS);
    const list = problems.map(({ path, problem }) => `${path || httpPart}: ${problem}`).join("; ");
    return {
      error: new AppError("REQUEST_INVALID", `Not valid: ${list}.`, {
        details: { problems },
      }),
    };
  };
};

function problemsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): RequestProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    // The shape that was most likely meant is the one that knows most of the given fields.
    const [nearest] = [...issue.errors].sort(
      (a, b) => unknownFields(a) - unknownFields(b) || a.length - b.length,
    );
    if (nearest !== undefined && nearest.length > 0)
      return nearest.flatMap((inner) => problemsOf(inner, path));
  }
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: textOf([...path, key]), problem: "is not known" }));
  return [{ path: textOf(path), problem: issue.message }];
}

const unknownFields = (issues: readonly z.core.$ZodIssue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === "unrecognized_keys" ? issue.keys.length : 0), 0);

/** Cuts the path, because names of unknown keys come from outside. */
function textOf(path: readonly PropertyKey[]): string {
  const text = path.map(String).join(".");
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
