import { expect } from "chai";
import { Attribute } from "ldapts";
import { createDirectory } from "../../../../agent/directory/create-directory.ts";
import type { Directory } from "../../../../agent/directory/directory.ts";
import { type Clock, systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { CloseStack } from "../../../../shared/shutdown.ts";
import { startAccountAgent, startAccountsOn } from "../../../support/account-agent.ts";
import { type AccountSetup, tellAccountStories } from "../../../support/account-stories.ts";
import { directoryConfig } from "../../../support/directory.ts";
import { startGatewayNode } from "../../../support/gateway-node.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { sharedSambaAd } from "../../../support/samba-ad.ts";
import { openSambaAdPeople } from "../../../support/samba-ad-people.ts";

describe("accounts in Active Directory, seen from the cloud", () => {
  const open = new CloseStack();
  let setup: AccountSetup;
  let directory: Directory;
  let openWith: (change: { directory?: Record<string, unknown>; clock?: Clock }) => Promise<Directory>;

  before(async function () {
    this.timeout(160_000); // the first use provisions the domain
    const ad = await sharedSambaAd();
    const people = await openSambaAdPeople();
    const { peopleDn } = people.directory;
    openWith = ({ directory: change = {}, clock = systemClock }) => {
      const config = directoryConfig({ server: ad, bases: [peopleDn], directory: change });
      return createDirectory({
        config: config.directory,
        attributes: config.attributes,
        protectedGroups: [],
        deny: [],
        log: silentLogger,
        clock,
      });
    };
    directory = open.add(await openWith({}));
    const node = open.add(await startGatewayNode({ connection: (await sharedRedis()).connection }));
    const { tenantId } = open.add(await startAccountAgent(node, { directory }));
    const accounts = open.add(startAccountsOn(node));
    let serial = 0;
    const addGroup = async (name: string, members: readonly string[]): Promise<string> => {
      const dn = `CN=${name},${peopleDn}`;
      const attributes = { objectClass: "group", sAMAccountName: `${name} ${tenantId.slice(-12)}` };
      await (
        await ad.admin()
      ).add(dn, [
        ...Object.entries(attributes).map(([type, value]) => new Attribute({ type, values: [value] })),
        ...(members.length === 0 ? [] : [new Attribute({ type: "member", values: [...members] })]),
      ]);
      return dn;
    };
    setup = {
      people,
      accounts,
      tenantId,
      dialect: "active-directory",
      rule: { minLength: 10, complexity: true, source: "domain" },
      async addGroups({ dn }) {
        serial += 1;
        const inner = await addGroup(`Inner ${serial}`, [dn]);
        return {
          inner,
          outer: await addGroup(`Outer ${serial}`, [inner]),
          other: await addGroup(`Other ${serial}`, []),
        };
      },
      mustChange: ({ dn }) => ad.set(dn, { pwdLastSet: "0" }),
    };
  });
  after(() => open.close());

  tellAccountStories(() => setup);

  it("are as far from being locked as the server counts", async () => {
    const { people } = setup;
    const person = await people.add();
    expect(await directory.lockout(person.id)).to.deep.equal({ locked: false, failures: 0, threshold: 5 });

    await people.opens(person, "Wr0ng-1");
    await people.opens(person, "Wr0ng-2");
    expect(await directory.lockout(person.id)).to.deep.equal({ locked: false, failures: 2, threshold: 5 });
    await people.lock(person);
    expect(await directory.lockout(person.id)).to.include({ locked: true });
    expect(await directory.lockout("f".repeat(32))).to.equal(null);
  });

  it("are not guessed at when the fine-grained policy cannot be read", async () => {
    const ad = await sharedSambaAd();
    const strict = await ad.idOf("strict");
    const blind = await openWith({ directory: { writebackBind: ad.syncAccount } });

    expect(await directory.lockout(strict)).to.include({ threshold: 5 });
    expect(await blind.lockout(strict)).to.include({ locked: false, threshold: null });
    await blind.close();
  });

  it("count no failures whose window has run out", async () => {
    const { people } = setup;
    const person = await people.add();
    await people.opens(person, "Wr0ng-1");
    const later = await openWith({ clock: { ...systemClock, now: () => Date.now() + 31 * 60_000 } });

    expect(await later.lockout(person.id)).to.include({ failures: 0 });
    await later.close();
  });
});
