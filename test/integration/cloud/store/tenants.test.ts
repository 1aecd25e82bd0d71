import { expect } from "chai";
import { printAuthentic } from "../../../../cloud/store/authentic.ts";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore } from "../../../../cloud/store/store.ts";
import { createTenantStore } from "../../../../cloud/store/tenants.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { newId } from "../../../../shared/ids.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { testMac } from "../../../support/record-mac.ts";
import { sharedRedis, startRedis } from "../../../support/redis.ts";
import { rejection } from "../../../support/rejection.ts";
import { startSyncCloud, type SyncCloud } from "../../../support/sync-cloud.ts";

describe("the tenant store", () => {
  let cloud: SyncCloud;
  before(async () => {
    cloud = await startSyncCloud((await sharedRedis()).connection);
  });
  after(() => cloud.close());

  const unique = (): string => newId().toLowerCase();

  it("creates a tenant, lists it and finds it by its domains", async () => {
    const id = unique();

    const tenant = await cloud.tenants.create({ id, name: " Contoso ", domains: [`${id}.COM`, `${id}.com`] });

    expect(tenant).to.deep.include({ id, name: "Contoso", domains: [`${id}.com`] });
    expect(await cloud.tenants.get(id)).to.deep.equal(tenant);
    expect(await cloud.tenants.list()).to.deep.include(tenant);
    expect(await cloud.tenants.findByDomain(`${id.toUpperCase()}.com`)).to.deep.equal(tenant);
    expect(await cloud.tenants.findByDomain("not a domain")).to.equal(null);
    await cloud.tenants.assertTenant(id);
  });

  it("refuses a second tenant with the same id or domain", async () => {
    const [one, two, domain] = [unique(), unique(), `${unique()}.org`];
    await cloud.tenants.create({ id: one, name: "One", domains: [domain] });

    expect(await rejection(cloud.tenants.create({ id: one, name: "Again" }))).to.include({
      code: "TENANT_EXISTS",
    });
    const taken = await rejection(cloud.tenants.create({ id: two, name: "Two", domains: [domain] }));
    expect(taken).to.include({ code: "DOMAIN_TAKEN" });
    expect(taken.details).to.deep.equal({ domain });
    expect(await rejection(cloud.tenants.assertTenant(two))).to.include({ code: "TENANT_UNKNOWN" });
  });

  it("frees a domain that a tenant no longer has", async () => {
    const [one, two, domain] = [unique(), unique(), `${unique()}.org`];
    await cloud.tenants.create({ id: one, name: "One", domains: [domain] });
    await cloud.tenants.create({ id: two, name: "Two" });

    await cloud.tenants.update(one, { domains: [] });
    const changed = await cloud.tenants.update(two, { domains: [domain], name: "New" });

    expect(changed).to.deep.include({ name: "New", domains: [domain] });
    expect(await cloud.tenants.findByDomain(domain)).to.include({ id: two });
    expect(await rejection(cloud.tenants.update(unique(), {}))).to.include({ code: "TENANT_UNKNOWN" });
  });

  it("loses no change when many are made at once", async () => {
    const id = unique();
    await cloud.tenants.create({ id, name: "Busy" });

    await Promise.all([
      cloud.tenants.update(id, { name: "Renamed" }),
      cloud.tenants.update(id, { domains: [`${id}.net`] }),
      cloud.tenants.update(id, { settings: { deleteMinimum: 3 } }),
    ]);

    expect(await cloud.tenants.get(id)).to.deep.include({
      name: "Renamed",
      domains: [`${id}.net`],
      settings: { deleteMinimum: 3 },
    });
  });

  it("finds the tenant of a typed name by the domain after the last @ (A06)", async () => {
    const [one, two] = [unique(), unique()];
    await cloud.tenants.create({ id: one, name: "One", domains: [`${one}.com`, `bücher-${one}.de`] });
    await cloud.tenants.create({ id: two, name: "Two", domains: [`${two}.com`] });
    const find = async (name: string, defaultTenant?: string) =>
      (await cloud.tenants.findForUserName(name, defaultTenant))?.id ?? null;

    expect(await find(`ann@${one}.com`)).to.equal(one);
    expect(await find(`ANN@${two.toUpperCase()}.COM`, one)).to.equal(two);
    expect(await find(`ann@${one}.com@${two}.com`)).to.equal(two);
    expect(await find(`ann@BÜCHER-${one}.de`)).to.equal(one);
    for (const name of [
      "ann",
      "",
      "@",
      "ann@",
      "ann@unknown.example",
      `ann@x.${one}.com`,
      "ann@a b",
      "@".repeat(300),
    ]) {
      expect(await find(name), name).to.equal(null);
      expect(await find(name, two), name).to.equal(two);
      expect(await find(name, "no-such-tenant"), name).to.equal(null);
    }
  });

  it("uses the only tenant for names without a domain while there is only one (A06)", async () => {
    const redis = await startRedis();
    const store = await openStore({ mac: testMac, connection: redis.connection, log: silentLogger });
    try {
      const tenants = createTenantStore({ store, clock: systemClock });
      expect(await tenants.findForUserName("ann")).to.equal(null);
      const only = await tenants.create({ id: "only", name: "Only", domains: ["only.com"] });
      expect(await tenants.findForUserName("ann")).to.deep.equal(only);
      expect(await tenants.findForUserName("ann@elsewhere.org")).to.deep.equal(only);
      await tenants.create({ id: "second", name: "Second" });
      expect(await tenants.findForUserName("ann")).to.equal(null);
    } finally {
      await store.close();
      await redis.stop();
    }
  });

  const write = (id: string, json: string) =>
    cloud.store.redis.hset(keys.tenants, id, printAuthentic(cloud.store, `${keys.tenants} ${id}`, json));

  it("refuses a record that no node wrote, and leaves it out of the list", async () => {
    const { id } = await cloud.tenants.create({ id: unique(), name: "One" });
    const other = await cloud.tenants.create({ id: unique(), name: "Two" });
    const stored = (await cloud.store.redis.hget(keys.tenants, id)) ?? "";
    const moved = (await cloud.store.redis.hget(keys.tenants, other.id)) ?? "";
    for (const forged of [stored.replace("One", "Two"), stored.slice(stored.indexOf("\n") + 1), moved]) {
      await cloud.store.redis.hset(keys.tenants, id, forged);
      expect(await rejection(cloud.tenants.get(id)), forged).to.include({ code: "RECORD_FORGED" });
      expect((await cloud.tenants.list()).map((tenant) => tenant.id))
        .to.include(other.id)
        .and.not.include(id);
    }
    await cloud.store.redis.hdel(keys.tenants, id, other.id);
  });

  it("believes a tenant's record, not the index, about its domains", async () => {
    const domain = `${unique()}.com`;
    const owner = await cloud.tenants.create({ id: unique(), name: "Owner", domains: [domain] });
    const thief = await cloud.tenants.create({ id: unique(), name: "Thief" });
    await cloud.store.redis.hset(keys.domains, domain, thief.id);
    expect(await rejection(cloud.tenants.findByDomain(domain))).to.include({ code: "RECORD_FORGED" });
    await cloud.store.redis.hset(keys.domains, domain, owner.id);
    expect(await cloud.tenants.findByDomain(domain)).to.deep.equal(owner);
  });

  it("reads the record of a tenant that was created before logos existed", async () => {
    const id = unique();
    const old = { id, name: "Old", domains: [], settings: {}, createdAt: 1 };
    await write(id, JSON.stringify(old));

    expect(await cloud.tenants.get(id)).to.deep.equal({ ...old, logo: null });
    expect(await cloud.tenants.update(id, { name: "New" })).to.include({ name: "New" });
    await cloud.store.redis.hdel(keys.tenants, id);
  });

  it("names a damaged record", async () => {
    const id = unique();
    await write(id, "{}");
    const error = await rejection(cloud.tenants.get(id));
    await cloud.store.redis.hdel(keys.tenants, id);

    expect(error).to.include({ code: "RECORD_CORRUPT" });
    expect(error.message).to.include(id);
  });
});
