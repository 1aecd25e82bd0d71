import { expect } from "chai";
import type { DirectoryUser } from "../../../../../shared/user.ts";
import { type RegistrationHost, startRegistrationHost } from "../../../../support/registration-host.ts";
import { waitFor } from "../../../../support/wait-for.ts";

describe("asking an administrator at the registration portal (R09)", () => {
  const HELPDESK = "helpdesk@contoso.example";
  let host: RegistrationHost;
  before(async () => (host = await startRegistrationHost()));
  after(() => host[Symbol.asyncDispose]());
  beforeEach(() => {
    host.reset();
    host.policy = { scope: "all", contact: { emails: [HELPDESK] } };
    host.portal.policy = host.policy;
  });

  const asked = () => host.notices.filter(({ kind }) => kind === "admin_contact_request");
  const begun = async (user: Pick<DirectoryUser, "userName">, script = false) => {
    const client = host.client(script);
    await client.open("/register");
    await client.submit("/register/start", { userName: user.userName });
    return client;
  };

  it("is possible before signing in, once, and says that nothing was proved", async () => {
    const user = await host.person();
    const client = await begun(user);
    expect(await client.html()).to.contain('href="/register/contact"');
    await client.open("/register/contact");
    const form = client.page;
    await client.submit("/register/ask", { message: "I cannot\nget in" });
    expect(await client.text()).to.include("Your request has been submitted");
    client.show(form);
    await client.submit("/register/ask", { message: "once more" });

    await waitFor("the mail", () => asked().length > 0);
    const { emails, facts } = asked()[0] ?? {};
    expect(emails).to.deep.equal([HELPDESK]);
    expect(facts).to.deep.equal({ userName: user.userName, message: "I cannot\nget in", proven: "no" });
    await client.open("/register");
    expect(await client.screen()).to.equal("password");
    expect(asked()).to.have.lengthOf(1);
    expect(host.audited.filter(({ action }) => action === "registration.admin_asked")).to.have.lengthOf(1);
  });

  it("does the same for an unknown user name (T-01)", async () => {
    const client = await begun({ userName: "nobody@contoso.com" });
    await client.open("/register/contact");
    await client.submit("/register/ask", { message: "help" });
    await waitFor("the mail", () => asked().length > 0);

    expect(asked()[0]?.facts).to.deep.equal({
      userName: "nobody@contoso.com",
      message: "help",
      proven: "no",
    });
  });

  it("says that a signed-in user proved the password", async () => {
    const client = await host.signedIn(await host.person());
    await client.open("/register/contact");
    await client.submit("/register/ask", { message: "my number is wrong" });
    await waitFor("the mail", () => asked().length > 0);

    expect(asked()[0]?.facts.proven).to.equal("yes");
    await client.open("/register");
    expect(await client.screen()).to.equal("register");
  });

  it("counts by address, so that the administrators' mailbox cannot be flooded", async () => {
    const client = await begun(await host.person(), true);
    for (let times = 1; times <= 6; times++) {
      await client.open("/register/contact");
      await client.submit("/register/ask", { message: "help" });
      if (times === 6) break;
      await client.open("/register");
      await client.submit("/register/other");
      await client.submit("/register/start", { userName: (await host.person()).userName });
    }

    expect(client.page.status).to.equal(429);
    await waitFor("the mails", () => asked().length === 5);
  });

  it("shows the page of the organisation's own where the policy has one, and no form without addresses", async () => {
    host.portal.policy = { scope: "all", contact: { url: "https://help.contoso.example/" } };
    const client = await begun(await host.person());
    await client.open("/register/contact");

    expect(await client.html()).to.contain('href="https://help.contoso.example/"');
    expect(await client.has("/register/ask")).to.equal(false);
  });

  it("begins anew without a session", async () => {
    const client = host.client();
    await client.open("/register/contact");

    expect(await client.screen()).to.equal("start");
  });
});
