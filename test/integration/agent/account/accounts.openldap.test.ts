import { expect } from "chai";
import { createDirectory } from "../../../../agent/directory/create-directory.ts";
import type { Directory } from "../../../../agent/directory/directory.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { CloseStack } from "../../../../shared/shutdown.ts";
import { startAccountAgent, startAccountsOn } from "../../../support/account-agent.ts";
import { type AccountSetup, tellAccountStories } from "../../../support/account-stories.ts";
import { directoryConfig } from "../../../support/directory.ts";
import { startGatewayNode } from "../../../support/gateway-node.ts";
import { startOpenLdapPeople } from "../../../support/openldap-people.ts";
import { sharedRedis } from "../../../support/redis.ts";

describe("accounts in OpenLDAP, seen from the cloud", () => {
  const open = new CloseStack();
  let setup: AccountSetup;
  let directory: Directory;

  before(async () => {
    const people = await startOpenLdapPeople();
    open.defer(() => people.stop());
    const { server } = people;
    const config = directoryConfig({ server, bases: [server.peopleDn] });
    directory = open.add(
      await createDirectory({
        config: config.directory,
        attributes: config.attributes,
        protectedGroups: people.protectedGroups,
        deny: [],
        log: silentLogger,
        clock: systemClock,
      }),
    );
    const node = open.add(await startGatewayNode({ connection: (await sharedRedis()).connection }));
    const { tenantId } = open.add(await startAccountAgent(node, { directory }));
    const accounts = open.add(startAccountsOn(node));
    let serial = 0;
    setup = {
      people,
      accounts,
      tenantId,
      dialect: "openldap",
      rule: { minLength: 10, historyLength: 3, source: "ppolicy" },
      async addGroups({ dn }) {
        serial += 1;
        const [inner, outer, other] = ["inner", "outer", "other"].map((name) =>
          server.dn(`cn=Account ${name} ${serial},ou=groups`),
        ) as [string, string, string];
        await server.addGroup(inner, [dn]);
        await server.addGroup(outer, [inner]);
        await server.addGroup(other, [server.administrator.dn]);
        return { inner, outer, other };
      },
      mustChange: ({ dn }) => server.set(dn, { pwdReset: "TRUE" }),
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
    await people.opens(person, person.password);
    expect(await directory.lockout(person.id)).to.include({ failures: 0 });
    await people.lock(person);
    expect(await directory.lockout(person.id)).to.include({ locked: true });
    expect(await directory.lockout("f".repeat(32))).to.equal(null);
  });
});
