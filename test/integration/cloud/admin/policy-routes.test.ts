import { expect } from "chai";
import { keys } from "../../../../cloud/store/keys.ts";
import { openStore } from "../../../../cloud/store/store.ts";
import type { AuditEntry } from "../../../../shared/api/audit.ts";
import type { DeliveryView } from "../../../../shared/api/deliveries.ts";
import {
  type AppliedPolicy,
  type PolicyInput,
  type PolicyRecordView,
  policySchema,
} from "../../../../shared/api/policy.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";
import { testMac } from "../../../support/record-mac.ts";
import { waitFor } from "../../../support/wait-for.ts";

describe("API of the policy", () => {
  let cloud: TestCloud;
  let base: string;

  before(async () => {
    cloud = await sharedCloud();
  });
  beforeEach(async () => {
    base = `/api/v1/tenants/${await cloud.newTenant()}`;
  });

  const get = async () => (await cloud.api<PolicyRecordView>("GET", `${base}/policy`)).body;
  const put = (policy: PolicyInput, more: object = {}, query = "") =>
    cloud.api<AppliedPolicy>("PUT", `${base}/policy${query}`, { policy, ...more });
  const refused = async (body: unknown, query = "") =>
    (await cloud.api("PUT", `${base}/policy${query}`, body)).body;
  const audited = async () =>
    (await cloud.api<{ items: AuditEntry[] }>("GET", `${base}/audit`)).body.items.filter(
      ({ action }) => action === "policy.applied",
    );

  it("shows the careful default where none was applied", async () => {
    expect(await get()).to.deep.equal({ policy: policySchema.parse({}), version: 0, appliedAt: null });
  });

  it("replaces it, says what changed, and counts", async () => {
    const { status, body } = await put({ scope: "all", default: { unlock: false } });

    expect([status, body.version, body.dryRun]).to.deep.equal([200, 1, false]);
    expect(body.changes).to.deep.equal([
      { about: "scope", text: "none → all", loosens: true },
      { about: "default", text: "unlock: on → off", loosens: false },
    ]);
    expect(body.appliedAt).to.match(/^20\d\d-.*Z$/);
    expect(await get()).to.deep.equal({ policy: body.policy, version: 1, appliedAt: body.appliedAt });
  });

  it("changes nothing in a dry run, nor for the same policy again", async () => {
    const policy = { scope: "all" } as const;

    const dry = await put(policy, {}, "?dryRun=true");
    await put(policy);
    const again = await put(policy);

    expect([dry.body.version, dry.body.dryRun]).to.deep.equal([0, true]);
    expect(dry.body.changes).to.have.length(1);
    expect(again.body).to.deep.include({ version: 1, changes: [] });
    expect(await audited()).to.have.length(1);
  });

  it("is refused when another version is in force by now", async () => {
    await put({ scope: "groups", groups: [{ name: "Staff", group: "CN=Staff,DC=contoso,DC=com" }] });

    for (const query of ["", "?dryRun=true"]) {
      const body = await refused({ policy: { scope: "all" }, expectedVersion: 0 }, query);
      expect(body.code).to.equal("POLICY_CHANGED");
      expect(body.message).to.contain("Version 1");
    }
    expect((await put({ scope: "all" }, { expectedVersion: 1 })).body.version).to.equal(2);
  });

  it("is refused with every path that does not fit", async () => {
    const body = await refused({
      policy: { scope: "everybody", default: { method: ["text"] }, privileged: { groups: ["x"] } },
    });

    expect(body.code).to.equal("POLICY_INVALID");
    for (const path of ["policy.scope", "policy.default.method", "policy.privileged.groups.0"])
      expect(body.message).to.contain(`${path}: `);
    expect((await refused({ policy: { privileged: { methods: ["questions"] } } })).message).to.contain(
      "privileged accounts never use them",
    );
    expect((await refused(undefined)).code).to.equal("POLICY_INVALID");
    expect((await refused({ policy: {} }, "?dryRun=perhaps")).code).to.equal("REQUEST_INVALID");
  });

  it("is refused with a source that the tenant does not have, and with an entry that is for no user", async () => {
    const unknown = await refused({ policy: { groups: [{ name: "Clinic", source: 7 }] } });
    const empty = await refused({ policy: { groups: [{ name: "Clinic" }] } });
    const covered = await refused({
      policy: {
        groups: [
          { name: "Clinic", source: 7 },
          { name: "Nurses", source: 7, group: "CN=Nurses,DC=contoso,DC=com" },
        ],
      },
    });

    const power = await refused({
      policy: { privileged: { groups: [{ group: "CN=Power,DC=contoso,DC=com", source: 7 }] } },
    });
    expect(power.message).to.contain("policy.privileged.groups.0.source: no source has the number 7");
    expect([unknown.code, empty.code, covered.code]).to.deep.equal(Array(3).fill("POLICY_INVALID"));
    expect(unknown.message).to.contain("policy.groups.0.source: no source has the number 7");
    expect(empty.message).to.contain("needs a group, a source, or both");
    expect(covered.message).to.contain("is covered by 'Clinic' above");
  });

  it("is refused with a phone region that is no country, and one that was stored before is shown and replaced", async () => {
    const refusal = await refused({ policy: { phoneRegion: "UK" } });
    expect(refusal.message).to.contain("policy.phoneRegion: must be the ISO 3166 code of a country");

    await put({ scope: "all" });
    const store = await openStore({ mac: testMac, connection: cloud.redis.connection, log: silentLogger });
    const key = keys.policy(base.split("/").at(-1) ?? "");
    const stored = (await store.redis.hget(key, "json")) ?? "";
    const json = stored.replace('"US"', '"UK"');
    const at = (await store.redis.hget(key, "appliedAt")) ?? "";
    await store.redis.hset(key, { json, mac: testMac.sign(key, `1\n${at}\n${json}`) });
    await store.close();

    const { body } = await put({ scope: "all", phoneRegion: "GB" });
    expect(body.changes).to.deep.equal([{ about: "phoneRegion", text: "UK → GB", loosens: false }]);
  });

  it("takes as many groups as there may be", async () => {
    const dn = (name: string) => `CN=${name},${"OU=A long way down,".repeat(50)}DC=contoso,DC=com`;
    const names = Array.from({ length: 20 }, (_, index) => `group-${index}`);

    const { status, body } = await put({
      groups: names.map((name) => ({ name, group: dn(name), rules: { methodsRequired: 2, unlock: false } })),
      privileged: { groups: names.map((name) => dn(`power-${name}`)) },
    });

    expect([status, body.version]).to.deep.equal([200, 1]);
  });

  it("needs a scope of its own", async () => {
    const { secret: reader } = await cloud.newKey(["policy:read", "tenants:write", "users:write"]);

    const read = await cloud.api("GET", `${base}/policy`, undefined, { key: reader });
    const write = await cloud.api("PUT", `${base}/policy`, { policy: {} }, { key: reader });

    expect([read.status, write.status]).to.deep.equal([200, 403]);
    expect(write.body.message).to.contain("policy:write");
  });

  it("audits which key loosened which rule, without addresses (T-35)", async () => {
    await put({ admins: { emails: ["one@contoso.com"] } });
    await put({ scope: "all", admins: { emails: ["one@contoso.com"] } });

    const [last, first] = await audited();
    expect(last?.actor).to.match(/^key:/);
    expect(last?.details).to.deep.equal({ version: 2, loosens: true, summary: "scope: none → all" });
    expect(first?.details).to.deep.equal({
      version: 1,
      loosens: false,
      summary: "admins: emails: 1 added, 0 removed",
    });
  });

  it("notifies the old and the new administrators, so that no removal from the list goes unnoticed (T-35)", async () => {
    await put({ admins: { emails: ["old@contoso.com"] } });
    await put({ admins: { emails: ["new@fabrikam.com"] } });

    const sent = await waitFor("three notices", async () => {
      const { body } = await cloud.api<{ items: DeliveryView[] }>("GET", `${base}/deliveries`);
      return body.items.length >= 3 && body.items;
    });

    expect(new Set(sent.map(({ kind }) => kind))).to.deep.equal(new Set(["admin_policy_changed"]));
    const to = sent.map((item) => item.to.replace(/^.*@/, ""));
    expect(to.sort()).to.deep.equal(["contoso.com", "contoso.com", "fabrikam.com"]);
    expect(JSON.stringify(sent)).to.not.contain("old@");
  });
});
