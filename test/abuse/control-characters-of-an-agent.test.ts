/** Attacks by an agent's host on the terminals and screens of administrators. */
import { expect } from "chai";
import { Secret } from "../../shared/secret.ts";
import { sharedCloud, type TestCloud } from "../support/cloud.ts";
import { enrollFakeAgent } from "../support/fake-agent.ts";

describe("an agent's host with an evil name", () => {
  let cloud: TestCloud;
  before(async () => (cloud = await sharedCloud()));

  for (const [what, hostName] of [
    ["erases the screen", "dc1\u001b[2J"],
    ["adds a line", "dc1\nOWNER APPROVED"],
    ["turns the text round", "dc1\u202egpj"],
  ] as const)
    it(`is not stored when its name ${what}, since texts that are shown have no control characters (finding 23)`, async () => {
      const tenantId = await cloud.newTenant();
      const path = `/api/v1/tenants/${tenantId}`;
      const { body } = await cloud.api<{ token: string }>("POST", `${path}/enrollments`, { name: "dc1" });

      const enrolled = enrollFakeAgent({ url: cloud.url, token: new Secret(body.token), hostName }).then(
        () => "enrolled",
        (error: unknown) => String(error),
      );

      expect(await enrolled)
        .to.contain("400")
        .and.to.contain("REQUEST_INVALID");
      const agents = await cloud.api<{ items: unknown[] }>("GET", `${path}/agents`);
      expect(agents.body.items).to.deep.equal([]);
    });
});
