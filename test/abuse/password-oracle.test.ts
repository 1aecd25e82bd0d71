import { expect } from "chai";
import { createDirectory } from "../../agent/directory/create-directory.ts";
import type { Directory } from "../../agent/directory/directory.ts";
import { compareSamples } from "../../bench/mann-whitney.ts";
import { systemClock } from "../../shared/clock.ts";
import { silentLogger } from "../../shared/logger.ts";
import { Secret } from "../../shared/secret.ts";
import { CloseStack } from "../../shared/shutdown.ts";
import { startAccountAgent, startAccountsOn } from "../support/account-agent.ts";
import { directoryConfig } from "../support/directory.ts";
import { startGatewayNode } from "../support/gateway-node.ts";
import { startOpenLdapPeople } from "../support/openldap-people.ts";
import type { People, Person } from "../support/people.ts";
import { sharedRedis } from "../support/redis.ts";

const KINDS = ["privileged", "moved out of scope", "disabled"] as const;

describe("a stranger who guesses passwords at the registration portal", () => {
  const open = new CloseStack();
  let people: People;
  let directory: Directory;
  let signIn: (userId: string, password: string) => Promise<unknown>;

  before(async () => {
    const lab = await startOpenLdapPeople();
    people = lab;
    open.defer(() => lab.stop());
    const config = directoryConfig({ server: lab.server, bases: [lab.server.peopleDn] });
    directory = open.add(
      await createDirectory({
        config: config.directory,
        attributes: config.attributes,
        protectedGroups: lab.protectedGroups,
        deny: [],
        log: silentLogger,
        clock: systemClock,
      }),
    );
    const node = open.add(await startGatewayNode({ connection: (await sharedRedis()).connection }));
    const { tenantId } = open.add(await startAccountAgent(node, { directory }));
    const accounts = open.add(startAccountsOn(node));
    signIn = (userId, password) =>
      accounts.signIn(tenantId, { kind: "plain", userId, password: new Secret(password) });
  });
  after(() => open.close());

  const changed = async (kind: (typeof KINDS)[number]): Promise<Person> => {
    const person = await people.add();
    if (kind === "privileged") await people.protect(person);
    else if (kind === "disabled") await people.disable(person);
    else await people.moveOut(person);
    return person;
  };

  for (const kind of KINDS)
    it(`learns nothing of an account that is ${kind}, and leaves its count of bad passwords alone: the agent tries only what it would write to (finding 8, T-11, T-12)`, async () => {
      const person = await changed(kind);

      const wrong = await signIn(person.id, "Guess-1");
      const right = await signIn(person.id, person.password);

      expect(right).to.deep.equal(wrong);
      expect(right).to.include({ ok: false });
      expect(await directory.lockout(person.id)).to.include({ failures: 0 });
    });

  it("cannot tell a privileged account by the time of the answer: the same work is done for it (finding 8, T-01, T-12)", async () => {
    const SAMPLES = 24;
    const times: Record<"privileged" | "ordinary", number[]> = { privileged: [], ordinary: [] };
    const timed = async (kind: keyof typeof times, person: Person): Promise<void> => {
      const started = performance.now();
      await signIn(person.id, "Guess-1");
      times[kind].push(performance.now() - started);
    };
    await signIn((await people.add()).id, "warm-up");
    for (let sample = 0; sample < SAMPLES; sample++) {
      const [privileged, ordinary] = [await changed("privileged"), await people.add()];
      // One after the other in turn, so that the machine's load weighs on both.
      if (sample % 2 === 0) await timed("privileged", privileged);
      await timed("ordinary", ordinary);
      if (sample % 2 === 1) await timed("privileged", privileged);
    }

    // Four standard deviations of samples without a difference. A missing bind would give an AUC near 0.
    const { auc, z } = compareSamples(times.privileged, times.ordinary);
    expect(Math.abs(z), `AUC ${auc.toFixed(3)}`).to.be.below(4);
  });
});
