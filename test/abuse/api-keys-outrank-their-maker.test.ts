import { expect } from "chai";
import { newId } from "../../shared/ids.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { startTestCloud, type TestCloud } from "../support/cloud.ts";
import { type DnsServer, startDnsServer } from "../support/dns-server.ts";

interface Key {
  readonly id: string;
  readonly expiresAt: string | null;
}
interface Created {
  readonly key: Key;
  readonly secret: string;
}

describe("a holder of a lesser API key", () => {
  const open = new CloseStack();
  let cloud: TestCloud;
  let dns: DnsServer;
  before(async () => {
    dns = open.add(await startDnsServer());
    cloud = open.add(await startTestCloud({ dnsServers: [dns.address] }));
  });
  after(() => open.close());

  async function newKey(by: string, body: Record<string, unknown>, path = "/api/v1/api-keys") {
    return cloud.api<Created & { code?: string; message?: string }>(
      "POST",
      path,
      { name: "test", ...body },
      { key: by },
    );
  }
  const works = async (key: string): Promise<boolean> =>
    (await cloud.api("GET", "/api/v1/api-keys", undefined, { key })).status === 200;
  const revoke = (id: string, key: string, query = "") =>
    cloud.api<{ code?: string; alsoRevoked: Key[] }>("DELETE", `/api/v1/api-keys/${id}${query}`, undefined, {
      key,
    });

  it("gets no key that outlives its own: the end is inherited, and a later one is refused (finding 12)", async () => {
    const { body: parent } = await newKey(cloud.ownerKey, { scopes: ["keys:write"], expiresInDays: 1 });

    const heir = await newKey(parent.secret, { scopes: ["keys:write"] });
    const longer = await newKey(parent.secret, { scopes: ["keys:write"], expiresInDays: 2 });

    expect([heir.status, heir.body.key.expiresAt]).to.deep.equal([201, parent.key.expiresAt]);
    expect([longer.status, longer.body.code]).to.deep.equal([400, "REQUEST_INVALID"]);
    expect(longer.body.message).to.contain("cannot outlive the key that makes it");
  });

  it("keeps no key that it made, nor the keys of those, when it is revoked (finding 12)", async () => {
    const { body: parent } = await newKey(cloud.ownerKey, { scopes: ["keys:write"] });
    const { body: child } = await newKey(parent.secret, { scopes: ["keys:write"] });
    const { body: grandchild } = await newKey(child.secret, { scopes: ["keys:write"] });
    const { body: other } = await newKey(cloud.ownerKey, { scopes: ["keys:write"] });

    const revoked = await revoke(parent.key.id, cloud.ownerKey);

    expect(revoked.body.alsoRevoked.map(({ id }) => id)).to.deep.equal([child.key.id, grandchild.key.id]);
    expect(
      await Promise.all([parent, child, grandchild, other].map(({ secret }) => works(secret))),
    ).to.deep.equal([false, false, false, true]);
  });

  it("leaves its keys to an administrator who takes them over, and who then ends them with a key of their own", async () => {
    const { body: owner } = await newKey(cloud.ownerKey, { scopes: ["owner"] });
    const { body: parent } = await newKey(cloud.ownerKey, { scopes: ["keys:write"] });
    const { body: child } = await newKey(parent.secret, { scopes: ["keys:write"] });

    const kept = await revoke(parent.key.id, owner.secret, "?keepMade=true");
    expect(kept.body.alsoRevoked).to.deep.equal([]);
    expect(await works(child.secret)).to.equal(true);

    await revoke(owner.key.id, cloud.ownerKey);
    expect(await works(child.secret)).to.equal(false);
  });

  it("locks no owner out: revoking needs the scopes of the revoked key (finding 12)", async () => {
    const { body: helpdesk } = await newKey(cloud.ownerKey, { scopes: ["keys:write", "users:read"] });
    const { body: owner } = await newKey(cloud.ownerKey, { scopes: ["owner"] });

    const refused = await revoke(owner.key.id, helpdesk.secret);

    expect([refused.status, refused.body.code]).to.deep.equal([403, "SCOPE_MISSING"]);
    expect(await works(owner.secret)).to.equal(true);
    expect((await revoke(helpdesk.key.id, helpdesk.secret)).status, "its own key").to.equal(200);
  });

  describe("of a tenant", () => {
    const domain = (): string => `d${newId().toLowerCase()}.example`;
    async function tenantKey(): Promise<{ tenantId: string; key: string }> {
      const tenantId = await cloud.newTenant();
      const { secret } = await cloud.newKey(["tenants:write"], tenantId);
      return { tenantId, key: secret };
    }
    const claim = (tenantId: string, domains: string[], key: string) =>
      cloud.api<{ code?: string; message?: string }>(
        "PATCH",
        `/api/v1/tenants/${tenantId}`,
        { domains },
        { key },
      );

    it("claims no domain whose DNS does not name the tenant (finding 12)", async () => {
      const [{ tenantId, key }, wanted] = [await tenantKey(), domain()];
      dns.texts.set(`_latchkey.${wanted}`, ["v=spf1 -all", "latchkey=127.0.0.1/another-tenant"]);

      for (const name of [domain(), wanted]) {
        const { status, body } = await claim(tenantId, [name], key);
        expect([status, body.code]).to.deep.equal([403, "DOMAIN_UNPROVEN"]);
        expect(body.message).to.contain(
          `Create the TXT record _latchkey.${name} with the value latchkey=127.0.0.1/${tenantId}`,
        );
      }
      expect((await claim(tenantId, [wanted], cloud.ownerKey)).status, "a key of the installation").to.equal(
        200,
      );
    });

    it("claims the domain whose DNS names the tenant, and is asked for a domain once", async () => {
      const [{ tenantId, key }, wanted] = [await tenantKey(), domain()];
      dns.texts.set(`_latchkey.${wanted}`, [`latchkey=127.0.0.1/${tenantId}`]);

      expect((await claim(tenantId, [wanted], key)).status).to.equal(200);
      dns.texts.delete(`_latchkey.${wanted}`);
      expect((await claim(tenantId, [wanted], key)).status, "it has it already").to.equal(200);
      expect(dns.asked.filter((name) => name === `_latchkey.${wanted}`)).to.have.length(1);
    });
  });
});
