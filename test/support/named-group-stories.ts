/** What becomes of the groups and accounts that writeback.protectedGroups and writeback.deny name, on any directory. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Check, Directory, DirectoryEntry, NameMemory } from "../../agent/directory/directory.ts";
import { nameMemoryIn } from "../../agent/identity/name-memory.ts";
import { openStateDirectory } from "../../agent/identity/state-directory.ts";
import { mapEntry } from "../../agent/sync/map-entry.ts";
import { refuseAccount } from "../../agent/writeback/refusals.ts";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { HOUR_MS } from "../../shared/durations.ts";
import { collectFeed, directoryConfig, openDirectory, type TestDirectoryOptions } from "./directory.ts";

interface Somebody {
  readonly id: string;
  readonly dn: string;
  readonly name: string;
}

export interface NamedGroupHost {
  readonly server: TestDirectoryOptions["server"] & {
    addUser(parent: string): Promise<Somebody>;
    addUnit(dn: string): Promise<void>;
    move(dn: string, newDn: string): Promise<void>;
    delete(dn: string): Promise<void>;
  };
  /** A container for one story: people, groups and places to move them to. */
  newUnit(): Promise<string>;
  addGroup(dn: string, members: readonly string[]): Promise<void>;
}

type Writeback = Readonly<Partial<Record<"protectedGroups" | "deny", readonly string[]>>>;

/** Two users, and what an agent and its doctor make of them. The state directory is a real one, kept over restarts. */
export class NamedGroupStage {
  readonly member: Somebody;
  readonly other: Somebody;
  readonly unit: string;
  readonly #host: NamedGroupHost;
  readonly #state: string;

  private constructor(host: NamedGroupHost, unit: string, state: string, people: readonly Somebody[]) {
    const [member, other] = people;
    if (member === undefined || other === undefined) throw new Error("a stage needs two people");
    this.#host = host;
    this.#state = state;
    this.unit = unit;
    this.member = member;
    this.other = other;
  }

  static async set(host: NamedGroupHost): Promise<NamedGroupStage> {
    const unit = await host.newUnit();
    await host.server.addUnit(`ou=moved,${unit}`);
    const people = [await host.server.addUser(unit), await host.server.addUser(unit)];
    return new NamedGroupStage(host, unit, await mkdtemp(join(tmpdir(), "latchkey-names-")), people);
  }

  strike(): Promise<void> {
    return rm(this.#state, { recursive: true, force: true });
  }

  /** Runs an agent from its start to its end. */
  async withAgent<T>(
    writeback: Writeback,
    work: (directory: Directory) => Promise<T>,
    options: Pick<TestDirectoryOptions, "clock" | "directory"> = {},
  ): Promise<T> {
    const memory = nameMemoryIn(await openStateDirectory(this.#state));
    const directory = await openDirectory({ ...this.options(writeback, memory), ...options });
    try {
      return await work(directory);
    } finally {
      await directory.close();
    }
  }

  /** What a new agent makes of both users. */
  outlook(writeback: Writeback, options: Pick<TestDirectoryOptions, "directory"> = {}) {
    return this.withAgent(writeback, (directory) => this.outlookOf(directory), options);
  }

  async outlookOf(directory: Directory) {
    return {
      member: await this.#outlookOn(directory, this.member),
      other: await this.#outlookOn(directory, this.other),
    };
  }

  /** The checks of doctor that are about names, by their name. It reads the state directory and leaves it alone. */
  async doctor(
    writeback: Writeback,
    options: Pick<TestDirectoryOptions, "directory"> = {},
  ): Promise<ReadonlyMap<string, Check>> {
    const memory = { ...nameMemoryIn(await openStateDirectory(this.#state)), save: null };
    const directory = await openDirectory({ ...this.options(writeback, memory), ...options });
    const checks = new Map<string, Check>();
    try {
      for await (const check of directory.check(null)) {
        checks.set(check.name, check);
        if (check.name === "own accounts") break; // the last one about names
      }
    } finally {
      await directory.close();
    }
    return checks;
  }

  options(writeback: Writeback, memory: NameMemory): TestDirectoryOptions {
    return { server: this.#host.server, bases: [this.unit], writeback, memory };
  }

  /** Whether a write is refused, and the flag that a full run, a dry run and a run for this user alone would send. */
  async #outlookOn(directory: Directory, { id, name }: Somebody) {
    const account = await directory.account(id);
    if (account === null) throw new Error(`${name} is not there`);
    const { entries } = await collectFeed(directory, null);
    const alone = await directory.find(name, new AbortController().signal);
    const flags = [entries.find((entry) => entry.id === id), alone[0]].map((entry) => this.#flagOf(entry));
    expect(flags[1], "the run for one user sends what the full run sends").to.equal(flags[0]);
    return { write: refuseAccount(account), synced: flags[0] };
  }

  #flagOf(entry: DirectoryEntry | undefined): boolean | null {
    if (entry === undefined) return null;
    const { attributes } = directoryConfig(this.options({}, nameMemoryIn(NO_STATE)));
    const mapped = mapEntry(entry, { attributes, regionOf: () => "BE" });
    return mapped.kind === "user" ? mapped.user.protected : null;
  }
}

const NO_STATE = {
  path: "",
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

const OPEN = { write: null, synced: false };
const UNKNOWN = { write: "PROTECTION_UNKNOWN", synced: true };
const MEMBER = {
  // A denied user is an ordinary one in the cloud: the agent alone refuses to write.
  protectedGroups: { write: "ACCOUNT_PROTECTED", synced: true },
  deny: { write: "ACCOUNT_DENIED", synced: false },
} as const;
const CHECK_OF = { protectedGroups: "protected groups", deny: "deny list" } as const;

/** A clock that can be moved on, so that nothing found before is still believed. */
export function movableClock(): Clock & { moveOn(): void } {
  let moved = 0;
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + moved,
    moveOn: () => void (moved += HOUR_MS),
  };
}

export function tellNamedGroupStories(hostOf: () => NamedGroupHost): void {
  let stage: NamedGroupStage;
  let group: string;

  beforeEach(async () => {
    stage = await NamedGroupStage.set(hostOf());
    group = `cn=Chosen,${stage.unit}`;
    await hostOf().addGroup(group, [stage.member.dn]);
  });
  afterEach(() => stage.strike());

  for (const key of ["protectedGroups", "deny"] as const)
    describe(`a group in ${key}`, () => {
      const check = async () => (await stage.doctor({ [key]: [group] })).get(CHECK_OF[key]);

      it("is found, and doctor counts it", async () => {
        expect(await stage.outlook({ [key]: [group] })).to.deep.equal({ member: MEMBER[key], other: OPEN });
        expect(await check()).to.deep.include({ status: "pass", detail: "1 found" });
      });

      it("is followed when it is renamed and moved, by a running agent, by one that restarts, and by doctor", async () => {
        const clock = movableClock();
        const moved = `cn=Renamed,ou=moved,${stage.unit}`;

        await stage.withAgent(
          { [key]: [group] },
          async (directory) => {
            expect(await stage.outlookOf(directory)).to.deep.equal({ member: MEMBER[key], other: OPEN });
            await hostOf().server.move(group, moved);
            clock.moveOn();
            expect(await stage.outlookOf(directory), "running").to.deep.equal({
              member: MEMBER[key],
              other: OPEN,
            });
          },
          { clock },
        );

        const restarted = await stage.outlook({ [key]: [group] });
        const found = await check();
        expect(restarted, "restarted").to.deep.equal({ member: MEMBER[key], other: OPEN });
        expect(found?.status).to.equal("pass");
        expect(found?.detail.toLowerCase()).to.contain(
          `${group} was moved and is followed as ${moved}`.toLowerCase(),
        );
      });

      it("is not mistaken for another group that took its name, and doctor fails", async () => {
        await stage.outlook({ [key]: [group] });
        await hostOf().server.move(group, `cn=Renamed,${stage.unit}`);
        await hostOf().addGroup(group, [stage.other.dn]);

        expect(await stage.outlook({ [key]: [group] })).to.deep.equal({ member: MEMBER[key], other: OPEN });
        const found = await check();
        expect(found).to.include({ status: "fail" });
        expect(found?.detail).to.contain(`${group} is now the name of another object`);
        expect(found?.action).to.contain(`writeback.${key}`);
      });

      it("closes every account while it is gone, also when another group has its name, and doctor fails", async () => {
        await stage.outlook({ [key]: [group] });
        await hostOf().server.delete(group);
        const gone = { outlook: await stage.outlook({ [key]: [group] }), check: await check() };
        await hostOf().addGroup(group, [stage.other.dn]);
        const replaced = { outlook: await stage.outlook({ [key]: [group] }), check: await check() };

        for (const { outlook } of [gone, replaced])
          expect(outlook).to.deep.equal({ member: UNKNOWN, other: UNKNOWN });
        expect(gone.check).to.include({ status: "fail" });
        expect(gone.check?.detail).to.contain(`${group} is no longer in the directory`);
        expect(gone.check?.action).to.contain(`remove it from writeback.${key}`);
        expect(replaced.check).to.include({ status: "fail" });
        expect(replaced.check?.detail).to.contain(`${group} is another object than before`);
        expect(replaced.check?.action).to.contain("configured-names.json");
      });

      it("closes every account when it is mistyped, and doctor fails", async () => {
        group = `cn=Chosne,${stage.unit}`;

        expect(await stage.outlook({ [key]: [group] })).to.deep.equal({ member: UNKNOWN, other: UNKNOWN });
        const found = await check();
        expect(found).to.include({ status: "fail" });
        expect(found?.detail).to.contain(`${group} is not in the directory`);
        expect(found?.action).to.contain(`Correct the DN in writeback.${key}`);
      });

      it("closes every account when it is an organizational unit, and doctor fails", async () => {
        group = stage.unit;

        expect(await stage.outlook({ [key]: [group] })).to.deep.equal({ member: UNKNOWN, other: UNKNOWN });
        expect((await check())?.detail).to.contain("is of the class organizationalunit");
      });

      it("counts the members of groups in it", async () => {
        const outer = `cn=Outer,${stage.unit}`;
        await hostOf().addGroup(outer, [group]);

        const outlook = await stage.outlook({ [key]: [outer] });

        expect(outlook).to.deep.equal({ member: MEMBER[key], other: OPEN });
      });
    });

  describe("a user in deny", () => {
    const check = async (entry: string) => (await stage.doctor({ deny: [entry] })).get("deny list");

    it("is followed by DN when moved, and denies nobody else when gone: doctor fails", async () => {
      const { member } = stage;
      await stage.outlook({ deny: [member.dn] });
      await hostOf().server.move(member.dn, member.dn.replace(",", ",ou=moved,"));
      const moved = { outlook: await stage.outlook({ deny: [member.dn] }), check: await check(member.dn) };
      await hostOf().server.delete(member.dn.replace(",", ",ou=moved,"));

      const gone = await stage.withAgent({ deny: [member.dn] }, (directory) =>
        directory.account(stage.other.id),
      );

      expect(moved.outlook).to.deep.equal({ member: MEMBER.deny, other: OPEN });
      expect(moved.check?.status).to.equal("pass");
      expect(moved.check?.detail).to.contain("was moved and is followed as");
      expect(gone).to.include({ denied: false, protectionUnknown: false });
      expect(await check(member.dn)).to.include({ status: "fail" });
      expect((await check(member.dn))?.detail).to.contain(`${member.dn} is no longer in the directory`);
    });

    it("is denied by a name with a domain before it, and doctor finds the name", async () => {
      const entry = `LAB\\${stage.member.name.toUpperCase()}`;

      expect(await stage.outlook({ deny: [entry] })).to.deep.equal({ member: MEMBER.deny, other: OPEN });
      expect(await check(entry)).to.include({ status: "pass", detail: "1 name found" });
    });

    it("that nobody has as a name fails in doctor, and closes nothing", async () => {
      expect(await stage.outlook({ deny: ["ghost.of.nobody"] })).to.deep.equal({ member: OPEN, other: OPEN });
      const found = await check("ghost.of.nobody");
      expect(found).to.include({ status: "fail" });
      expect(found?.detail).to.contain("No account has the name ghost.of.nobody");
    });
  });

  it("a group of the policy is missing when it is renamed, mistyped or no group, until it is there", async () => {
    const [mistyped, person] = [`cn=Chosne,${stage.unit}`, stage.member.dn];
    await stage.withAgent({}, async (directory) => {
      const ask = () => directory.missingGroups([group, mistyped, person]);
      const first = await ask();
      await hostOf().addGroup(mistyped, [stage.member.dn]);
      const added = await ask();
      await hostOf().server.move(group, `cn=Renamed,${stage.unit}`);
      const renamed = await ask();

      expect(first).to.deep.equal([mistyped, person]);
      expect(added).to.deep.equal([person]);
      expect(renamed).to.deep.equal([group, person]);
    });
  });

  it("doctor names the agent's own accounts as the server knows them", async () => {
    const { syncAccount, writebackAccount } = hostOf().server;

    const own = (await stage.doctor({})).get("own accounts");

    expect(own).to.include({ status: "pass" });
    for (const name of ["svc-sync", "svc-writeback"])
      expect(own?.detail.toLowerCase()).to.contain(`cn=${name},`);
    expect(own?.detail.toLowerCase()).to.contain(" and ");
    expect([syncAccount.dn, writebackAccount.dn].join()).to.match(/svc-sync.*svc-writeback/);
  });
}
