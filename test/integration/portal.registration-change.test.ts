import { expect } from "chai";
import type { PortalClient } from "../../lab/portal-client.ts";
import type { DirectoryUser } from "../../shared/user.ts";
import { makeVerdict } from "../../shared/writeback.ts";
import { PASSWORD, type RegistrationWorld, startRegistrationWorld } from "../support/registration-world.ts";
import { waitFor } from "../support/wait-for.ts";

describe("R11: changing the password", () => {
  let world: RegistrationWorld;
  before(async () => (world = await startRegistrationWorld()));
  after(() => world[Symbol.asyncDispose]());
  beforeEach(() => world.reset());

  const noticeOf = (user: DirectoryUser) =>
    world.notices.filter(({ emails }) => emails.includes(user.userName));

  const open = async (client: PortalClient, user: DirectoryUser): Promise<void> => {
    await world.signIn(client, user.userName, PASSWORD, "/change");
  };
  const NEXT = "Another-Horse-Battery";

  for (const script of [true, false])
    it(`goes through, sealed by the ${script ? "browser" : "cloud"}, and all addresses hear of it`, async () => {
      const user = await world.person();
      const client = world.client(script);
      await open(client, user);
      expect(client.page.path).to.equal("/change");
      expect(await client.text()).to.include("at least 12 characters");
      await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });

      expect(await client.screen()).to.equal("changed");
      const by = script ? "browser" : "cloud";
      expect(world.written).to.deep.equal([{ next: NEXT, old: PASSWORD, by }]);
      expect(world.audited.at(-1)).to.deep.include({
        action: "password.change_submitted",
        details: { sealedBy: by },
      });
      await waitFor("the notice", () => noticeOf(user).some(({ kind }) => kind === "password_changed"));
    });

  it("names the rule that refused, stays on the page, and takes the next one", async () => {
    const user = await world.person();
    const client = world.client();
    await open(client, user);
    world.outcome = makeVerdict("rejected", "PASSWORD_IN_HISTORY");
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });
    expect(client.page.path).to.equal("/change");
    expect(await client.text()).to.include("used this password before");
    world.outcome = makeVerdict("applied", null);
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });

    expect(await client.screen()).to.equal("changed");
  });

  it("asks the directory only so often with a wrong old password, so that nobody's account is locked here", async () => {
    const user = await world.person();
    const client = world.client();
    await open(client, user);
    for (let tries = 0; tries < 5; tries++)
      await client.submit("/change/password", { oldPassword: "wrong", newPassword: NEXT, repeated: NEXT });

    expect(world.written).to.have.lengthOf(2);
    expect(await client.text()).to.include("Too many tries");
  });

  it("sees what can be seen without asking", async () => {
    const client = world.client();
    await open(client, await world.person());
    await client.submit("/change/password", {
      oldPassword: PASSWORD,
      newPassword: NEXT,
      repeated: "other",
    });
    expect(await client.text()).to.include("are not the same");
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: "", repeated: "" });
    expect(await client.text()).to.include("Type your password");
    const long = "x".repeat(257);
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: long, repeated: long });
    expect(await client.text()).to.include("too long");

    expect(world.written).to.deep.equal([]);
  });

  it("waits for a slow directory, and is one change however often it is sent", async () => {
    const client = world.client();
    await open(client, await world.person());
    const form = client.page;
    world.outcome = null;
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    await client.submit("/change/password", values);
    expect(await client.screen()).to.equal("changing");
    client.show(form);
    await client.submit("/change/password", values);
    expect(await client.screen()).to.equal("changing");
    world.outcome = makeVerdict("applied", null);
    await client.open("/register");

    expect(await client.screen()).to.equal("changed");
    expect(world.written).to.have.lengthOf(1);
  });

  it("says that nothing was changed when no agent is there, and that it is not known when nobody knows", async () => {
    const client = world.client();
    await open(client, await world.person());
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    world.fault = "AGENT_OFFLINE";
    await client.submit("/change/password", values);
    expect(await client.text()).to.include("cannot be reached at the moment");
    world.outcome = makeVerdict("unknown", "VERDICT_UNKNOWN");
    await client.submit("/change/password", values);

    expect(await client.screen()).to.equal("unclear");
  });
});
