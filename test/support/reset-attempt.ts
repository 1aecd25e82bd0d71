/** A reset in a fault test: the account before it, and what must hold at the end. */
import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { Writeback } from "../../shared/api/writebacks.ts";
import type { Site } from "./fault-host.ts";
import type { Person } from "./people.ts";

export interface ResetAttempt {
  readonly site: Site;
  readonly person: Person;
  readonly password: string;
  /** Submits the reset and waits this many seconds for the verdict. A second call submits the same job. */
  submit(waitSeconds: number): Promise<Writeback>;
  /** Expects the verdict "applied", the new password in the directory, and exactly one write. */
  expectAppliedOnce(job: Writeback): Promise<void>;
  /** Expects this verdict and an unchanged account. */
  expectUntouched(job: Writeback, state: Writeback["state"], code: string): Promise<void>;
}

export async function prepareReset(site: Site): Promise<ResetAttempt> {
  const { people, api } = site;
  const person = site.nextPerson();
  const password = `Nouveau-${randomBytes(6).toString("hex")}!A1`;
  const idempotencyKey = randomBytes(8).toString("hex");
  const writes = await site.passwordWrites(person);
  const changed = await people.passwordChanged(person);

  return {
    site,
    person,
    password,
    submit: (waitSeconds) =>
      api.writeback(
        { user: person.userName, newPassword: password, waitSeconds },
        { "idempotency-key": idempotencyKey },
      ),
    async expectAppliedOnce(job) {
      expect(job).to.include({ userId: person.id, state: "applied", code: null });
      expect(job.verdict?.passwordSet).to.equal(true);
      expect(await people.opens(person, password), "the new password opens the account").to.equal(true);
      expect(await people.opens(person, person.password), "the old one does").to.equal(false);
      expect((await site.passwordWrites(person)) - writes, "writes in the directory").to.equal(1);
      expect(await people.passwordChanged(person)).not.to.equal(changed);
    },
    async expectUntouched(job, state, code) {
      expect(job).to.include({ userId: person.id, state, code });
      expect(await people.opens(person, person.password), "the old password opens the account").to.equal(
        true,
      );
      expect(await people.opens(person, password), "the new one does").to.equal(false);
      expect((await site.passwordWrites(person)) - writes, "writes in the directory").to.equal(0);
      expect(await people.passwordChanged(person)).to.equal(changed);
    },
  };
}
