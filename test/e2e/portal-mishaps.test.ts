import { expect } from "chai";
import type { PortalClient } from "../../lab/portal-client.ts";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { answerInWords } from "../support/answer-in-words.ts";
import { startOpenLdapPeople } from "../support/openldap-people.ts";
import type { People } from "../support/people.ts";
import { type PortalInstallation, startPortalInstallation } from "../support/portal-installation.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("a reset with mishaps", function () {
  this.timeout(120_000);
  let people: People;
  let setup: PortalInstallation;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    setup = await startPortalInstallation(people);
    stops.unshift(() => setup.close());
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  it("works without script: the captcha in words, and the password sealed by the cloud, as the audit log says", async () => {
    const { outbox } = setup;
    const person = await setup.person();
    const portal = setup.visitor({ script: false, answerQuestion: answerInWords });

    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "text", person.mobile);
    await choosePassword(portal, NEW, `${NEW}-`);
    expect(await portal.screen()).to.equal("password");
    expect(await people.opens(person, person.password)).to.equal(true);
    await choosePassword(portal, NEW);

    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
    const entries = await setup.trail(person);
    expect(entries.some(({ details }) => details["sealedBy"] === "cloud")).to.equal(true);
  });

  it("continues after the agent was lost between the proof and the password", async () => {
    const { outbox, installation, api } = setup;
    const person = await setup.person();
    const portal = setup.visitor({ script: false, answerQuestion: answerInWords });
    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "text", person.mobile);
    await installation.agent.stop();
    try {
      await waitFor("the cloud to see it", async () =>
        (await api.agents()).every(({ connected }) => !connected),
      );
      await choosePassword(portal, NEW);

      expect(await portal.screen()).to.equal("password");
      expect(await portal.text()).to.match(/not (?:been )?changed|moment|later|reach/i);
      // New visitors are told before the first gate.
      await waitFor("the start page to say so", async () => {
        const stranger = setup.visitor();
        await stranger.open("/reset");
        return /cannot|not possible|later|unavailable/i.test(await stranger.text());
      });
    } finally {
      installation.agent.start();
      await installation.untilReady();
    }
    await choosePassword(portal, NEW);
    expect(await portal.screen(), await portal.text()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("notices the form of another tab, and shows the attempt's present screen", async () => {
    const { outbox } = setup;
    const person = await setup.person();
    const tab = setup.visitor();
    await startReset(tab, person.userName);
    const other = setup.visitor({ cookies: tab.visitor.cookies });
    await other.open("/reset");
    expect(await other.screen()).to.equal("choose");

    await proveByCode(tab, outbox, "text", person.mobile);
    await chooseMethod(other, "text", person.mobile).catch(() => other.open("/reset"));

    expect(await other.screen()).to.equal("password");
    await choosePassword(other, NEW);
    expect(await other.screen(), await other.text()).to.equal("done");
    await tab.open("/reset");
    expect(await tab.screen()).to.equal("done");
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("recognises an outdated form after the back button: nothing is sent twice", async () => {
    const { outbox } = setup;
    const person = await setup.person();
    const portal = setup.visitor();
    await startReset(portal, person.userName);
    const before = portal.page;
    await chooseMethod(portal, "text", person.mobile);
    await outbox.otp(person.mobile);

    const back = setup.visitor({ cookies: portal.visitor.cookies });
    back.show(before);
    await chooseMethod(back, "text", person.mobile);

    expect(await back.screen()).to.equal("code");
    expect(await outbox.messages(person.mobile)).to.have.length(1);
  });

  it("makes one job from a double click", async () => {
    const { outbox } = setup;
    const person = await setup.person();
    const portal = setup.visitor();
    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "text", person.mobile);
    const twin = setup.visitor({ cookies: new Map(portal.visitor.cookies) });
    let posts = 0;
    const hasty: PortalClient["visitor"]["post"] = async (path, values) => {
      posts += 1;
      const [answer] = await Promise.all([once(path, values), twin.visitor.post(path, values)]);
      return answer;
    };
    const once = portal.visitor.post.bind(portal.visitor);
    portal.visitor.post = hasty;

    await choosePassword(portal, NEW);

    expect(posts).to.equal(1);
    await waitFor("the verdict", async () => {
      await portal.open("/reset");
      return (await portal.screen()) === "done";
    });
    expect(await setup.jobsOf(person)).to.have.length(1);
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("accepts no code twice, and none of another attempt (T-04)", async () => {
    const { outbox } = setup;
    const [person, other] = await setup.persons(2);
    if (person === undefined || other === undefined) throw new Error("there are two");
    const portal = setup.visitor();
    await startReset(portal, person.userName);
    await chooseMethod(portal, "text", person.mobile);
    const otp = await outbox.otp(person.mobile);

    const thief = setup.visitor();
    await startReset(thief, other.userName);
    await chooseMethod(thief, "text", other.mobile);
    await enterCode(thief, otp);
    expect(await thief.screen()).to.equal("code");

    await enterCode(portal, otp);
    expect(await portal.screen()).to.equal("password");
    await portal.submit("/reset/end");
    await startReset(portal, person.userName);
    await chooseMethod(portal, "text", person.mobile);
    await enterCode(portal, otp);
    expect(await portal.screen()).to.equal("code");
  });

  it("blocks self-service after ten wrong codes, leaves the account open, and a helpdesk lifts the block (T-02, T-11)", async () => {
    const { outbox, installation } = setup;
    const person = await setup.person();
    let portal = setup.visitor();
    await startReset(portal, person.userName);
    // Five tries for each code; the tries count across codes.
    for (const [method, to] of [
      ["text", person.mobile],
      ["email", person.alternateEmail],
    ] as const) {
      await chooseMethod(portal, method, method === "text" ? to : undefined);
      const right = await outbox.otp(to);
      for (let wrong = 1; wrong <= 5; wrong++)
        await enterCode(
          portal,
          String(Number(right) + wrong)
            .padStart(right.length, "0")
            .slice(-right.length),
        );
      if (method === "text") {
        await enterCode(portal, right);
        expect(await portal.screen(), "the sixth try of a code, though it is right").to.equal("code");
        await portal.submit("/reset/again");
      }
    }
    expect(await portal.screen(), await portal.text()).to.equal("blocked");

    expect(await people.opens(person, person.password)).to.equal(true);
    await outbox.next(person.alternateEmail, { kind: "self_service_blocked" });
    portal = setup.visitor();
    await startReset(portal, person.userName).catch(() => undefined); // wherever the block shows
    await portal.open("/reset");
    expect(await portal.screen()).not.to.be.oneOf(["password", "code"]);

    const lifted = await installation.latchkey("user", "unblock", person.userName);
    expect(lifted.exit, lifted.stderr).to.equal(0);
    portal = setup.visitor();
    await startReset(portal, person.userName);
    await proveByCode(portal, outbox, "email", person.alternateEmail);
    expect(await portal.screen()).to.equal("password");
  });

  it("ends when the user says so, and the cookie no longer works", async () => {
    const person = await setup.person();
    const portal = setup.visitor();
    await startReset(portal, person.userName);
    const cookies = new Map(portal.visitor.cookies);

    await portal.submit("/reset/end");
    expect(await portal.screen()).to.equal("ended");

    const replayed = setup.visitor({ cookies });
    await replayed.open("/reset");
    expect(await replayed.screen()).to.be.oneOf(["start", "ended"]);
  });
});
