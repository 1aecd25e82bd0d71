import { expect } from "chai";
import { z } from "zod";
import { describeIssue, describeIssueWithValue } from "../../../shared/describe-issue.ts";

const schema = z.strictObject({
  text: z.string().min(1).max(3),
  word: z.enum(["a", "b"]),
  count: z.int().min(2).max(9),
  flag: z.boolean(),
  list: z.array(z.string()).max(1),
  mail: z.email(),
  own: z.string().regex(/x/, "must hold an x"),
});
const good = { text: "abc", word: "a", count: 2, flag: true, list: [], mail: "a@example.com", own: "x" };

describe("a value that a schema refuses", () => {
  for (const [change, problem, withValue = problem] of [
    [{ text: undefined }, "text: is missing"],
    [{ text: 1 }, "text: must be text", "text: must be text, not 1"],
    [{ text: "" }, "text: must not be empty"],
    [{ text: "secret" }, "text: must have at most 3 characters"],
    [{ word: "c" }, "word: must be one of: a, b", "word: must be one of: a, b, not c"],
    [{ count: 1 }, "count: must be at least 2", "count: must be at least 2, not 1"],
    [{ count: 10 }, "count: must be at most 9", "count: must be at most 9, not 10"],
    [{ count: 2.5 }, "count: must be a whole number", "count: must be a whole number, not 2.5"],
    [{ flag: "yes" }, "flag: must be true or false"],
    [{ list: ["a", "b"] }, "list: must have at most 1 entry"],
    [{ list: "a" }, "list: must be a list"],
    [{ mail: "a" }, "mail: must be an email address"],
    [{ own: "y" }, "own: must hold an x"],
    [{ other: 1 }, ": has unknown keys: other"],
  ] as const)
    it(`is described: ${problem}`, () => {
      for (const [describe, expected] of [
        [describeIssue, problem],
        [describeIssueWithValue, withValue],
      ] as const) {
        const { error } = schema.safeParse({ ...good, ...change }, { error: describe });
        expect(error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)).to.deep.equal([
          expected,
        ]);
      }
    });
});
