import { expect } from "chai";
import type { Submission } from "../../../../cloud/writeback/writeback-service.ts";
import { newId } from "../../../../shared/ids.ts";
import { sealPassword } from "../../../../shared/sealing/password.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { sharedRedis } from "../../../support/redis.ts";
import {
  createWritebackHost,
  newUserId,
  plain,
  refusal,
  resetRequest,
  type WritebackHost,
  type WritebackHostOptions,
} from "../../../support/writeback-host.ts";

describe("submitting a writeback", () => {
  let host: WritebackHost;
  const newHost = async (options: Omit<WritebackHostOptions, "connection"> = {}): Promise<WritebackHost> => {
    const { connection } = await sharedRedis();
    host = createWritebackHost({ connection, ...options });
    return host;
  };
  beforeEach(() => newHost());
  afterEach(() => host.close());

  const one = async () => {
    const node = await host.node("n1");
    const agent = await host.agent();
    agent.connect(node);
    return { node, agent, service: node.service };
  };

  describe("refuses", () => {
    it("when no agent is connected, and stores nothing", async () => {
      const { service } = await host.node("n1");
      await host.agent();

      expect(await refusal(service.draft(host.tenantId, resetRequest(newUserId())))).to.equal(
        "AGENT_OFFLINE",
      );
      expect(await refusal(service.submit(host.tenantId, plain(newUserId())))).to.equal("AGENT_OFFLINE");
      expect(await service.list(host.tenantId, 10)).to.deep.equal([]);
    });

    it("more than may wait", async () => {
      await newHost({ maxPending: 2 });
      const { service } = await one();
      await service.submit(host.tenantId, plain(newUserId()));
      await service.submit(host.tenantId, plain(newUserId()));

      expect(await refusal(service.submit(host.tenantId, plain(newUserId())))).to.equal("QUEUE_FULL");
    });

    const drafts = [
      ["a draft for another user", (order: object) => ({ order: { ...order, userId: newUserId() } })],
      [
        "a draft with more time",
        (order: { notAfter: number }) => ({ order: { ...order, notAfter: order.notAfter + 1 } }),
      ],
      ["a draft signed with another key", () => ({ token: generateSigningKey().sign(Buffer.from("draft")) })],
    ] as const;
    for (const [what, edit] of drafts)
      it(what, async () => {
        const { service } = await one();
        const { order, recipients, token } = await service.draft(host.tenantId, resetRequest(newUserId()));
        const sealed = await Promise.all(
          recipients.map((recipient) => sealPassword(order, recipient, { newPassword: new Secret("x") })),
        );
        const submission = {
          kind: "sealed",
          order,
          token,
          sealed,
          requestedBy: "k",
          ...edit(order),
        } as Submission;

        expect(await refusal(service.submit(host.tenantId, submission))).to.equal("WRITEBACK_DRAFT_INVALID");
      });

    it("a draft of another tenant", async () => {
      const { service } = await one();
      const draft = await service.draft(host.tenantId, resetRequest(newUserId(), { operation: "unlock" }));

      const submission: Submission = { ...draft, kind: "sealed", sealed: [], requestedBy: "k" };

      expect(await refusal(service.submit("another", submission))).to.equal("WRITEBACK_DRAFT_INVALID");
    });

    it("a password that is sealed to no present agent", async () => {
      const { service } = await one();
      const { order, recipients, token } = await service.draft(host.tenantId, resetRequest(newUserId()));
      const [recipient] = recipients;
      if (recipient === undefined) throw new Error("no recipient");
      const stranger = { ...recipient, agentId: newId() };
      const sealed = [await sealPassword(order, stranger, { newPassword: new Secret("x") })];

      const submission: Submission = { kind: "sealed", order, token, sealed, requestedBy: "k" };

      expect(await refusal(service.submit(host.tenantId, submission))).to.equal("NOT_SEALED_TO_AGENT");
    });

    for (const [what, code, operation, passwords] of [
      ["a reset without a password", "REQUEST_INVALID", "reset", null],
      ["an unlock with a password", "REQUEST_INVALID", "unlock", { newPassword: new Secret("x") }],
      ["a change without the old password", "REQUEST_INVALID", "change", { newPassword: new Secret("x") }],
      ["an empty password", "PASSWORD_EMPTY", "reset", { newPassword: new Secret("") }],
      [
        "a password of 257 characters",
        "PASSWORD_TOO_LONG",
        "reset",
        { newPassword: new Secret("x".repeat(257)) },
      ],
    ] as const)
      it(what, async () => {
        const { service } = await one();
        const request = resetRequest(newUserId(), { operation });

        const submission: Submission = { kind: "plain", request, passwords, requestedBy: "k" };

        expect(await refusal(service.submit(host.tenantId, submission))).to.equal(code);
      });

    it("to show a job that does not exist", async () => {
      const { service } = await one();
      expect(await refusal(service.get(host.tenantId, newId()))).to.equal("WRITEBACK_UNKNOWN");
      expect(await refusal(service.cancel(host.tenantId, newId(), "k"))).to.equal("WRITEBACK_UNKNOWN");
    });
  });

  describe("under an idempotency key", () => {
    const once = { idempotencyKey: "the-same" };

    it("gives the same job for the same request, also when no agent is connected any more", async () => {
      const { agent, service } = await one();
      const userId = newUserId();
      const first = await service.submit(host.tenantId, plain(userId, "a password", once));
      agent.disconnect();

      const second = await service.submit(host.tenantId, plain(userId, "a password", once));

      expect(second.id).to.equal(first.id);
    });

    it("gives one job to twenty at once", async () => {
      const { service } = await one();
      const userId = newUserId();

      const all = await Promise.all(
        Array.from({ length: 20 }, () => service.submit(host.tenantId, plain(userId, "a password", once))),
      );

      expect(new Set(all.map(({ id }) => id)).size).to.equal(1);
      expect(await service.listForUser(host.tenantId, userId)).to.have.length(1);
    });

    it("refuses another password", async () => {
      const { service } = await one();
      const userId = newUserId();
      await service.submit(host.tenantId, plain(userId, "a password", once));

      expect(await refusal(service.submit(host.tenantId, plain(userId, "another", once)))).to.equal(
        "IDEMPOTENCY_CONFLICT",
      );
    });
  });
});
