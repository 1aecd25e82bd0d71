import { expect } from "chai";
import { Attribute, Change } from "ldapts";
import type { Check } from "../../../../../agent/directory/directory.ts";
import { start389Ds } from "../../../../../lab/389-ds.ts";
import { startOpenLdap } from "../../../../../lab/openldap.ts";
import { type AppError, isAppError } from "../../../../../shared/errors.ts";
import { collectFeed, openDirectory, type TestDirectoryOptions } from "../../../../support/directory.ts";

const LDBM = "cn=config,cn=ldbm database,cn=plugins,cn=config";
const PEOPLE = 40;

/** Reads everything, and has doctor look. */
async function attempt(options: TestDirectoryOptions) {
  const directory = await openDirectory(options);
  try {
    const checks = new Map<string, Check>();
    for await (const check of directory.check(null)) checks.set(check.name, check);
    let error: AppError | null = null;
    let users = 0;
    try {
      users = (await collectFeed(directory, null)).entries.length;
    } catch (thrown) {
      if (!isAppError(thrown)) throw thrown;
      error = thrown;
    }
    return { error, users, bases: checks.get("bases") };
  } finally {
    await directory.close();
  }
}

describe("limits of OpenLDAP", () => {
  for (const feed of ["syncrepl", "entrycsn", "modifytimestamp"] as const)
    it(`below the number of users fail ${feed} and doctor, with the line that mends them`, async () => {
      const server = await startOpenLdap({ people: PEOPLE, withPassword: 0, limits: "size=20" });
      try {
        const { error, bases } = await attempt({ server, bases: [server.peopleDn], directory: { feed } });

        const line = `limits dn.exact="${server.syncAccount.dn}" size=unlimited`;
        expect(error).to.include({ code: "DIRECTORY_LIMIT", retryable: false });
        expect(error?.message).to.contain("size limit").and.to.contain(line);
        expect(bases?.status).to.equal("fail");
        expect(bases?.detail).to.contain("DIRECTORY_LIMIT").and.to.contain(line);
      } finally {
        await server.stop();
      }
    });

  it("on the entries that a search may look through name that limit", async () => {
    const limits = "size=unlimited size.unchecked=10 time=unlimited";
    const server = await startOpenLdap({ people: PEOPLE, withPassword: 0, limits });
    try {
      const { error, bases } = await attempt({ server, bases: [server.peopleDn] });

      expect(error?.code).to.equal("DIRECTORY_LIMIT");
      expect(error?.message).to.contain("size.unchecked=unlimited");
      expect(bases?.status).to.equal("fail");
    } finally {
      await server.stop();
    }
  });
});

describe("limits of 389 Directory Server", () => {
  it("below the number of users fail the run and doctor, and what the error names mends them", async () => {
    const server = await start389Ds({ people: PEOPLE, withPassword: 0 });
    try {
      const admin = await server.admin();
      const set = async (dn: string, values: Readonly<Record<string, string>>): Promise<void> => {
        const changes = Object.entries(values).map(
          ([type, value]) =>
            new Change({ operation: "replace", modification: new Attribute({ type, values: [value] }) }),
        );
        await admin.modify(dn, changes);
      };
      const all = { "nsslapd-lookthroughlimit": "20", "nsslapd-pagedlookthroughlimit": "20" };
      await set(LDBM, all);
      const account = server.syncAccount.dn;
      const before = { nsLookThroughLimit: "20", nsPagedLookThroughLimit: "20" };
      await set(account, before);
      const options = { server, bases: [server.peopleDn] };

      const limited = await attempt(options);
      const advice = /set ((?:[A-Za-z]+: -1(?:, )?)+)/.exec(limited.error?.message ?? "")?.[1] ?? "";
      const granted = Object.fromEntries(
        advice.split(", ").map((pair) => pair.split(": ") as [string, string]),
      );
      await set(account, granted);
      const mended = await attempt(options);

      expect(limited.error).to.include({ code: "DIRECTORY_LIMIT", retryable: false });
      expect(limited.error?.message).to.contain(`On the entry ${account} set nsLookThroughLimit: -1`);
      expect(limited.bases).to.include({ status: "fail" });
      expect(limited.bases?.detail).to.contain("nsLookThroughLimit");
      expect(mended.error).to.equal(null);
      expect(mended.users).to.be.at.least(PEOPLE);
      expect(mended.bases?.detail).to.contain(`${mended.users} users under ${server.peopleDn}`);
    } finally {
      await server.stop();
    }
  });
});
