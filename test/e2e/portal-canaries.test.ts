import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  answerQuestions,
  makeRecoveryCodes,
  setUpAuthenticator,
  signIn,
  signInAgain,
  verifyByCode,
} from "../../lab/registration-steps.ts";
import { chooseMethod, choosePassword, enterCode, proveByCode, startReset } from "../../lab/reset-steps.ts";
import { auditPageSchema } from "../../shared/api/audit.ts";
import { answerInWords } from "../support/answer-in-words.ts";
import { findCanariesInFiles, type Sighting } from "../support/canaries.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import {
  type PortalInstallation,
  type PortalPerson,
  startPortalInstallation,
} from "../support/portal-installation.ts";

/** Uses the portals with known secrets, typed or held by browsers, then finds them nowhere. */
describe("secrets that went through the portals", function () {
  this.timeout(240_000);
  let people: OpenLdapPeople;
  let setup: PortalInstallation;
  const secrets: Record<string, string> = {};
  const numbers: Record<string, string> = {};
  const addresses: Record<string, string> = {};
  const stops: (() => Promise<unknown>)[] = [];
  const SEALED = "Gesloten-Kanarie-é€-Passw0rd";
  const PLAIN = "Offener-Kanarien-🐦-Passw0rd";

  before(async function () {
    this.timeout(480_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    setup = await startPortalInstallation(people, {
      cloudConfig: { log: { level: "debug" } },
      agentConfig: { log: { level: "debug" } },
    });
    stops.unshift(() => setup.close());
    await doEverything();
    await setup.installation.agent.stop();
    await setup.installation.cloud.stop();
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  async function doEverything(): Promise<void> {
    const { outbox, api, installation } = setup;
    const [withScript, without] = await setup.persons(2);
    if (withScript === undefined || without === undefined) throw new Error("there are two");
    for (const [name, person, script, password] of [
      ["script", withScript, true, SEALED],
      ["no script", without, false, PLAIN],
    ] as const) {
      const portal = setup.visitor({ script, answerQuestion: answerInWords });
      const keep = (when: string): void => {
        for (const [cookie, value] of portal.visitor.cookies)
          if (cookie.includes("latchkey-reset"))
            secrets[`secret of the cookie, ${name}, ${when}`] = value.split(".").at(-1) ?? "";
      };
      await startReset(portal, person.userName);
      keep("at first");
      await chooseMethod(portal, "text", person.mobile);
      await enterCode(portal, "87654321");
      const otp = await outbox.otp(person.mobile);
      secrets[`otp, ${name}`] = otp;
      await enterCode(portal, otp);
      keep("proven");
      secrets[`refused password, ${name}`] = `Zk-7${name === "script" ? "x" : "y"}!q`;
      await choosePassword(portal, secrets[`refused password, ${name}`] ?? "");
      expect(await portal.screen()).to.equal("password");
      await choosePassword(portal, password);
      expect(await portal.screen(), await portal.text()).to.equal("done");
      secrets[`new password, ${name}`] = password;
      numbers[`number, ${name}`] = person.mobile.slice(3);
      addresses[`address, ${name}`] = person.alternateEmail;
    }
    // Once more by email, whose template contains the code too.
    const mailed = setup.visitor();
    await startReset(mailed, withScript.userName);
    await proveByCode(mailed, outbox, "email", withScript.alternateEmail);
    expect(await mailed.screen()).to.equal("password");
    secrets["otp by mail"] = await outbox.otp(withScript.alternateEmail);
    await register(withScript);
    const { items } = await api.call(auditPageSchema, "GET", "/audit?limit=500");
    await writeFile(join(installation.folder, "audit.json"), JSON.stringify(items));
  }

  async function register(person: PortalPerson): Promise<void> {
    for (const [name, script] of [
      ["script", true],
      ["no script", false],
    ] as const) {
      const portal = setup.visitor({ script, answerQuestion: answerInWords });
      if (script) {
        // Only once: a second one in half an hour would be refused.
        secrets["wrong password"] = "Verk3erde-Kanarie-8";
        await signIn(portal, person.userName, secrets["wrong password"]);
        await signInAgain(portal, SEALED);
      } else await signIn(portal, person.userName, SEALED);
      expect(await portal.screen(), await portal.text()).to.equal("register");
      await verifyByCode(portal, setup.outbox, "email", person.alternateEmail);
      const app = await setUpAuthenticator(portal);
      secrets[`authenticator's secret, ${name}`] = app.secret;
      for (const [at, code] of (await makeRecoveryCodes(portal)).entries())
        secrets[`recovery code ${at}, ${name}`] = code;
      const answers = ["Zw", "Gr", "Bl", "Rd", "Pr"].map((part) => `${part}artelende Kanarie ${name}`);
      await answerQuestions(portal, answers);
      for (const [at, answer] of answers.entries()) secrets[`answer ${at}, ${name}`] = answer;
      secrets[`secret of the registration's cookie, ${name}`] =
        portal.visitor.cookies.get("__Host-latchkey-registration")?.split(".").at(-1) ?? "";
    }
  }

  it("are in no log, no key of Redis, no audit and no journal", async () => {
    const { folder } = setup.installation;
    expect(Object.keys(secrets)).to.have.length.above(30);

    const { sightings, files } = await findCanariesInFiles(secrets, folder);

    expect(sightings).to.deep.equal([]);
    for (const part of ["cloud.log", "agent-1.log", "audit.json", ".aof"])
      expect(
        files.some((file) => file.includes(part)),
        part,
      ).to.equal(true);
  });

  it("leave numbers and private addresses only in the store", async () => {
    const { folder } = setup.installation;

    const { sightings } = await findCanariesInFiles({ ...numbers, ...addresses }, folder);

    const outside = (found: Sighting): boolean => !found.where.startsWith(join(folder, "cloud/redis/"));
    expect(sightings.filter(outside)).to.deep.equal([]);
    expect(sightings.some(({ what }) => what.startsWith("number"))).to.equal(true);
  });
});
