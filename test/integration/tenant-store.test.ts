import { expect } from "chai";
import { newId } from "../../shared/ids.ts";
import { keys } from "../../cloud/store/keys.ts";
import { sharedRedis } from "../support/redis.ts";
import { rejection } from "../support/rejection.ts";
import { startSyncCloud, type SyncCloud } from "../support/sync-cloud.ts";

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

  it("keeps ids apart and gives a domain to one tenant only", async () => {
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

  it("frees a domain that a tenant gives up", async () => {
    const [one, two, domain] = [unique(), unique(), `${unique()}.org`];
    await cloud.tenants.create({ id: one, name: "One", domains: [domain] });
    await cloud.tenants.create({ id: two, name: "Two" });

    await cloud.tenants.update(one, { domains: [] });
    const changed = await cloud.tenants.update(two, { domains: [domain], name: "New" });

    expect(changed).to.deep.include({ name: "New", domains: [domain] });
    expect(await cloud.tenants.findByDomain(domain)).to.include({ id: two });
    expect(await rejection(cloud.tenants.update(unique(), {}))).to.include({ code: "TENANT_UNKNOWN" });
  });

  it("loses no change when many come at once", async () => {
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

  it("names a record that was damaged", async () => {
    const id = unique();
    await cloud.store.redis.hset(keys.tenants, id, "{}");
    const error = await rejection(cloud.tenants.get(id));
    await cloud.store.redis.hdel(keys.tenants, id);

    expect(error).to.include({ code: "RECORD_CORRUPT" });
    expect(error.message).to.include(id);
  });
});
