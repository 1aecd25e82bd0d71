import { expect } from "chai";
import fc from "fast-check";
import { validateRequest } from "../../../../cloud/admin/validate-request.ts";
import { startWritebackSchema } from "../../../../shared/api/writebacks.ts";
import { AppError } from "../../../../shared/errors.ts";

const validate = validateRequest({
  schema: startWritebackSchema,
  method: "POST",
  url: "/",
  httpPart: "body",
});

function problemsOf(body: unknown): { path: string; problem: string }[] {
  const answer: unknown = validate(body);
  const error = (answer as { error?: unknown }).error;
  if (!(error instanceof AppError)) throw new Error("it was let through");
  expect(error.code).to.equal("REQUEST_INVALID");
  return error.details["problems"] as { path: string; problem: string }[];
}

describe("validating a request", () => {
  it("names every field that does not fit", () => {
    const paths = problemsOf({ user: "", operation: "wipe", newPassword: 5, colour: "red" }).map(
      ({ path }) => path,
    );

    expect(paths).to.include.members(["user", "operation", "newPassword", "colour"]);
  });

  it("never repeats a value", () => {
    const problems = problemsOf({ user: "ann", operation: "reset", newPassword: "Marker-9271".repeat(40) });

    expect(JSON.stringify(problems)).to.not.contain("Marker");
  });

  it("speaks of the shape that was meant", () => {
    const sealed = problemsOf({ order: {}, token: "x", sealed: [] }).map(({ path }) => path);

    expect(sealed).to.include.members(["order.jobId", "token"]);
    expect(sealed).to.not.include("user");
  });

  it("asks for the passwords that an operation needs, and no others", () => {
    expect(problemsOf({ user: "ann", operation: "reset" })).to.deep.equal([
      { path: "newPassword", problem: "is required for reset" },
    ]);
    expect(problemsOf({ user: "ann", operation: "unlock", newPassword: "x" })[0]?.path).to.equal(
      "newPassword",
    );
    expect(problemsOf({ user: "ann", operation: "change", newPassword: "x" })[0]?.path).to.equal(
      "oldPassword",
    );
  });

  it("survives whatever JSON there is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        expect(validate(body)).to.be.an("object");
      }),
    );
  });
});
