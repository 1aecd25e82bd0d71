import { expect } from "chai";
import type { ApiCall, ApiClient } from "../../../cli/api-client.ts";
import { submitWriteback } from "../../../cli/submit-writeback.ts";
import { AppError } from "../../../shared/errors.ts";
import { newId } from "../../../shared/ids.ts";
import { rejection } from "../../support/rejection.ts";

describe("a submitted writeback", () => {
  it("is named when the connection is lost before the answer, because it may still be applied", async () => {
    const jobId = newId();
    const draft = {
      order: {
        jobId,
        tenantId: "contoso",
        operation: "unlock",
        userId: "c".repeat(32),
        userSequence: 1,
        issuedAt: 0,
        notAfter: 1,
        mustChange: false,
        unlock: true,
        methods: ["api"],
      },
      recipients: [],
      token: "A".repeat(86),
    };
    const api: ApiClient = {
      call: (answer, { path }: ApiCall) =>
        path.endsWith("/writeback-drafts")
          ? Promise.resolve(answer.parse(draft) as never)
          : Promise.reject(new AppError("CLOUD_UNREACHABLE", "gone.")),
    };

    const error = await rejection(
      submitWriteback(
        api,
        "contoso",
        { user: "ann", operation: "unlock", mustChange: false },
        { passwords: null, waitSeconds: 1 },
      ),
    );

    expect(error.code).to.equal("CLOUD_UNREACHABLE");
    expect(error.message).to.contain(`latchkey writeback show ${jobId}`);
  });
});
