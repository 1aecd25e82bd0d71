import { expect } from "chai";
import type { NotificationName } from "../../../../agent/directory/directory.ts";
import { PushListener } from "../../../../agent/sync/push-listener.ts";
import { start389Ds } from "../../../../lab/389-ds.ts";
import { type OpenLdap, startOpenLdap } from "../../../../lab/openldap.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import { openDirectory, type TestDirectoryOptions } from "../../../support/directory.ts";
import { joinCloud } from "../../../support/directory-to-cloud.ts";
import { sharedOpenLdap } from "../../../support/openldap.ts";
import { sharedRedis } from "../../../support/redis.ts";
import { sharedSambaAd } from "../../../support/samba-ad.ts";
import { startSyncCloud, type SyncCloud } from "../../../support/sync-cloud.ts";
import { waitFor } from "../../../support/wait-for.ts";

interface PushServer extends Pick<TestDirectoryOptions, "server"> {
  readonly by: NotificationName;
  readonly unit: string;
  readonly outside: string;
  readonly admin: Pick<OpenLdap, "addUnit" | "setMobile" | "delete" | "move"> & {
    addUser(parent: string): Promise<{ readonly id: string; readonly name: string; readonly dn: string }>;
  };
  rdn(name: string): string;
  unitRdn: "ou" | "OU";
}

/** An agent that listens, over its own connection, and a cloud that its runs reach. */
async function startPush(cloud: SyncCloud, options: TestDirectoryOptions) {
  const joined = await joinCloud(cloud, options);
  const directory = await openDirectory(options);
  let runs = 0;
  let running = 0;
  let mostAtOnce = 0;
  const push = PushListener.start({
    directory,
    async runDelta() {
      mostAtOnce = Math.max(mostAtOnce, ++running);
      const result = await joined.sync();
      runs++;
      running--;
      return result.error?.code ?? null;
    },
    clock: systemClock,
    log: silentLogger,
  });
  await waitFor("the agent to listen", () => push.status.state === "listening", { timeoutMs: 15_000 });
  await waitFor("the first run", () => runs > 0, { timeoutMs: 15_000 });
  return {
    ...joined,
    push,
    get runs() {
      return runs;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    quiet: () => systemClock.sleep(1_000),
    async close() {
      await push.close();
      await directory.close();
      await joined.close();
    },
  };
}

const SERVERS: Readonly<Record<string, () => Promise<PushServer>>> = {
  OpenLDAP: async () => {
    const server = await sharedOpenLdap();
    const unit = server.dn("ou=push");
    await server.addUnit(unit);
    const base = {
      server,
      admin: server,
      by: "refresh_and_persist",
      unit,
      outside: server.dn("ou=outside"),
    } as const;
    return { ...base, rdn: (name) => `uid=${name}`, unitRdn: "ou" };
  },
  "Active Directory": async () => {
    const server = await sharedSambaAd();
    const unit = server.dn("OU=Push");
    await server.addUnit(unit);
    const base = {
      server,
      admin: server,
      by: "change_notification",
      unit,
      outside: server.dn("OU=Outside"),
    } as const;
    return { ...base, rdn: (name) => `CN=${name}`, unitRdn: "OU" };
  },
};

for (const [name, open] of Object.entries(SERVERS))
  describe(`push from ${name}`, () => {
    let server: PushServer;
    let cloud: SyncCloud;
    let agent: Awaited<ReturnType<typeof startPush>>;
    before(async function () {
      this.timeout(60_000); // the first use provisions the domain
      server = await open();
      await server.admin.addUser(server.unit); // a base without users is an error of its own
      cloud = await startSyncCloud((await sharedRedis()).connection);
      agent = await startPush(cloud, { server: server.server, bases: [server.unit] });
    });
    after(async () => {
      await agent.close();
      await cloud.close();
    });

    it("listens by the best way of the server, and says so", () => {
      expect(agent.push.status).to.include({ state: "listening", by: server.by, error: null });
    });

    it("has a new user, a changed number, a departure and a deletion in the cloud at once, without a schedule", async () => {
      const times: number[] = [];
      const soon = async (what: string, isDone: () => Promise<boolean>): Promise<void> => {
        const startedMs = performance.now();
        await waitFor(what, isDone, { timeoutMs: 10_000, everyMs: 10 });
        times.push(performance.now() - startedMs);
        await agent.quiet();
      };
      const user = await server.admin.addUser(server.unit);
      await soon("the new user", async () => (await agent.has(user.id))[0] === true);
      for (const mobile of ["+32470000001", "+32470000002", "+32470000003"]) {
        await server.admin.setMobile(user.name, mobile);
        await soon(mobile, async () => (await agent.mobileOf(user.id)) === mobile);
      }
      await server.admin.move(user.dn, `${server.rdn(user.name)},${server.outside}`);
      await soon("the departure", async () => (await agent.has(user.id))[0] === false);
      const other = await server.admin.addUser(server.unit);
      await soon("another user", async () => (await agent.has(other.id))[0] === true);
      await server.admin.delete(other.dn);
      await soon("the deletion", async () => (await agent.has(other.id))[0] === false);

      times.sort((a, b) => a - b);
      expect(
        times[Math.floor(times.length / 2)],
        `the median of ${times.map(Math.round).join(", ")} ms`,
      ).to.be.below(1_000);
    });

    it("has people who come into scope with an OU, although no entry of theirs changes", async () => {
      const branch = `${server.unitRdn}=Push branch,${server.outside}`;
      await server.admin.addUnit(branch);
      const user = await server.admin.addUser(branch);
      await agent.quiet();
      expect(await agent.has(user.id)).to.deep.equal([false]);

      await server.admin.move(branch, `${server.unitRdn}=Push branch,${server.unit}`);

      await waitFor("the people of the OU", async () => (await agent.has(user.id))[0] === true, {
        timeoutMs: 10_000,
      });
    });

    it("makes few runs of many changes, one at a time, and the last change is in the cloud", async () => {
      const user = await server.admin.addUser(server.unit);
      await waitFor("the user", async () => (await agent.has(user.id))[0] === true, { timeoutMs: 10_000 });
      await agent.quiet();
      const before = agent.runs;

      for (let n = 0; n < 100; n++)
        await server.admin.setMobile(user.name, `+32470111${String(n).padStart(3, "0")}`);

      await waitFor("the last change", async () => (await agent.mobileOf(user.id)) === "+32470111099", {
        timeoutMs: 30_000,
      });
      expect(agent.runs - before).to.be.at.most(10);
      expect(agent.mostAtOnce).to.equal(1);
    });

    it("makes no run while nothing changes", async () => {
      await agent.quiet();
      const before = agent.runs;
      await systemClock.sleep(3_000);
      expect(agent.runs).to.equal(before);
    });
  });

describe("push from a server that goes away", () => {
  it("listens again when it is back, and finds what changed meanwhile", async () => {
    const server = await startOpenLdap({ people: 3, withPassword: 0 });
    const cloud = await startSyncCloud((await sharedRedis()).connection);
    const agent = await startPush(cloud, { server, bases: [server.peopleDn] });
    try {
      const id = await server.idOf("p00001");
      const before = agent.push.status.notifications;
      await server.addOffline(
        [
          "dn: uid=missed,ou=people,dc=lab,dc=test",
          "objectClass: inetOrgPerson",
          "uid: missed",
          "cn: missed",
          "sn: M",
        ].join("\n") + "\n\n",
      );
      await waitFor(
        "the agent to notice",
        () =>
          agent.push.status.error?.code === "DIRECTORY_UNAVAILABLE" ||
          agent.push.status.state !== "listening",
        { timeoutMs: 10_000 },
      );
      await waitFor("the agent to listen again", () => agent.push.status.state === "listening", {
        timeoutMs: 20_000,
      });
      await server.setMobile("p00001", "+32470999999");

      await waitFor("the change", async () => (await agent.mobileOf(id)) === "+32470999999", {
        timeoutMs: 10_000,
      });
      expect(agent.push.status.notifications).to.be.above(before);
    } finally {
      await agent.close();
      await cloud.close();
      await server.stop();
    }
  });
});

describe("push from 389 Directory Server", () => {
  it("has a changed number in the cloud at once, by persistent search", async () => {
    const server = await start389Ds({ people: 5, withPassword: 0 });
    const cloud = await startSyncCloud((await sharedRedis()).connection);
    const agent = await startPush(cloud, { server, bases: [server.peopleDn] });
    try {
      expect(agent.push.status.by).to.equal("persistent_search");
      const user = await server.addUser();
      await waitFor("the user", async () => (await agent.has(user.id))[0] === true, { timeoutMs: 10_000 });
      await agent.quiet();

      await server.setMobile(user.name, "+32470123456");

      await waitFor("the number", async () => (await agent.mobileOf(user.id)) === "+32470123456", {
        timeoutMs: 10_000,
      });
    } finally {
      await agent.close();
      await cloud.close();
      await server.stop();
    }
  });
});
