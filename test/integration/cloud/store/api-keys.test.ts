import { expect } from "chai";
import {
  type ApiKeys,
  createApiKeys,
  makeApiKeySecret,
  type NewApiKey,
} from "../../../../cloud/store/api-keys.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { AppError } from "../../../../shared/errors.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { Secret } from "../../../../shared/secret.ts";
import { storeWithWork } from "../../../support/meanwhile.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis, startRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";

describe("API keys", () => {
  let store: Store;
  let apiKeys: ApiKeys;
  let now = Date.now();
  const wanted: NewApiKey = {
    name: "helpdesk",
    tenantId: null,
    scopes: ["users:read"],
    createdBy: "system",
    expiresAt: null,
  };

  before(async () => {
    store = await openStore({
      mac: testMac,
      connection: (await sharedRedis()).connection,
      log: silentLogger,
    });
    apiKeys = createApiKeys({ store, clock: { ...systemClock, now: () => now } });
  });
  after(() => store.close());

  it("let their holder in", async () => {
    const { key, secret } = await apiKeys.create(wanted);

    expect(await apiKeys.authenticate(secret)).to.deep.equal(key);
    expect(secret.reveal()).to.match(/^lkk_[0-9A-Z]{26}_[A-Za-z0-9_-]{43}$/);
  });

  it("let their holder in when the store takes nothing more", async () => {
    const redis = await startRedis();
    const full = await openStore({ mac: testMac, connection: redis.connection, log: silentLogger });
    try {
      const own = createApiKeys({ store: full, clock: systemClock });
      const { key, secret } = await own.create(wanted);
      await full.redis.config("SET", "maxmemory", "1");

      expect(await own.authenticate(secret)).to.deep.equal(key);
    } finally {
      await full.close();
      await redis.stop();
    }
  });

  it("are stored as a digest only", async () => {
    const { key, secret } = await apiKeys.create(wanted);

    const stored = JSON.stringify(await store.redis.hgetall(keys.apiKey(key.id)));

    expect(stored).to.not.contain(secret.reveal().slice(31));
  });

  it("refuse every text that is not one of them", async () => {
    const { key, secret } = await apiKeys.create(wanted);
    const text = secret.reveal();
    const others = [
      "",
      "lkk_",
      text.slice(0, -1),
      `${text}A`,
      text.slice(0, -2) + (text.endsWith("AA") ? "BB" : "AA"),
      text.toLowerCase(),
      `lkk_${newId()}_${text.slice(31)}`,
      `lkk_${key.id}_`,
    ];

    for (const other of others) expect(await apiKeys.authenticate(new Secret(other)), other).to.equal(null);
  });

  it("end when they are revoked, and can be revoked twice", async () => {
    const { key, secret } = await apiKeys.create(wanted);

    const [first] = await apiKeys.revoke(null, key.id);
    now += 1_000;
    const [second] = await apiKeys.revoke(null, key.id);

    expect(await apiKeys.authenticate(secret)).to.equal(null);
    expect(second?.revokedAt).to.equal(first?.revokedAt);
  });

  it("end at once when their maker was revoked while they were being made", async () => {
    const maker = await apiKeys.create(wanted);
    await apiKeys.revoke(null, maker.key.id);

    const created = rejection(apiKeys.create({ ...wanted, name: "late", createdBy: `key:${maker.key.id}` }));

    expect(await created).to.include({ code: "API_KEY_INVALID" });
    const late = (await apiKeys.list(null)).filter(({ name }) => name === "late");
    expect(late.map(({ revokedAt }) => revokedAt === null)).to.deep.equal([false]);
  });

  it("are refused when no node wrote their record", async () => {
    const { key, secret } = await apiKeys.create(wanted);
    const name = keys.apiKey(key.id);
    const own = await store.redis.hgetall(name);
    const { mac, ...unsigned } = own;
    const other = await apiKeys.create({ ...wanted, scopes: ["owner"] });
    const stranger = makeApiKeySecret();
    const moved = { ...(await store.redis.hgetall(keys.apiKey(other.key.id))), id: stranger.id };
    await store.redis.hset(keys.apiKey(stranger.id), { ...moved, digest: stranger.digest });
    expect(await rejection(apiKeys.authenticate(stranger.text))).to.include({ code: "RECORD_FORGED" });

    for (const forged of [unsigned, { ...own, scopes: '["owner"]' }, { ...own, tenantId: "another" }]) {
      await store.redis.del(name);
      await store.redis.hset(name, forged);
      expect(await rejection(apiKeys.authenticate(secret))).to.include({ code: "RECORD_FORGED" });
    }
    expect((await apiKeys.list(null)).map(({ id }) => id)).to.not.include(key.id);

    await store.redis.hset(name, { ...own, mac: mac ?? "" });
    await apiKeys.revoke(null, key.id);
    await store.redis.hdel(name, "revokedAt");
    expect(await rejection(apiKeys.authenticate(secret))).to.include({ code: "RECORD_FORGED" });
  });

  it("stay revoked on a node that has seen it when Redis has lost the revocation, which can be stored again", async () => {
    const { key, secret } = await apiKeys.create(wanted);
    const name = keys.apiKey(key.id);
    const before = await store.redis.hgetall(name);
    const [ended] = await apiKeys.revoke(null, key.id);
    const [older, forged]: [string[], string[]] = [[], []];
    store.refusals.onRefusal((record) => forged.push(record.key));
    store.refusals.onOlder((record) => older.push(record.key));
    const elsewhere = createApiKeys({ store, clock: systemClock });

    await store.redis.del(name);
    await store.redis.hset(name, before);
    expect(await apiKeys.authenticate(secret)).to.equal(null);
    expect(older).to.deep.equal([name]);
    expect(forged).to.not.include(name);
    expect(await apiKeys.get(null, key.id)).to.include({ revokedAt: ended?.revokedAt });
    expect((await elsewhere.authenticate(secret))?.id, "a node that has not seen it").to.equal(key.id);

    now += 1_000;
    await apiKeys.revoke(null, key.id);
    expect(await elsewhere.authenticate(secret)).to.equal(null);
    expect(await elsewhere.get(null, key.id)).to.include({ revokedAt: ended?.revokedAt });
  });

  it("are whole after two changes at the same time: a revocation counts beside a change of the maker", async () => {
    const maker = await apiKeys.create(wanted);
    const made = await apiKeys.create({ ...wanted, createdBy: `key:${maker.key.id}` });
    // Another node revokes the key between the read of the change and its write. The first read lists the keys.
    const slow = storeWithWork(store, { command: "hgetall", key: keys.apiKey(made.key.id), count: 2 }, () =>
      apiKeys.revoke(null, made.key.id),
    );
    const elsewhere = createApiKeys({ store: slow.store, clock: systemClock });

    await elsewhere.revoke(null, maker.key.id, "key:heir");

    expect(slow.ran(), "the key was revoked meanwhile").to.equal(true);
    expect(await apiKeys.authenticate(made.secret)).to.equal(null);
    const stored = await createApiKeys({ store, clock: systemClock }).get(null, made.key.id);
    expect([stored.createdBy, stored.revokedAt === null]).to.deep.equal([`key:${maker.key.id}`, false]);
  });

  it("end when their time is over", async () => {
    const { secret } = await apiKeys.create({ ...wanted, expiresAt: now + 1_000 });
    expect(await apiKeys.authenticate(secret)).to.not.equal(null);

    now += 1_000;

    expect(await apiKeys.authenticate(secret)).to.equal(null);
  });

  it("note their use, to the minute", async () => {
    const { key, secret } = await apiKeys.create(wanted);
    const used = async (): Promise<unknown> =>
      (await apiKeys.list(null)).find(({ id }) => id === key.id)?.lastUsedAt;
    expect(await used()).to.equal(null);

    const at = now;
    await apiKeys.authenticate(secret);
    now += 59_000;
    await apiKeys.authenticate(secret);

    expect(await used()).to.equal(at);
    now += 1_000;
    await apiKeys.authenticate(secret);
    expect(await used()).to.equal(now);
  });

  it("of a tenant are listed and revoked by that tenant only", async () => {
    const tenantId = `keys-${newId().toLowerCase()}`;
    const { key } = await apiKeys.create({ ...wanted, tenantId });

    const refusal: unknown = await apiKeys.revoke("another", key.id).catch((error: unknown) => error);

    expect(await apiKeys.list(tenantId)).to.deep.equal([key]);
    expect(refusal).to.be.instanceOf(AppError).with.property("code", "NOT_FOUND");
  });

  it("made elsewhere are taken up once", async () => {
    const secret = makeApiKeySecret();

    expect(await apiKeys.adopt(secret, wanted)).to.equal(true);
    expect(await apiKeys.adopt(secret, { ...wanted, scopes: ["owner"] })).to.equal(false);

    expect((await apiKeys.authenticate(secret.text))?.scopes).to.deep.equal(["users:read"]);
  });
});
