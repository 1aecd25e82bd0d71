import { expect } from "chai";
import { createPortalKeys } from "../../../../cloud/keys/portal-keys.ts";
import { type Attempt, attemptSchema, newAttempt, personOf } from "../../../../cloud/reset/attempt.ts";
import { reasonChosen, wentBack } from "../../../../cloud/reset/attempt-changes.ts";
import { createSessions, type Sessions } from "../../../../cloud/reset/sessions.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { createVisitStore } from "../../../../cloud/store/visits.ts";
import { newSecret, secretDigestOf } from "../../../../cloud/visits/secret.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { Secret } from "../../../../shared/secret.ts";
import { createManualClock } from "../../../support/manual-clock.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

describe("reset: one attempt on two nodes", () => {
  let store: Store;
  before(
    async () => (store = await openStore({ mac: testMac, ...(await sharedRedis()), log: silentLogger })),
  );
  after(() => store.close());

  const clock = createManualClock();
  const portalKeys = createPortalKeys(new Secret(Buffer.alloc(32, 7).toString("base64url")));
  const node = (): Sessions =>
    createSessions({
      attempts: createVisitStore({
        store,
        kind: "attempt",
        schema: attemptSchema,
        keyOf: keys.attempt,
        personOf,
      }),
      portalKeys,
      clock,
    });
  const begin = async (on: Sessions) => {
    const key = { tenantId: "contoso", id: newId(), secret: newSecret() };
    const facts = { userName: "jane", address: "192.0.2.1", language: "en", now: clock.now() } as const;
    await on.create(newAttempt(key, { ...facts, secretDigest: secretDigestOf(key.secret) }));
    return key;
  };
  const forgot = (attempt: Attempt): Attempt => reasonChosen(attempt, "forgot");
  const form = (version: number, ...steps: ("reason" | "choose")[]) => ({ version, fields: ["x"], steps });

  it("continues from what the other node wrote, not from its own memory", async () => {
    const [one, other] = [node(), node()];
    const key = await begin(one);
    expect((await other.act(key, form(1, "reason"), forgot)).kind).to.equal("done");
    // The first node still remembers version 1.
    expect((await one.act(key, form(2, "choose"), wentBack)).kind).to.equal("done");
    expect((await other.act(key, form(3, "choose"), wentBack)).kind).to.equal("done");
    expect(await one.read(key)).to.include({ version: 4, reason: "forgot" });
  });

  it("accepts a form once, on either node", async () => {
    const [one, other] = [node(), node()];
    const key = await begin(one);
    await other.read(key);
    expect((await one.act(key, form(1, "reason"), forgot)).kind).to.equal("done");
    expect((await other.act(key, form(1, "reason"), forgot)).kind).to.equal("repeated");
    const late = { ...form(1, "reason"), fields: ["y"] };
    expect((await other.act(key, late, (attempt) => reasonChosen(attempt, "locked"))).kind).to.equal("stale");
    expect(await one.read(key)).to.include({ version: 2, reason: "forgot" });
  });

  it("amends the stored attempt, not the remembered one", async () => {
    const [one, other] = [node(), node()];
    const { tenantId, id } = await begin(one);
    await other.amend(tenantId, id, forgot);
    // A node that used its memory of the attempt would find nothing to do.
    const amended = await one.amend(tenantId, id, (attempt) =>
      attempt.reason === "forgot" ? { ...attempt, gone: true } : null,
    );
    expect(amended).to.include({ reason: "forgot", gone: true });
  });

  it("has ended on one node when it was ended on the other", async () => {
    const [one, other] = [node(), node()];
    const key = await begin(one);
    await other.remove(key);
    expect(await rejection(one.act(key, form(1, "reason"), forgot))).to.include({ code: "SESSION_ENDED" });
  });
});
