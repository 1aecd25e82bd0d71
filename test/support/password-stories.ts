/** Tests of passwords on their way down, the same for every kind of directory. Results are checked there with a bind. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createLocalClient } from "../../agent/health/local-client.ts";
import type { Installation } from "../../lab/installation.ts";
import { jsonOf } from "../../lab/installation.ts";
import type { ApiClient } from "./api-client.ts";
import { AWKWARD_PASSWORDS } from "./awkward-passwords.ts";
import { createCommands } from "./commands.ts";
import type { People, Person } from "./people.ts";

export interface PasswordSetup {
  readonly people: People;
  readonly installation: Installation;
  readonly api: ApiClient;
}

const NEW = "A-quite-new-Passw0rd";

/** `weak`: how many weak passwords, twenty a second. */
export function tellPasswordStories(setup: () => PasswordSetup, { weak }: { readonly weak: number }): void {
  /** Known to the cloud. */
  async function newPerson(): Promise<Person> {
    const { people, api } = setup();
    const person = await people.add();
    await api.sync();
    return person;
  }

  it("resets a password: the new one opens the account, the old one no more", async () => {
    const { people, api } = setup();
    const person = await newPerson();

    const job = await api.writeback({ user: person.userName, newPassword: NEW });

    expect(job).to.include({ state: "applied", code: null, userId: person.id });
    expect(job.verdict).to.include({ passwordSet: true, mustChange: false, verified: false });
    expect(await people.opens(person, NEW)).to.equal(true);
    expect(await people.opens(person, person.password)).to.equal(false);
    expect(await people.mustChange(person)).to.equal(false);
  });

  it("asks for another password at the next sign-in when it is told to", async () => {
    const { people, api } = setup();
    const person = await newPerson();

    const job = await api.writeback({ user: person.userName, newPassword: NEW, mustChange: true });

    expect(job.verdict).to.include({ state: "applied", mustChange: true });
    expect(await people.mustChange(person)).to.equal(true);
  });

  it("changes a password with the old one, and not with a wrong one", async () => {
    const { people, api } = setup();
    const person = await newPerson();
    const change = { user: person.userName, operation: "change", newPassword: NEW } as const;

    const wrong = await api.writeback({ ...change, oldPassword: "Not-the-0ld-one!" });
    expect(wrong).to.include({ state: "rejected", code: "OLD_PASSWORD_WRONG" });
    expect(await people.opens(person, person.password)).to.equal(true);

    const right = await api.writeback({ ...change, oldPassword: person.password });
    expect(right).to.include({ state: "applied" });
    expect(await people.opens(person, NEW)).to.equal(true);

    const again = await api.writeback({ ...change, oldPassword: NEW, newPassword: person.password });
    expect(again).to.include({ state: "rejected", code: "PASSWORD_IN_HISTORY" });
    expect(await people.opens(person, NEW)).to.equal(true);
  });

  it("unlocks an account and leaves its password alone", async () => {
    const { people, api } = setup();
    const person = await newPerson();
    const before = await people.passwordChanged(person);
    await people.lock(person);
    expect(await people.opens(person, person.password)).to.equal(false);

    const job = await api.writeback({ user: person.userName, operation: "unlock" });

    expect(job.verdict).to.include({ state: "applied", unlocked: true, passwordSet: false });
    expect(await people.opens(person, person.password)).to.equal(true);
    expect(await people.passwordChanged(person)).to.equal(before);
  });

  it("unlocks with a reset; told not to, it says what the directory did", async () => {
    const { people, api } = setup();
    const person = await newPerson();
    await people.lock(person);

    const locked = await api.writeback({ user: person.userName, newPassword: NEW, unlock: false });
    expect(locked.verdict).to.include({ passwordSet: true, unlocked: people.resetUnlocks });
    expect(await people.opens(person, NEW)).to.equal(people.resetUnlocks);

    await people.lock(person);
    const other = `${NEW}-2`;
    const open = await api.writeback({ user: person.userName, newPassword: other });
    expect(open.verdict).to.include({ passwordSet: true, unlocked: true });
    expect(await people.opens(person, other)).to.equal(true);
  });

  it("names the rule of every weak password, twenty a second, and goes on", async () => {
    const { people, api, installation } = setup();
    const many: Person[] = [];
    for (let count = 0; count < weak; count++) many.push(await people.add());
    await api.sync();
    const agent = createLocalClient(join(installation.folder, "agent-1"));
    const { pid } = installation.agent;
    const { sessionId } = (await agent.status()).link;

    const jobs = await Promise.all(
      many.map(async (person, at) => {
        await new Promise((resolve) => setTimeout(resolve, at * 50)); // the rate is what is tested
        return api.writeback({ user: person.userName, newPassword: "Ab-1" });
      }),
    );

    for (const { state, code, verdict } of jobs) {
      expect({ state, code }).to.deep.equal({ state: "rejected", code: "PASSWORD_TOO_SHORT" });
      expect(verdict?.rule).to.include({ minLength: 10 });
    }
    expect(installation.agent.pid).to.equal(pid);
    expect((await agent.status()).link).to.include({ sessionId, phase: "ready" });
    const [first] = many as [Person];
    expect(await people.opens(first, first.password)).to.equal(true);
    expect(await api.writeback({ user: first.userName, newPassword: NEW })).to.include({ state: "applied" });
  });

  it("takes a password of any letters from a file, as it stands", async () => {
    const { people, installation } = setup();
    const { latchkey } = createCommands(installation);
    const person = await newPerson();
    const file = join(installation.folder, "typed-password");
    const awkward = AWKWARD_PASSWORDS.filter(({ what }) =>
      ["emoji beyond the basic plane", "combining forms", "spaces in front and behind"].includes(what),
    );
    expect(awkward).to.have.length(3);

    for (const { what, password } of awkward) {
      await writeFile(file, `${password}\n`, { mode: 0o600 }); // as an editor leaves it
      const done = await latchkey(["writeback", "reset", person.userName, "--password-file", file, "--json"]);
      expect(jsonOf(done), what).to.include({ state: "applied" });
      expect(await people.opens(person, password), what).to.equal(true);
      expect(await readFile(file, "utf8")).to.equal(`${password}\n`);
    }
    await rm(file);
  });

  describe("who is not written to", () => {
    const cases: readonly [string, string, (people: People, person: Person) => Promise<unknown>][] = [
      ["a privileged account", "ACCOUNT_PROTECTED", (people, person) => people.protect(person)],
      ["a disabled account", "ACCOUNT_DISABLED", (people, person) => people.disable(person)],
      ["an expired account", "ACCOUNT_EXPIRED", (people, person) => people.expire(person)],
      ["an account that left the scope", "ACCOUNT_OUT_OF_SCOPE", (people, person) => people.moveOut(person)],
    ];
    for (const [what, code, change] of cases)
      it(`${what}, although the cloud does not know it yet`, async () => {
        const { people, api } = setup();
        const person = await newPerson();
        const before = await people.passwordChanged(person);
        await change(people, person);

        const job = await api.writeback({ user: person.userName, newPassword: NEW });

        expect(job).to.include({ state: "refused", code });
        expect(job.fix).to.be.a("string");
        expect(await people.passwordChanged(person)).to.equal(before);
      });

    it("who was deleted a moment ago", async () => {
      const { people, api } = setup();
      const person = await newPerson();
      await people.remove(person);

      const job = await api.writeback({ user: person.userName, newPassword: NEW });

      expect(job).to.include({ state: "not_found", code: "DIRECTORY_USER_NOT_FOUND" });
    });
  });
}
