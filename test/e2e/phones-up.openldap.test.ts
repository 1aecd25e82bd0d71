import { join } from "node:path";
import { expect } from "chai";
import { createLocalClient } from "../../agent/health/local-client.ts";
import type { SyncResult } from "../../agent/sync/sync-result.ts";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import {
  heldUsersSchema,
  type SyncRun,
  syncRunListSchema,
  syncRunSchema,
} from "../../shared/api/sync-runs.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import type { Person } from "../support/people.ts";
import { tellPhoneStories } from "../support/phone-stories.ts";
import { waitFor } from "../support/wait-for.ts";

const PEOPLE = 100;

describe("phones up, from OpenLDAP", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  let api: ApiClient;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople({ people: PEOPLE });
    stops.unshift(() => people.stop());
    const { directory } = people;
    installation = await startInstallation({ directory, agentConfig: { sync: { schedule: "off" } } });
    stops.unshift(() => installation.close());
    api = createApiClient(installation);
    const run = await api.sync({ policy: "initial" });
    expect(run).to.deep.include({ state: "done", full: true });
    expect(run.counts).to.deep.include({ read: PEOPLE, added: PEOPLE, rejected: 0 });
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  tellPhoneStories(() => ({ people, installation, api }));

  describe("an open run", () => {
    afterEach(() => people.server.signal("SIGCONT"));

    it("is joined by equal requests, from the cloud or on the agent's host", async () => {
      people.server.signal("SIGSTOP"); // so that the run stays open
      const first = await api.startSync({ policy: "initial" });
      await waitFor("the agent to begin", async () => {
        const { state } = await api.call(syncRunSchema, "GET", `/sync-runs/${first.run.id}`);
        return state === "running";
      });

      const second = await api.startSync({ policy: "initial" });
      const local = await new Promise<{ joined: boolean; result: Promise<SyncResult> }>((resolve, reject) => {
        const result = createLocalClient(join(installation.folder, "agent-1")).sync(
          { policy: "initial", user: null, dryRun: false },
          { started: ({ joined }) => resolve({ joined, result }), progress: () => undefined },
        );
        result.catch(reject);
      });
      people.server.signal("SIGCONT");

      expect(first.joined).to.equal(false);
      expect(second.joined).to.equal(true);
      expect(second.run.id).to.equal(first.run.id);
      expect(local.joined).to.equal(true);
      expect(await local.result).to.include({ runId: first.run.id, state: "done" });
      expect(await api.untilOver(first.run.id)).to.include({ state: "done" });
    });
  });

  describe("a run that would delete many", () => {
    let leavers: Person[];

    /** Removes thirty users at once, more than the brake allows. */
    async function loseThirty(): Promise<string> {
      leavers = [];
      for (let count = 0; count < 30; count++) leavers.push(await people.add());
      await api.sync();
      for (const person of leavers) await people.remove(person);
      const run = await api.sync();
      expect(run).to.deep.include({ state: "held", held: 30 });
      expect(run.counts).to.deep.include({ deleted: 0 });
      return run.id;
    }
    const decide = (runId: string, decision: "approve" | "discard"): Promise<SyncRun> =>
      api.call(syncRunSchema, "POST", `/sync-runs/${runId}/${decision}`);
    const remaining = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const { userName, id } of leavers) if ((await api.user(id)) !== null) found.push(userName);
      return found;
    };

    it("is held; the command lists the users it would delete, and approving deletes exactly those", async () => {
      const runId = await loseThirty();
      expect(await remaining()).to.have.length(30);
      const { total } = await api.users();
      const bystander = await people.add();
      await api.sync();
      await people.remove(bystander);

      const shown = await createCommands(installation).latchkey(["sync", "held", runId]);
      expect(shown.exit, shown.stderr).to.equal(0);
      for (const { userName } of leavers) expect(shown.stdout).to.contain(userName);
      expect(shown.stdout).to.contain("30 of 30 users shown");

      const approved = await createCommands(installation).latchkey(["sync", "approve", runId]);
      expect(approved.exit, approved.stderr).to.equal(0);
      expect(await remaining()).to.deep.equal([]);
      expect(await api.user(bystander.id)).not.to.equal(null);
      expect((await api.users()).total).to.equal(total + 1 - 30);
      expect(await refusalOf(decide(runId, "approve"))).to.include({ code: "SYNC_NOT_HELD" });

      expect((await api.sync()).counts).to.deep.include({ deleted: 1 });
    });

    it("leaves them all when it is discarded, and is held again by the next full run that misses them", async () => {
      const runId = await loseThirty();

      const run = await decide(runId, "discard");

      expect(run).to.include({ state: "discarded" });
      expect(await remaining()).to.have.length(30);
      expect(await refusalOf(decide(runId, "approve"))).to.include({ code: "SYNC_NOT_HELD" });

      const again = await api.sync({ policy: "initial" });
      expect(again).to.deep.include({ state: "held", held: 30 });
      const { users } = await api.call(heldUsersSchema, "GET", `/sync-runs/${again.id}/held?limit=100`);
      expect(users.map(({ userId }) => userId).sort()).to.deep.equal(leavers.map(({ id }) => id).sort());
      expect(new Set(users.map(({ reason }) => reason))).to.deep.equal(new Set(["absent"]));
      await decide(again.id, "approve");
      expect(await remaining()).to.deep.equal([]);
    });
  });

  it("happens by itself on its schedule, and every run is in the history", async () => {
    await installation.agent.stop();
    installation.agent.start({
      LATCHKEY_AGENT_SYNC__SCHEDULE: "* * * * * *",
      LATCHKEY_AGENT_SYNC__PUSH: "off",
    });
    await installation.untilReady();
    const person = await people.add("+32 470 00 00 99");

    await waitFor("the number to arrive by itself", async () => {
      return (await api.user(person.userName))?.mobile === "+32470000099";
    });

    const { items } = await api.call(syncRunListSchema, "GET", "/sync-runs?limit=10");
    const bringing = items.find(({ trigger, counts }) => trigger === "schedule" && counts.added === 1);
    expect(bringing).to.deep.include({ state: "done", policy: "delta", user: null, dryRun: false });
    const times = items.map(({ requestedAt }) => requestedAt);
    expect(times).to.deep.equal([...times].sort((a, b) => b - a));
    await installation.agent.stop();
    installation.agent.start();
    await installation.untilReady();
  });
});
