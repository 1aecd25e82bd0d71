import { expect } from "chai";
import { type SealingKeys, startSealingKeys } from "../../../../agent/identity/sealing-keys.ts";
import type { StateDirectory } from "../../../../agent/identity/state-directory.ts";
import { createJobOpener } from "../../../../agent/writeback/open-job.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../../../shared/durations.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { isSealingKeyAuthentic, type JobOrder, signJob } from "../../../../shared/sealing/job.ts";
import { sealPassword } from "../../../../shared/sealing/password.ts";
import { generateSigningKey } from "../../../../shared/sealing/signing-key.ts";
import { Secret } from "../../../../shared/secret.ts";
import { MAX_JOB_TTL_MS } from "../../../../shared/writeback.ts";
import { rejection } from "../../../support/rejection.ts";

describe("sealing keys", () => {
  const identity = { agentId: newId(), identityKey: generateSigningKey() };
  const open: SealingKeys[] = [];
  let now: number;
  let files: Map<string, string>;
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: (_ms, signal) =>
      new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
  };
  const state: StateDirectory = {
    path: "memory",
    read: (name) => {
      const content = files.get(name);
      return Promise.resolve(content === undefined ? null : Buffer.from(content));
    },
    write: (name, content) => {
      files.set(name, String(content));
      return Promise.resolve();
    },
    remove: () => Promise.resolve(),
  };
  const start = async (): Promise<SealingKeys> => {
    const keys = await startSealingKeys({ state, identity, log: silentLogger, clock });
    open.push(keys);
    return keys;
  };
  const ids = (keys: SealingKeys): string[] => keys.current().map(({ keyId }) => keyId);

  beforeEach(() => {
    now = 1_700_000_000_000;
    files = new Map();
  });
  afterEach(async () => {
    for (const keys of open.splice(0)) await keys.close();
  });

  it("are one of each suite, signed by the agent, for a day", async () => {
    const keys = await start();
    expect(keys.current().map(({ suite }) => suite)).to.deep.equal(["x25519", "p256"]);
    for (const record of keys.current()) {
      expect(isSealingKeyAuthentic(identity.identityKey.publicKey, record)).to.equal(true);
      expect(record.expiresAt - record.createdAt).to.equal(24 * HOUR_MS);
      expect(keys.find(record.keyId)?.publicKey).to.equal(record.publicKey);
    }
  });

  it("are the same after a restart", async () => {
    const before = ids(await start());
    expect(ids(await start())).to.deep.equal(before);
  });

  it("are replaced an hour before they end, and told", async () => {
    const keys = await start();
    const before = ids(keys);
    let told = 0;
    const stop = keys.onRotated(() => told++);
    now += 23 * HOUR_MS - 1;
    expect(await keys.rotateIfDue()).to.equal(false);
    now += 2;
    expect(await keys.rotateIfDue()).to.equal(true);
    stop();

    expect(ids(keys)).not.to.have.members(before);
    expect(told).to.equal(1);
    for (const id of before) expect(keys.find(id)).not.to.equal(null);
  });

  it("stay open for the longest job and five minutes, and are then erased from the disk", async () => {
    const keys = await start();
    const [old = ""] = ids(keys);
    now += 23.5 * HOUR_MS;
    await keys.rotateIfDue();
    now += 0.5 * HOUR_MS + 20 * MINUTE_MS;
    expect(keys.find(old)).not.to.equal(null);
    now += 1;

    expect(keys.find(old)).to.equal(null);
    expect(files.get("sealing-keys.json")).to.include(old);
    expect(await keys.rotateIfDue()).to.equal(false);
    expect(files.get("sealing-keys.json")).not.to.include(old);
  });

  it("open a job that was sealed a second before they were replaced, for as long as it may live", async () => {
    const keys = await start();
    now += 23 * HOUR_MS - 1_000;
    const [recipient] = keys.current();
    if (recipient === undefined) throw new Error("no key");
    const issuer = generateSigningKey();
    const order: JobOrder = {
      jobId: newId(),
      tenantId: "contoso",
      operation: "reset",
      userId: "c".repeat(32),
      userSequence: 1,
      issuedAt: now,
      notAfter: now + MAX_JOB_TTL_MS,
      mustChange: false,
      unlock: false,
      methods: ["api"],
    };
    const sealed = await sealPassword(order, recipient, { newPassword: new Secret("Correct-Horse") });
    const job = signJob(issuer, order, [sealed]);
    now += 2_000;
    expect(await keys.rotateIfDue()).to.equal(true);
    now = order.notAfter;

    const again = await start(); // a restart must not forget them either
    for (const sealingKeys of [keys, again]) {
      const opener = createJobOpener({
        identity: { agentId: identity.agentId, tenantId: "contoso", issuerKey: issuer.publicKey },
        sealingKeys,
      });
      expect((await opener.open(job))?.newPassword.reveal()).to.equal("Correct-Horse");
    }
  });

  it("rotate once when asked twice at a time", async () => {
    const keys = await start();
    now += 24 * HOUR_MS;
    let told = 0;
    keys.onRotated(() => told++);
    await Promise.all([keys.rotateIfDue(), keys.rotateIfDue()]);
    expect(told).to.equal(1);
  });

  it("do not live on because the clock was set back", async () => {
    const keys = await start();
    now -= 30 * 24 * HOUR_MS;
    expect(await keys.rotateIfDue()).to.equal(true);
  });

  it("name the file when it is damaged, and none of its content", async () => {
    files.set("sealing-keys.json", `{"keys":[{"privateKey":"hush"}]}`);
    const error = await rejection(start());
    expect(error.code).to.equal("STATE_UNREADABLE");
    expect(error.message).to.include("sealing-keys.json").and.not.include("hush");
  });
});
