/** What a group named in the agent's configuration does for its members, on any directory and in any spelling of the group's DN. */
import { expect } from "chai";
import { createDirectory } from "../../agent/directory/create-directory.ts";
import type { Directory } from "../../agent/directory/directory.ts";
import { mapEntry } from "../../agent/sync/map-entry.ts";
import { refuseAccount } from "../../agent/writeback/refusals.ts";
import { systemClock } from "../../shared/clock.ts";
import { silentLogger } from "../../shared/logger.ts";
import { collectFeed, directoryConfig, type TestDirectoryOptions } from "./directory.ts";

export interface ProtectionHost extends TestDirectoryOptions {
  /** The DN of the organizational unit that the group `Admins, EU` is in: `OU=Groups,DC=lab,DC=test`. */
  readonly groupsDn: string;
  /** Ids of a member of that group, and of a user who is in no group. */
  readonly member: string;
  readonly other: string;
}

/** Spellings of `CN=Admins\\, EU,<groups>` that a comparison of text does not find. */
const SPELLINGS: readonly (readonly [string, (groups: string) => string])[] = [
  ["with the comma in hex", (groups) => `CN=Admins\\2C EU,${groups}`],
  ["in quotes", (groups) => `cn="Admins, EU",${groups}`],
  ["with semicolons and spaces", (groups) => `CN = Admins\\,  EU ; ${groups.replaceAll(",", " ; ")}`],
  [
    "with OIDs and long names",
    (groups) => `2.5.4.3=Admins\\, EU,${groups.replace(/^ou/i, "organizationalUnitName")}`,
  ],
];

export function tellProtectionStories(hostOf: () => ProtectionHost): void {
  const withDirectory = async <T>(
    protectedGroups: readonly string[],
    deny: readonly string[],
    work: (directory: Directory) => Promise<T>,
  ): Promise<T> => {
    const config = directoryConfig(hostOf());
    const directory = await createDirectory({
      config: config.directory,
      attributes: config.attributes,
      protectedGroups,
      deny,
      log: silentLogger,
      clock: systemClock,
    });
    try {
      return await work(directory);
    } finally {
      await directory.close();
    }
  };
  const syncedFlags = async (directory: Directory) => {
    const { entries } = await collectFeed(directory, null);
    const { attributes } = directoryConfig(hostOf());
    const flagOf = (id: string): boolean | null => {
      const entry = entries.find((each) => each.id === id);
      if (entry === undefined) return null;
      const mapped = mapEntry(entry, { attributes, regionOf: () => "BE" });
      return mapped.kind === "user" ? mapped.user.protected : null;
    };
    return { member: flagOf(hostOf().member), other: flagOf(hostOf().other) };
  };
  const obstacles = async (directory: Directory) => {
    const [member, other] = await Promise.all(
      [hostOf().member, hostOf().other].map((id) => directory.account(id)),
    );
    if (member == null || other == null) throw new Error("an account is missing");
    return { member: refuseAccount(member), other: refuseAccount(other) };
  };

  for (const [how, spell] of SPELLINGS) {
    it(`is protected in what is synced, and at a write, with the group written ${how}`, async () => {
      await withDirectory([spell(hostOf().groupsDn)], [], async (directory) => {
        expect(await syncedFlags(directory)).to.deep.equal({ member: true, other: false });
        expect(await obstacles(directory)).to.deep.equal({ member: "ACCOUNT_PROTECTED", other: null });
      });
    });

    it(`is denied a write with the group on the deny-list written ${how}`, async () => {
      await withDirectory([], [spell(hostOf().groupsDn)], async (directory) => {
        const denied = await obstacles(directory);
        expect(denied).to.deep.equal({ member: "ACCOUNT_DENIED", other: null });
      });
    });
  }
}
