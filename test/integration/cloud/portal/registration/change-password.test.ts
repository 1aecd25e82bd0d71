import { expect } from "chai";
import type { PortalClient } from "../../../../../lab/portal-client.ts";
import type { DirectoryUser } from "../../../../../shared/user.ts";
import { makeVerdict } from "../../../../../shared/writeback.ts";
import {
  PASSWORD,
  type RegistrationHost,
  startRegistrationHost,
} from "../../../../support/registration-host.ts";
import { waitFor } from "../../../../support/wait-for.ts";

describe("changing the password (R11)", () => {
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => host.reset());

  const noticeOf = (user: DirectoryUser) =>
    host.notices.filter(({ emails }) => emails.includes(user.userName));

  const open = async (client: PortalClient, user: DirectoryUser): Promise<void> => {
    await host.signIn(client, user.userName, PASSWORD);
    await client.open("/change");
  };
  const NEXT = "Another-Horse-Battery";
  /** Changes the password before signing in, as a user does whose only aim that is. */
  const changeAtOnce = async (
    client: PortalClient,
    userName: string,
    { oldPassword = PASSWORD, repeated = NEXT } = {},
  ): Promise<void> => {
    await client.open("/change");
    await client.submit("/register/start", { userName });
    await client.submit("/change/at-once", { oldPassword, newPassword: NEXT, repeated });
    await host.answered(client);
  };
  const until = (client: PortalClient, screen: string) =>
    waitFor(`the screen ${screen}`, async () => {
      if ((await client.screen()) === screen) return true;
      await client.open("/register");
      return false;
    });

  for (const script of [true, false])
    it(`takes the old one once, which signs in as well, sealed by the ${script ? "browser" : "cloud"}`, async () => {
      const user = await host.person();
      const client = host.client(script);
      await changeAtOnce(client, user.userName);
      await until(client, "changed");

      expect(host.written).to.deep.equal([{ next: NEXT, old: PASSWORD }]);
      expect(host.audited.at(-1)?.details).to.deep.equal({ sealedBy: script ? "browser" : "cloud" });
      expect(host.audited.map(({ action }) => action)).to.deep.equal([
        "registration.signed_in",
        "password.change_submitted",
      ]);
      await waitFor("the notice", () => noticeOf(user).some(({ kind }) => kind === "password_changed"));
      expect(noticeOf(user).at(-1)?.facts).to.deep.include({ userName: user.userName });
    });

  for (const script of [true, false])
    it(`says the same for a wrong old password and an unknown user name, ${script ? "with" : "without"} script (T-01)`, async () => {
      const user = await host.person();
      const said = new Set<string>();
      for (const userName of [user.userName, user.userName.replace("@", "x@")]) {
        const client = host.client(script);
        await changeAtOnce(client, userName, { oldPassword: "wrong" });
        expect(await client.screen()).to.equal("password");
        said.add((await client.text()).replaceAll(userName, "NAME"));
      }

      expect(said.size).to.equal(1);
      expect([...said][0]).to.include("is incorrect, or the account cannot be used");
      expect(host.written).to.deep.equal([]);
    });

  it("notices that the new passwords differ without asking an agent, and does not sign the user in", async () => {
    const client = host.client();
    await changeAtOnce(client, (await host.person()).userName, { repeated: "other" });

    expect(await client.text()).to.include("do not match");
    expect(host.audited).to.deep.equal([]);
    expect(await client.has("/change/at-once")).to.equal(true);
  });

  it("shows the rules once the user is signed in, when the new password breaks one", async () => {
    const client = host.client();
    host.outcome = makeVerdict("rejected", "PASSWORD_IN_HISTORY");
    await changeAtOnce(client, (await host.person()).userName);
    await until(client, "change");

    expect(await client.text())
      .to.include("used this password before")
      .and.include("at least 12 characters");
    expect(await client.has("/change/password")).to.equal(true);
  });

  it("is one change for a double click", async () => {
    const client = host.client();
    await client.open("/change");
    await client.submit("/register/start", { userName: (await host.person()).userName });
    const { page } = client;
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    const again = host.client();
    again.show(page);
    for (const [name, value] of client.visitor.cookies) again.visitor.cookies.set(name, value);
    await Promise.all([client.submit("/change/at-once", values), again.submit("/change/at-once", values)]);
    await host.answered(client);
    await until(client, "changed");

    expect(host.written).to.have.lengthOf(1);
  });

  for (const script of [true, false])
    it(`goes through, sealed by the ${script ? "browser" : "cloud"}, and all addresses hear of it`, async () => {
      const user = await host.person();
      const client = host.client(script);
      await open(client, user);
      expect(client.page.path).to.equal("/change");
      expect(await client.text()).to.include("at least 12 characters");
      await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });

      expect(await client.screen()).to.equal("changed");
      expect(host.written).to.deep.equal([{ next: NEXT, old: PASSWORD }]);
      expect(host.audited.at(-1)).to.deep.include({
        action: "password.change_submitted",
        details: { sealedBy: script ? "browser" : "cloud" },
      });
      await waitFor("the notice", () => noticeOf(user).some(({ kind }) => kind === "password_changed"));
    });

  it("names the administrators to contact in the notice of a change", async () => {
    host.policy = { scope: "all", contact: { emails: ["help@contoso.test", "ops@contoso.test"] } };
    const user = await host.person();
    const client = host.client(true);
    await changeAtOnce(client, user.userName);
    await until(client, "changed");

    const notice = await waitFor("the notice", () =>
      noticeOf(user).find(({ kind }) => kind === "password_changed"),
    );
    expect(notice.facts).to.include({ contact: "help@contoso.test, ops@contoso.test" });
  });

  it("names the rule that refused, stays on the page, and takes the next one", async () => {
    const user = await host.person();
    const client = host.client();
    await open(client, user);
    host.outcome = makeVerdict("rejected", "PASSWORD_IN_HISTORY");
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });
    expect(client.page.path).to.equal("/change");
    expect(await client.text()).to.include("used this password before");
    host.outcome = makeVerdict("applied", null);
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });

    expect(await client.screen()).to.equal("changed");
  });

  it("stops asking the directory after a few wrong old passwords, so that the portal locks no account", async () => {
    const user = await host.person();
    const client = host.client();
    await open(client, user);
    for (let tries = 0; tries < 5; tries++)
      await client.submit("/change/password", { oldPassword: "wrong", newPassword: NEXT, repeated: NEXT });

    expect(host.written).to.have.lengthOf(2);
    expect(await client.text()).to.include("Too many attempts");
  });

  it("notices what it can without asking an agent", async () => {
    const client = host.client();
    await open(client, await host.person());
    await client.submit("/change/password", {
      oldPassword: PASSWORD,
      newPassword: NEXT,
      repeated: "other",
    });
    expect(await client.text()).to.include("do not match");
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: "", repeated: "" });
    expect(await client.text()).to.include("Enter your password");
    const long = "x".repeat(257);
    await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: long, repeated: long });
    expect(await client.text()).to.include("too long");

    expect(host.written).to.deep.equal([]);
  });

  it("waits for a slow directory, and is one change however often it is sent", async () => {
    const client = host.client();
    await open(client, await host.person());
    const form = client.page;
    host.outcome = null;
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    await client.submit("/change/password", values);
    expect(await client.screen()).to.equal("changing");
    client.show(form);
    await client.submit("/change/password", values);
    expect(await client.screen()).to.equal("changing");
    host.outcome = makeVerdict("applied", null);
    await client.open("/register");

    expect(await client.screen()).to.equal("changed");
    expect(host.written).to.have.lengthOf(1);
  });

  it("says that nothing was changed when no agent is connected, and that the result is unknown when it is", async () => {
    const client = host.client();
    await open(client, await host.person());
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    host.fault = "AGENT_OFFLINE";
    await client.submit("/change/password", values);
    expect(await client.text()).to.include("cannot be reached at the moment");
    host.outcome = makeVerdict("unknown", "VERDICT_UNKNOWN");
    await client.submit("/change/password", values);

    expect(await client.screen()).to.equal("unclear");
  });

  for (const script of [true, false])
    it(`finds the verdict when the answer to the submit was lost, sealed by the ${script ? "browser" : "cloud"}`, async () => {
      const user = await host.person();
      const client = host.client(script);
      await open(client, user);
      host.submitFault = { code: "STORE_UNAVAILABLE", isStored: true };
      await client.submit("/change/password", { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT });
      expect(client.page.status).to.equal(503);
      await client.open("/register");

      expect(await client.screen()).to.equal("changed");
      await waitFor("the notice", () => noticeOf(user).some(({ kind }) => kind === "password_changed"));
    });

  it("says that nothing was changed only once it is certain that the job was not stored, and takes no try", async () => {
    const client = host.client();
    await open(client, await host.person());
    const values = { oldPassword: PASSWORD, newPassword: NEXT, repeated: NEXT };
    for (let tries = 0; tries < 5; tries++) {
      host.submitFault = { code: "STORE_UNAVAILABLE", isStored: false };
      await client.submit("/change/password", values);
      await client.open("/register");
      expect(await client.screen()).to.equal("changing");
      host.clock.later(31_000);
      await client.open("/change");
      expect(await client.text()).to.include("Nothing was changed");
    }
    await client.submit("/change/password", values);

    expect(await client.screen()).to.equal("changed");
  });
});
