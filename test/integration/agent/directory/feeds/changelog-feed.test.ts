import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import type { Check, Directory } from "../../../../../agent/directory/directory.ts";
import { CHANGELOG_PLUGIN } from "../../../../../agent/directory/feeds/changelog-feed.ts";
import {
  parseSyncDone,
  parseSyncInfo,
  type SyncDone,
  syncRequest,
} from "../../../../../agent/directory/ldap/controls.ts";
import { parseAdminFilter } from "../../../../../agent/directory/ldap/filters.ts";
import type { DirectoryEntryRaw } from "../../../../../agent/directory/ldap/ldap-entry.ts";
import { SessionPool } from "../../../../../agent/directory/ldap/session-pool.ts";
import { type Ds389, start389Ds } from "../../../../../lab/389-ds.ts";
import { CHANGELOG_ACI } from "../../../../../lab/389-ds-people.ts";
import { systemClock } from "../../../../../shared/clock.ts";
import { silentLogger } from "../../../../../shared/logger.ts";
import { shared389Ds } from "../../../../support/389-ds.ts";
import { collectFeed, directoryConfig, openDirectory, textOf } from "../../../../support/directory.ts";
import { joinCloud, type JoinedCloud } from "../../../../support/directory-to-cloud.ts";
import { sharedRedis } from "../../../../support/redis.ts";
import { startSyncCloud, type SyncCloud } from "../../../../support/sync-cloud.ts";
import { waitFor } from "../../../../support/wait-for.ts";

let cloud: SyncCloud;
before(async () => {
  cloud = await startSyncCloud((await sharedRedis()).connection);
});
after(() => cloud.close());

let serial = 0;

describe("the retro changelog feed of 389 Directory Server", function () {
  this.timeout(120_000); // the first start prepares the server's folder
  let server: Ds389;
  let base: string;
  let directory: Directory;
  beforeEach(async () => {
    server = await shared389Ds();
    base = server.dn(`ou=changelog${++serial}`);
    await server.addUnit(base);
    directory = await openDirectory({ server, bases: [base] });
  });
  afterEach(() => directory.close());
  const outside = (name: string): string => `${name},${server.dn("ou=outside")}`;
  const join = (more: Partial<Parameters<typeof joinCloud>[1]> = {}): Promise<JoinedCloud> =>
    joinCloud(cloud, { server, bases: [base], ...more });

  it("names what was added, changed, inactivated, moved in and out, and deleted, and nothing else", async () => {
    const users = [];
    for (let index = 0; index < 6; index += 1) users.push(await server.addUser(base));
    const [ann, bob, eve, ida, kim, tom] = users as [User, User, User, User, User, User];
    const guest = await server.addUser(server.dn("ou=outside"));
    const full = await collectFeed(directory, null);
    expect(full).to.include({ feed: "changelog", full: true, sweep: true });
    expect(full.ids).to.deep.equal(users.map(({ id }) => id).sort());

    await server.setMobile(ann.name, "+32 470 22 22 21");
    await server.setMobile(ann.name, "+32 470 22 22 22");
    await server.set(ida.dn, { nsAccountLock: "true" });
    await server.move(bob.dn, outside(`uid=${bob.name}`));
    await server.move(guest.dn, `uid=${guest.name},${base}`);
    await server.delete(eve.dn);
    await server.move(kim.dn, `uid=${kim.name}-renamed,${base}`);
    const max = await server.addUser(base);
    const brief = await server.addUser(base);
    await server.delete(brief.dn);
    const delta = await collectFeed(directory, full.cursor);

    expect(delta).to.include({ full: false, sweep: false, reason: null });
    expect(delta.ids).to.deep.equal([ann.id, ida.id, kim.id, guest.id, max.id].sort());
    expect(delta.present).to.deep.equal([]);
    expect(delta.gone).to.include.members([bob.id, eve.id]).and.not.include(tom.id);
    const entryOf = (id: string) => delta.entries.find((entry) => entry.id === id);
    expect(textOf(entryOf(ann.id), "mobile")).to.equal("+32 470 22 22 22");
    expect(entryOf(ida.id)?.enabled).to.equal(false);
    expect(textOf(entryOf(kim.id), "uid")).to.equal(`${kim.name}-renamed`);
    const reasons = delta.events.flatMap((event) =>
      event.kind === "gone" ? [[event.id, event.reason]] : [],
    );
    expect(Object.fromEntries(reasons)).to.include({ [bob.id]: "left_scope", [eve.id]: "deleted" });

    const nothing = await collectFeed(directory, delta.cursor);
    expect(nothing).to.include({ full: false, sweep: false });
    expect([nothing.ids, nothing.gone]).to.deep.equal([[], []]);
  });

  it("reads all users after a container with users was renamed, moved out or moved in, and loses none of them", async () => {
    const team = `ou=team,${base}`;
    await server.addUnit(team);
    const [ann, bob] = [await server.addUser(team), await server.addUser(base)];
    const { sync, has, close } = await join();
    await sync();

    await server.move(team, `ou=crew,${base}`);
    expect(await sync()).to.deep.include({ full: true });
    expect(await has(ann.id, bob.id)).to.deep.equal([true, true]);

    await server.move(`ou=crew,${base}`, outside(`ou=crew${serial}`));
    expect((await sync()).counts).to.include({ deleted: 1 });
    expect(await has(ann.id, bob.id)).to.deep.equal([false, true]);

    await server.move(outside(`ou=crew${serial}`), team);
    expect((await sync()).counts).to.include({ added: 1, deleted: 0 });
    expect(await has(ann.id, bob.id)).to.deep.equal([true, true]);
    expect(await sync()).to.deep.include({ full: false });
    await close();
  });

  it("finds by their ids the users of a container that was moved where the account may not read", async () => {
    const hidden = server.dn(`ou=hidden${serial}`);
    await server.addUnit(hidden);
    const deny = `(targetattr = "*")(version 3.0; acl "hidden"; deny (all) userdn = "ldap:///${server.syncAccount.dn}";)`;
    await server.set(hidden, { aci: deny });
    const team = `ou=team,${base}`;
    await server.addUnit(team);
    const [ann, bob] = [await server.addUser(team), await server.addUser(base)];
    const full = await collectFeed(directory, null);

    await server.move(team, `ou=team,${hidden}`);
    const delta = await collectFeed(directory, full.cursor);

    expect(delta).to.include({ full: false, sweep: true });
    expect([...delta.ids, ...delta.present]).to.deep.equal([bob.id]);
    expect(full.ids).to.include(ann.id);
  });

  it("keeps a user who moves between bases, in either direction", async () => {
    const [first, second] = [`ou=first,${base}`, `ou=second,${base}`];
    for (const unit of [first, second]) await server.addUnit(unit);
    const [ann, bob] = [await server.addUser(first), await server.addUser(second)];
    const { sync, has, close } = await join({ bases: [first, second] });
    await sync();

    await server.move(ann.dn, `uid=${ann.name},${second}`);
    await server.move(bob.dn, `uid=${bob.name},${first}`);

    expect((await sync()).counts).to.include({ deleted: 0, added: 0, rejected: 0 });
    expect(await has(ann.id, bob.id)).to.deep.equal([true, true]);
    await close();
  });

  it("brings back a user who returns, and one who is deleted and added again under the same name", async () => {
    const [ann, bob] = [await server.addUser(base), await server.addUser(base)];
    await server.addUser(base);
    const { sync, has, close } = await join();
    await sync();
    await server.move(ann.dn, outside(`uid=${ann.name}`));
    await sync();
    expect(await has(ann.id)).to.deep.equal([false]);

    await server.move(outside(`uid=${ann.name}`), ann.dn);
    await server.delete(bob.dn);
    const attributes = { objectClass: "inetOrgPerson", uid: bob.name, cn: bob.name, sn: "Again" };
    await (await server.admin()).add(bob.dn, attributes);
    const again = await server.idOf(bob.name);
    const { full, counts } = await sync();

    expect(full).to.equal(false);
    expect(counts).to.include({ added: 2, deleted: 1, rejected: 0 });
    expect(await has(ann.id, bob.id, again)).to.deep.equal([true, false, true]);
    await close();
  });

  it("notices a user who no longer matches the filter, and who joins or leaves a group of the scope", async () => {
    const [ann, bob] = [
      await server.addUser(base, { mobile: "+32470111111" }),
      await server.addUser(base, { mobile: "+32470111112" }),
    ];
    const group = `cn=sspr${serial},${server.dn("ou=groups")}`;
    await server.addGroup(group, [ann.dn]);
    const { sync, has, close } = await join({ directory: { groups: [group], filter: "(mobile=*)" } });
    await sync();
    expect(await has(ann.id, bob.id)).to.deep.equal([true, false]);

    await server.set(group, { member: [ann.dn, bob.dn] });
    await sync();
    expect(await has(ann.id, bob.id)).to.deep.equal([true, true]);

    await server.setMobile(ann.name, null);
    const { full } = await sync();
    expect(full).to.equal(false);
    expect(await has(ann.id, bob.id)).to.deep.equal([false, true]);
    await close();
  });

  it("reads all users after a role that inactivates users was added", async () => {
    const user = await server.addUser(base);
    const { cursor } = await collectFeed(directory, null);

    const role = `cn=left,${base}`;
    const objectClass = [
      "LDAPsubentry",
      "nsRoleDefinition",
      "nsSimpleRoleDefinition",
      "nsManagedRoleDefinition",
    ];
    await (await server.admin()).add(role, { objectClass, cn: "left" });
    const delta = await collectFeed(directory, cursor);

    expect(delta).to.include({ full: true, reason: "container_changed" });
    expect(delta.ids).to.deep.equal([user.id]);
  });
});

/** If one of these fails with a newer server, Content Sync may have become good enough to replace the changelog feed. */
describe("content synchronization of 389 Directory Server, which the agent does not use", () => {
  interface Told {
    readonly entries: readonly DirectoryEntryRaw[];
    readonly gone: readonly string[];
    readonly refreshDeletes: boolean;
    readonly cookie: string;
  }
  let server: Ds389;
  let base: string;
  let sessions: SessionPool;
  beforeEach(async () => {
    server = await shared389Ds();
    base = server.dn(`ou=content-sync${++serial}`);
    await server.addUnit(base);
    const { directory: config } = directoryConfig({ server, bases: [base] });
    sessions = new SessionPool({ config, log: silentLogger, clock: systemClock });
  });
  afterEach(() => sessions.close());
  const synchronize = async (filter: string, cookie: string | null): Promise<Told> => {
    const stream = await sessions.open("read");
    const entries: DirectoryEntryRaw[] = [];
    const gone: string[] = [];
    let done: SyncDone | null = null;
    const controls = [syncRequest(cookie === null ? null : Buffer.from(cookie))];
    const attributes = ["uid", "nsUniqueId", "nsAccountLock"];
    const request = { base, scope: "sub", filter: parseAdminFilter(filter), attributes, controls } as const;
    for await (const item of stream.search(request)) {
      if (item.kind === "entry") entries.push(item.entry);
      else if (item.kind === "done") done = parseSyncDone(item.result.controls);
      else {
        const info = parseSyncInfo(item.value);
        if (info?.kind === "idSet" && info.deleted) gone.push(...info.ids);
      }
    }
    stream.close();
    const { refreshDeletes = false, cookie: next } = done ?? { cookie: null };
    return { entries, gone, refreshDeletes, cookie: next?.toString() ?? cookie ?? "" };
  };

  it("names an inactivated user without the attribute that says so, and claims that all others are gone", async () => {
    const [ann] = [await server.addUser(base), await server.addUser(base)];
    const { cookie } = await synchronize("(uid=*)", null);
    await server.set(ann.dn, { nsAccountLock: "true" });

    const { entries, refreshDeletes } = await synchronize("(uid=*)", cookie);

    expect(entries.map(({ dn }) => dn)).to.deep.equal([ann.dn]);
    expect(entries[0]?.attributes.has("nsaccountlock")).to.equal(false);
    expect(entries[0]?.attributes.has("nsuniqueid")).to.equal(false);
    expect(refreshDeletes).to.equal(false); // RFC 4533 section 3.3.2: entries that are not named are gone
  });

  it("is silent about the users of a container that moves in or out, and about those who leave the filter", async () => {
    const team = `ou=team,${base}`;
    await server.addUnit(team);
    const ann = await server.addUser(team, { mobile: "+32 470 11 11 11" });
    const bob = await server.addUser(base, { mobile: "+32 470 11 11 12" });
    let { cookie } = await synchronize("(mobile=*)", null);
    const away = `ou=team${serial},${server.dn("ou=outside")}`;

    for (const change of [
      () => server.move(team, away),
      () => server.move(away, team),
      () => server.setMobile(bob.name, null),
    ]) {
      await change();
      const told = await synchronize("(mobile=*)", cookie);
      expect(told.entries).to.deep.equal([]);
      expect(told.gone).to.not.include(ann.id).and.not.include(bob.id);
      ({ cookie } = told);
    }
  });
});

type User = Awaited<ReturnType<Ds389["addUser"]>>;

describe("a retro changelog of 389 Directory Server that does not tell all", function () {
  this.timeout(120_000);
  let server: Ds389;
  let directory: Directory;
  beforeEach(async () => {
    server = await start389Ds({ people: 30, withPassword: 0 });
    directory = await openDirectory({ server, bases: [server.peopleDn] });
  });
  afterEach(async () => {
    await directory.close();
    await server.stop();
  });
  /** Content Sync needs the changelog: the server does not start with the one without the other. */
  const turn = async (state: "on" | "off"): Promise<void> => {
    const plugin = { "nsslapd-pluginEnabled": state };
    await server.set("cn=Content Synchronization,cn=plugins,cn=config", plugin);
    await setPlugin(plugin);
  };
  const setPlugin = async (settings: Parameters<Ds389["set"]>[1]): Promise<void> => {
    await server.set(CHANGELOG_PLUGIN, settings);
    await server.restart();
  };
  const feedCheck = async (): Promise<Check | undefined> => {
    const checks = new Map<string, Check>();
    for await (const check of directory.check(null)) checks.set(check.name, check);
    expect(checks.get("bases")?.status).to.equal("pass");
    return checks.get("change feed");
  };
  /** Expects that changes are found by time stamps instead, and that doctor gives the reason and the commands. */
  const expectStamps = async (why: RegExp): Promise<void> => {
    const { feed, cursor } = await collectFeed(directory, null);
    expect(feed).to.equal("modifytimestamp");
    await server.setMobile("p00001", "+32 470 99 99 99");
    const delta = await collectFeed(directory, cursor);
    expect(delta.ids).to.include(await server.idOf("p00001"));
    const check = await feedCheck();
    expect(check).to.include({ status: "warn" });
    expect(check?.detail).to.match(why);
    expect(check?.action)
      .to.include("nsslapd-attribute: nsuniqueid:targetUniqueId")
      .and.include("cn=changelog");
  };

  it("is not used where it notes no ids", async () => {
    await setPlugin({ "nsslapd-attribute": null });
    await server.setMobile("p00001", "+32 470 11 11 11");
    await expectStamps(/does not note ids/);
  });

  it("is not used while its newest change was made before it noted ids", async () => {
    await setPlugin({ "nsslapd-attribute": null });
    await server.setMobile("p00001", "+32 470 11 11 11");
    await server.set(CHANGELOG_PLUGIN, { "nsslapd-attribute": "nsuniqueid:targetUniqueId" }); // without a restart
    await expectStamps(/no readable targetUniqueId/);
  });

  it("is not used where the plugin is off", async () => {
    await turn("off");
    await expectStamps(/has no retro changelog/);
  });

  it("is not used where it leaves out a base", async () => {
    await setPlugin({ "nsslapd-include-suffix": "ou=outside,dc=lab,dc=test" });
    await expectStamps(/leaves out ou=people/);
  });

  it("is not used where the account may not read the changes, or the settings", async () => {
    await server.setMobile("p00001", "+32 470 11 11 11");
    await server.set("cn=changelog", { aci: null });
    await expectStamps(/changes in cn=changelog cannot be read/);
    await server.set("cn=changelog", { aci: CHANGELOG_ACI });
    await server.set(CHANGELOG_PLUGIN, { aci: null });
    await expectStamps(/cn=Retro Changelog Plugin.* cannot be read/);
  });

  it("is checked by doctor, which names the feed", async () => {
    await collectFeed(directory, null);
    expect(await feedCheck()).to.include({ status: "pass" });
  });

  it("counts on from its start, past the tenth and the hundredth change", async () => {
    let { cursor } = await collectFeed(directory, null);
    for (const count of [1, 10, 100]) {
      for (let change = 0; change < count; change += 1)
        await server.setMobile("p00003", `+32 470 11 1${count + change}`);
      const delta = await collectFeed(directory, cursor);
      expect(delta, `${count} changes`).to.deep.include({ full: false, ids: [await server.idOf("p00003")] });
      cursor = delta.cursor;
    }
  });

  it("reads all users when the plugin was off for a while between two runs", async () => {
    await server.setMobile("p00001", "+32 470 11 11 11");
    const { cursor } = await collectFeed(directory, null);
    await turn("off");
    await server.delete(`uid=p00002,${server.peopleDn}`);
    await turn("on");
    await server.setMobile("p00001", "+32 470 11 11 12");

    const again = await collectFeed(directory, cursor);

    expect(again).to.include({ feed: "changelog", full: true, sweep: true, reason: "server_restarted" });
    expect(again.ids).to.have.length(29);
  });

  it("is not used while its settings were changed and the server was not restarted", async () => {
    await setPlugin({ "nsslapd-include-suffix": "ou=outside,dc=lab,dc=test" });
    await server.set(CHANGELOG_PLUGIN, { "nsslapd-include-suffix": null });
    await expectStamps(/may not be in force: restart the server/);

    await server.restart();
    expect(await collectFeed(directory, null)).to.include({ feed: "changelog" });
  });

  it("reads all users when the plugin was off for a while without a restart (dynamic plugins)", async () => {
    const reader = server.syncAccount.dn;
    await server.set("cn=config", {
      aci: `(target = "ldap:///cn=config")(targetattr = "objectClass || nsslapd-dynamic-plugins")(version 3.0; acl "dynamic"; allow (read, search, compare) userdn = "ldap:///${reader}";)`,
      "nsslapd-dynamic-plugins": "on",
    });
    const contentSync = "cn=Content Synchronization,cn=plugins,cn=config"; // depends on the changelog
    await server.set(contentSync, { "nsslapd-pluginEnabled": "off" });
    await server.setMobile("p00001", "+32 470 11 11 11");
    const { cursor } = await collectFeed(directory, null);
    await server.set(CHANGELOG_PLUGIN, { "nsslapd-pluginEnabled": "off" });
    await server.delete(`uid=p00002,${server.peopleDn}`);
    await server.set(CHANGELOG_PLUGIN, { "nsslapd-pluginEnabled": "on" });

    const again = await collectFeed(directory, cursor);

    const reason = "changelog_reconfigured";
    expect(again).to.include({ feed: "changelog", full: true, sweep: true, reason });
    expect(again.ids).to.have.length(29);
    expect(await collectFeed(directory, again.cursor)).to.include({ feed: "changelog", full: false });
  });

  it("reads all users when changes since the last run were trimmed, and holds mass deletions", async () => {
    const { sync, has, close } = await joinCloud(cloud, { server, bases: [server.peopleDn] });
    const trim = { "nsslapd-changelogmaxage": "1s", "nsslapd-changelog-trim-interval": "1" };
    await setPlugin(trim);
    await server.setMobile("p00001", "+32 470 11 11 11");
    const ids = await Promise.all(["p00010", "p00011", "p00025"].map((name) => server.idOf(name)));
    await sync();
    expect(await has(...ids)).to.deep.equal([true, true, true]);

    for (let index = 10; index < 25; index += 1) await server.delete(`uid=p000${index},${server.peopleDn}`);
    await waitFor("the changelog is trimmed", async () => {
      await delay(500);
      await server.setMobile("p00001", `+32 470 11 11 ${Date.now() % 100}`);
      const { searchEntries } = await (
        await server.admin()
      ).search("", {
        scope: "base",
        attributes: ["firstChangeNumber"],
      });
      return Number(searchEntries[0]?.["firstChangeNumber"]) > 16;
    });
    const { full, state, counts } = await sync();

    expect({ full, state }).to.deep.equal({ full: true, state: "held" });
    expect(counts.deleted).to.equal(0);
    expect(await has(...ids)).to.deep.equal([true, true, true]);
    await close();
  });

  it("reads all users when a change between two others cannot be read", async () => {
    await server.setMobile("p00001", "+32 470 11 11 11");
    const { cursor } = await collectFeed(directory, null);
    for (const name of ["p00001", "p00002", "p00003"]) await server.setMobile(name, "+32 470 11 11 12");
    const { searchEntries } = await (
      await server.admin()
    ).search("cn=changelog", { filter: "(changeNumber>=1)" });
    const [, , third] = searchEntries;
    await server.delete(third?.dn ?? "");

    expect(await collectFeed(directory, cursor)).to.include({ full: true, reason: "changelog_incomplete" });
  });
});
