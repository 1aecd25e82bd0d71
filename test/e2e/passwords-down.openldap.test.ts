import { join } from "node:path";
import { expect } from "chai";
import { createLocalClient } from "../../agent/health/local-client.ts";
import { type Installation, startInstallation } from "../../lab/installation.ts";
import { writebackSchema } from "../../shared/api/writebacks.ts";
import { type ApiClient, createApiClient, refusalOf } from "../support/api-client.ts";
import { type Commands, createCommands } from "../support/commands.ts";
import { type OpenLdapPeople, startOpenLdapPeople } from "../support/openldap-people.ts";
import { tellPasswordStories } from "../support/password-stories.ts";
import type { Person } from "../support/people.ts";
import { waitFor } from "../support/wait-for.ts";

const NEW = "A-quite-new-Passw0rd";

describe("passwords down, into OpenLDAP", function () {
  this.timeout(120_000);
  let people: OpenLdapPeople;
  let installation: Installation;
  let api: ApiClient;
  let commands: Commands;
  let denied: Person;
  const stops: (() => Promise<void>)[] = [];

  before(async function () {
    this.timeout(240_000);
    people = await startOpenLdapPeople();
    stops.unshift(() => people.stop());
    denied = await people.add();
    const { directory, protectedGroups } = people;
    installation = await startInstallation({
      directory,
      agentConfig: {
        sync: { schedule: "off" },
        writeback: {
          deny: [denied.userName.toUpperCase()],
          protectedGroups,
          maxPerMinute: 1_000,
          maxPerHour: 1_000,
          maxPerDay: 1_000,
          maxPerUser: 1_000,
          maxPerUserDay: 1_000,
        },
      },
    });
    stops.unshift(() => installation.close());
    api = createApiClient(installation);
    commands = createCommands(installation);
    await api.sync({ policy: "initial" });
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  const newPerson = async (): Promise<Person> => {
    const person = await people.add();
    await api.sync();
    return person;
  };

  tellPasswordStories(() => ({ people, installation, api }), { weak: 40 });

  it("obeys the agent's own deny list, whatever the cloud says (T-18)", async () => {
    const job = await api.writeback({ user: denied.userName, newPassword: NEW });

    expect(job).to.include({ state: "refused", code: "ACCOUNT_DENIED" });
    expect(await people.opens(denied, denied.password)).to.equal(true);
  });

  it("refuses a commonly guessed password", async () => {
    const person = await newPerson();

    const job = await api.writeback({ user: person.userName, newPassword: "Welcome2026!" });

    expect(job).to.include({ state: "refused", code: "PASSWORD_BANNED" });
    expect(await people.opens(person, person.password)).to.equal(true);
  });

  it("writes once per idempotency key, and refuses the key for another request", async () => {
    const person = await newPerson();
    const wish = { user: person.userName, newPassword: NEW };
    const headers = { "idempotency-key": `ticket-4711-${person.name}` };

    const first = await api.writeback(wish, headers);
    const changed = await people.passwordChanged(person);
    const second = await api.writeback(wish, headers);
    const other = await refusalOf(api.writeback({ ...wish, newPassword: `${NEW}-2` }, headers));

    expect(first).to.include({ state: "applied" });
    expect(second).to.include({ id: first.id, state: "applied" });
    expect(other).to.include({ code: "IDEMPOTENCY_CONFLICT" });
    expect(await people.passwordChanged(person)).to.equal(changed);
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("cancels a job that no agent has begun: it is never applied", async () => {
    const person = await newPerson();
    installation.agent.signal("SIGSTOP");
    try {
      const { id } = await api.writeback({ user: person.userName, newPassword: NEW, waitSeconds: 0 });
      const cancelled = await api.call(writebackSchema, "POST", `/writebacks/${id}/cancel`);
      expect(cancelled).to.include({ state: "cancelled", code: "JOB_CANCELLED" });
    } finally {
      installation.agent.signal("SIGCONT");
    }

    // A later job is applied, so the agent would have seen the cancelled one by now.
    const next = await newPerson();
    expect(await api.writeback({ user: next.userName, newPassword: NEW })).to.include({ state: "applied" });
    expect(await people.opens(person, person.password)).to.equal(true);
    expect(await people.opens(person, NEW)).to.equal(false);
  });

  it("says at once that no agent is connected, and queues nothing", async () => {
    const person = await newPerson();
    await installation.agent.stop();
    try {
      await waitFor("the cloud to see it", async () =>
        (await api.agents()).every(({ connected }) => !connected),
      );

      const refusal = await refusalOf(api.writeback({ user: person.userName, newPassword: NEW }));
      const unlock = await commands.latchkey(["writeback", "unlock", person.userName]);

      expect(refusal).to.include({ code: "AGENT_OFFLINE" });
      expect(refusal.fix).to.contain("latchkey-agent doctor");
      expect(unlock.exit).to.equal(3);
      expect(unlock.stderr).to.contain("[AGENT_OFFLINE]").and.to.contain("latchkey-agent doctor");
    } finally {
      installation.agent.start();
      await installation.untilReady();
    }
    const next = await newPerson();
    expect(await api.writeback({ user: next.userName, newPassword: NEW })).to.include({ state: "applied" });
    expect(await people.opens(person, person.password)).to.equal(true);
  });

  it("stops at the brake until it is released on the agent's host, also after a restart (T-18)", async () => {
    const [one, other] = [await newPerson(), await newPerson()];
    const reset = (person: Person, newPassword = NEW) =>
      api.writeback({ user: person.userName, newPassword });
    const restart = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
      await installation.agent.stop();
      installation.agent.start(environment);
      await installation.untilReady();
    };
    const agent = createLocalClient(join(installation.folder, "agent-1"));
    await agent.releaseBrake(); // the other tests' writes no longer count
    await restart({ LATCHKEY_AGENT_WRITEBACK__MAX_PER_HOUR: "1" });

    expect(await reset(one)).to.include({ state: "applied" });
    const stopped = await reset(other);
    expect(stopped).to.include({ state: "refused", code: "BRAKE_ENGAGED" });
    expect(stopped.fix).to.contain("latchkey-agent brake release");

    await restart();
    expect(await reset(other)).to.include({ state: "refused", code: "BRAKE_ENGAGED" });
    expect((await agent.status()).writeback).to.include({ brake: "hour" });
    expect(await people.opens(other, other.password)).to.equal(true);

    expect((await commands.latchkeyAgent(["brake", "release"])).exit).to.equal(0);
    expect(await reset(other)).to.include({ state: "applied" });
    expect(await people.opens(other, NEW)).to.equal(true);
  });
});
