import { expect } from "chai";
import { openStore, type Store } from "../../../../cloud/store/store.ts";
import { createTenantStore, type TenantStore } from "../../../../cloud/store/tenants.ts";
import type { Tenant } from "../../../../shared/api/tenants.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { sharedCloud, type TestCloud } from "../../../support/cloud.ts";
import { testMac } from "../../../support/record-mac.ts";

const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>');
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString("base64");

describe("API of a tenant's brand", () => {
  let cloud: TestCloud;
  let store: Store;
  let tenants: TenantStore;
  let tenantId: string;
  let base: string;

  before(async () => {
    cloud = await sharedCloud();
    store = await openStore({ mac: testMac, connection: cloud.redis.connection, log: silentLogger });
    tenants = createTenantStore({ store, clock: systemClock });
  });
  after(() => store.close());
  beforeEach(async () => {
    tenantId = await cloud.newTenant();
    base = `/api/v1/tenants/${tenantId}`;
  });

  const putLogo = (image: string) => cloud.api<Tenant>("PUT", `${base}/logo`, { image });
  const patch = (settings: object) => cloud.api<Tenant>("PATCH", base, { settings });

  it("keeps what is not named, and takes away what is null", async () => {
    await patch({ deleteMinimum: 5, colour: "#0B4F8A" });
    await patch({ portalName: " Contoso accounts " });
    const both = (await cloud.api<Tenant>("GET", base)).body;
    await patch({ colour: null });

    expect(both.settings).to.deep.equal({
      deleteMinimum: 5,
      colour: "#0b4f8a",
      portalName: "Contoso accounts",
    });
    expect((await tenants.get(tenantId)).settings).to.deep.equal({
      deleteMinimum: 5,
      portalName: "Contoso accounts",
    });
  });

  it("refuses a colour that white text cannot stand on, with the figure", async () => {
    const { status, body } = await cloud.api("PATCH", base, { settings: { colour: "#ffcc00" } });

    expect([status, body.code]).to.deep.equal([400, "REQUEST_INVALID"]);
    expect(body.message).to.contain(
      "settings.colour: is too light: white text on #ffcc00 has a contrast of 1.5",
    );
  });

  it("keeps a logo under a digest of its own, and gives it to the portal", async () => {
    const first = await putLogo(base64(SVG));
    const bytes = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.from([0, 255, 13, 10])]);
    const second = await putLogo(base64(bytes));

    expect(first.body.logo?.type).to.equal("image/svg+xml");
    expect(second.body.logo?.type).to.equal("image/png");
    expect(second.body.logo?.digest)
      .to.match(/^[0-9a-f]{16}$/)
      .and.to.not.equal(first.body.logo?.digest);
    expect(await tenants.logo(tenantId)).to.deep.equal({ ...second.body.logo, bytes });
  });

  it("takes a logo away", async () => {
    await putLogo(base64(SVG));

    const gone = await cloud.api<Tenant>("DELETE", `${base}/logo`);
    const again = await cloud.api<Tenant>("DELETE", `${base}/logo`);

    expect([gone.status, again.status, gone.body.logo]).to.deep.equal([200, 200, null]);
    expect(await tenants.logo(tenantId)).to.equal(null);
    expect(await tenants.logo("no-such-tenant")).to.equal(null);
  });

  for (const [what, image, code] of [
    ["a script", base64("<svg><script>alert(1)</script></svg>"), "LOGO_INVALID"],
    ["no picture", base64("hello"), "LOGO_INVALID"],
    ["not base64", "%%%", "REQUEST_INVALID"],
    ["nothing", "", "REQUEST_INVALID"],
    ["too much", base64(Buffer.alloc(65_537)), "LOGO_INVALID"],
    ["far too much", base64(Buffer.alloc(80_000)), "REQUEST_INVALID"],
    ["more than is read", base64(Buffer.alloc(200_000)), "REQUEST_TOO_LARGE"],
  ] as const)
    it(`refuses a logo that is ${what}`, async () => {
      const { status, body } = await cloud.api("PUT", `${base}/logo`, { image });

      expect([body.code, status < 500]).to.deep.equal([code, true]);
      expect(await tenants.logo(tenantId)).to.equal(null);
    });

  it("writes down that the looks changed", async () => {
    await patch({ colour: "#0b4f8a" });
    await putLogo(base64(SVG));

    const { body } = await cloud.api<{ items: { action: string; details: object }[] }>(
      "GET",
      `${base}/audit`,
    );
    expect(body.items.slice(0, 2).map(({ action, details }) => [action, details])).to.deep.equal([
      ["tenant.changed", { fields: "logo" }],
      ["tenant.changed", { fields: "colour" }],
    ]);
  });
});
