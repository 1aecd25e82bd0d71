import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Directory } from "../../../../agent/directory/directory.ts";
import { openPasswordLists } from "../../../../agent/password-lists/password-lists.ts";
import type { CrashPoint } from "../../../../agent/writeback/crash-points.ts";
import { startWriteback, type Writeback } from "../../../../agent/writeback/writeback.ts";
import type { AddedPerson } from "../../../../lab/ldap-admin.ts";
import { type OpenLdap, startOpenLdap } from "../../../../lab/openldap.ts";
import { systemClock } from "../../../../shared/clock.ts";
import { silentLogger } from "../../../../shared/logger.ts";
import type { JobOrder, SignedJob } from "../../../../shared/sealing/job.ts";
import { Secret } from "../../../../shared/secret.ts";
import type { Verdict } from "../../../../shared/writeback.ts";
import { openDirectory } from "../../../support/directory.ts";
import {
  ackOf,
  grant,
  makeParties,
  type Parties,
  type ScriptedCloud,
  scriptedCloud,
} from "../../../support/scripted-writeback.ts";
import { waitFor } from "../../../support/wait-for.ts";

const NEW_PASSWORD = "Zürich-€-😀-Lamp";

interface Running {
  readonly writeback: Writeback;
  readonly cloud: ScriptedCloud;
  /** Offers it and waits for a verdict of the state. */
  verdictOf(job: SignedJob, state?: Verdict["state"]): Promise<Verdict>;
}

describe("writeback into OpenLDAP", () => {
  let server: OpenLdap;
  let directory: Directory;
  let parties: Parties;
  let stateDirectory: string;
  let person: AddedPerson;
  const running: Writeback[] = [];

  before(async () => {
    server = await startOpenLdap({ people: 2 }); // of its own: it is frozen and killed
    directory = await openDirectory({
      server,
      bases: [server.peopleDn],
      directory: { operationTimeoutMs: 1_000, connectTimeoutMs: 1_000 },
    });
    parties = await makeParties();
  });
  after(async () => {
    await directory.close();
    await server.stop();
  });
  beforeEach(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), "latchkey-writeback-"));
    person = await server.addUser();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((writeback) => writeback.close()));
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function start(
    change: { crash?: (point: CrashPoint) => void; directory?: Partial<Directory>; deny?: string[] } = {},
  ): Promise<Running> {
    const cloud = scriptedCloud();
    const writeback = await startWriteback({
      config: {
        enabled: true,
        deny: change.deny ?? [],
        protectedGroups: [],
        concurrency: 4,
        maxPerMinute: 30,
        maxPerHour: 60,
        maxPerDay: 500,
        maxPerUser: 100,
        maxPerUserDay: 100,
      },
      directory: {
        account: (id) => directory.account(id),
        checkSignIn: (id, password) => directory.checkSignIn(id, password),
        applyPassword: (order, onSend) => directory.applyPassword(order, onSend),
        ...change.directory,
      },
      link: cloud,
      identity: parties.identity,
      sealingKeys: parties.sealingKeys,
      passwordLists: await openPasswordLists({}, silentLogger),
      stateDirectory,
      graceMs: 5_000,
      log: silentLogger,
      clock: systemClock,
      ...(change.crash === undefined ? {} : { crash: change.crash }),
    });
    running.push(writeback);
    return {
      writeback,
      cloud,
      async verdictOf(job, state) {
        writeback.offer(job);
        const receipt = await waitFor("the receipt", () =>
          cloud.receipts.find(
            ({ jobId, verdict }) => jobId === job.order.jobId && verdict.state === (state ?? verdict.state),
          ),
        );
        writeback.ack(ackOf(receipt));
        return receipt.verdict;
      },
    };
  }
  const reset = (password = NEW_PASSWORD, facts: Partial<JobOrder> = {}): Promise<SignedJob> =>
    parties.job(Date.now(), { userId: person.id, ...facts }, { newPassword: new Secret(password) });
  const opens = async (password: string): Promise<boolean> =>
    (await directory.checkSignIn(person.id, new Secret(password))).ok;

  it("sets a password that the person can sign in with", async () => {
    const agent = await start();

    const verdict = await agent.verdictOf(await reset());

    expect(verdict).to.include({ state: "applied", passwordSet: true, verified: false });
    expect(await opens(NEW_PASSWORD)).to.equal(true);
  });

  it("brings the directory's own refusal back, and leaves the password", async () => {
    const agent = await start();

    const verdict = await agent.verdictOf(await reset("Zq-4kX"));

    expect(verdict).to.include({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
    expect(await opens(person.password)).to.equal(true);
  });

  it("unlocks a locked account", async () => {
    for (let i = 0; i < 5; i++) await directory.checkSignIn(person.id, new Secret("wrong"));
    expect((await directory.account(person.id))?.locked).to.equal(true);
    const agent = await start();

    const verdict = await agent.verdictOf(
      await parties.job(Date.now(), { userId: person.id, operation: "unlock", unlock: true }),
    );

    expect(verdict).to.include({ state: "applied", unlocked: true });
    expect(await opens(person.password)).to.equal(true);
  });

  it("refuses the members of a group on the deny-list", async () => {
    const group = server.dn(`cn=board-${person.name},ou=groups`);
    await server.addGroup(group, [person.dn]);
    const guarded = await openDirectory({
      server,
      bases: [server.peopleDn],
      writeback: { deny: [group.toUpperCase()] },
    });
    const agent = await start({ directory: { account: (id) => guarded.account(id) } });

    expect(await agent.verdictOf(await reset())).to.include({ state: "refused", code: "ACCOUNT_DENIED" });
    expect(await opens(person.password)).to.equal(true);
    await guarded.close();
  });

  it("finds out what became of a write whose answer was lost to a frozen server (F-12)", async () => {
    let answer: Verdict | undefined;
    const agent = await start({
      directory: {
        async applyPassword(order, onSend) {
          answer = await directory.applyPassword(order, () => onSend().then(() => server.freeze()));
          return answer;
        },
      },
    });
    const job = await reset();
    agent.writeback.offer(job);
    await waitFor("the client to give up, with the request in the server's hands", () => answer);
    expect(answer?.state).to.equal("unknown");

    server.signal("SIGCONT");
    const verdict = await agent.verdictOf(job, "applied");

    expect(verdict.passwordSet).to.equal(true);
    expect(await opens(NEW_PASSWORD)).to.equal(true);
  });

  it("finds out what became of a write whose server was killed", async () => {
    let isKilled = false;
    const agent = await start({
      directory: {
        async applyPassword(order, onSend) {
          const verdict = await directory.applyPassword(order, onSend);
          await server.kill();
          isKilled = true;
          return { ...verdict, state: "unknown", code: "VERDICT_UNKNOWN" };
        },
      },
    });
    const job = await reset();
    agent.writeback.offer(job);
    await waitFor("the kill", () => isKilled);

    await server.restart();

    expect(await agent.verdictOf(job, "applied")).to.include({ verified: true, passwordSet: true });
  });

  for (const isWritten of [true, false])
    it(`tells the truth after its own end between SENT and the answer, ${isWritten ? "written" : "not written"}`, async () => {
      const first = await start({
        directory: {
          async applyPassword(order, onSend) {
            await onSend();
            if (isWritten) await directory.applyPassword(order, () => Promise.resolve());
            first.cloud.isConnected = false;
            ended();
            return new Promise(() => undefined); // it never comes back from here
          },
        },
      });
      let ended = (): void => undefined;
      const end = new Promise<void>((resolve) => (ended = resolve));
      const job = await reset();
      first.writeback.offer(job);
      await end;
      running.pop(); // what is dead cannot close

      const second = await start();
      second.cloud.answer = ({ jobId, mark }) => grant(jobId, { mode: "verify", mark });
      second.writeback.linkReady();
      const verdict = await second.verdictOf(job);

      expect(verdict).to.include({ state: "applied", verified: isWritten });
      expect(await opens(NEW_PASSWORD)).to.equal(true);
      expect(first.cloud.receipts).to.deep.equal([]);
    });

  it("keeps its journal to itself, and no password in it", async () => {
    const agent = await start();
    await agent.verdictOf(await reset());
    const files = await readdir(stateDirectory);

    expect(files.sort()).to.deep.equal(["journal.log", "journal.reserve"]);
    for (const file of files) {
      expect((await stat(join(stateDirectory, file))).mode & 0o777).to.equal(0o600);
      const content = await readFile(join(stateDirectory, file));
      expect(content.includes(NEW_PASSWORD)).to.equal(false);
      expect(content.includes(Buffer.from(NEW_PASSWORD, "utf16le"))).to.equal(false);
      expect(content.includes(Buffer.from(NEW_PASSWORD).toString("base64"))).to.equal(false);
    }
  });
});
