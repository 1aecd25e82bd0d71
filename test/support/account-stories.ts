/** Tests of what a cloud learns about accounts through a real agent. They are the same for every kind of directory. */
import { expect } from "chai";
import type { AccountService, SignInVerdict } from "../../cloud/accounts/account-service.ts";
import { Secret } from "../../shared/secret.ts";
import type { PasswordRule } from "../../shared/writeback.ts";
import type { People, Person } from "./people.ts";

export interface AccountSetup {
  readonly people: People;
  readonly accounts: AccountService;
  readonly tenantId: string;
  readonly dialect: "active-directory" | "openldap";
  readonly rule: Partial<PasswordRule>;
  /** Two groups, with the user in the first and the first in the second; and a group without them. */
  addGroups(person: Person): Promise<{ inner: string; outer: string; other: string }>;
  mustChange(person: Person): Promise<void>;
}

export function tellAccountStories(setup: () => AccountSetup): void {
  const look = (person: { readonly id: string }, groups: readonly string[] = []) => {
    const { accounts, tenantId } = setup();
    return accounts.look(tenantId, person.id, groups);
  };
  const signIn = (person: { readonly id: string }, password: string): Promise<SignInVerdict> => {
    const { accounts, tenantId } = setup();
    return accounts.signIn(tenantId, { kind: "plain", userId: person.id, password: new Secret(password) });
  };
  const UNKNOWN = { id: "0123456789abcdef0123456789abcdef" };

  describe("a look", () => {
    it("finds nothing in the way of an ordinary account, and the rule for its password", async () => {
      const { people, dialect, rule } = setup();

      const { rule: found, ...view } = await look(await people.add());

      expect(view).to.deep.equal({ obstacle: null, locked: false, protected: false, groups: [], dialect });
      expect(found).to.include(rule);
    });

    it("finds the groups it is asked about, nested ones and those in capitals too", async () => {
      const person = await setup().people.add();
      const { inner, outer, other } = await setup().addGroups(person);
      const asked = [other, outer.toUpperCase(), inner, "not a DN", "CN=Missing,DC=lab,DC=test"];

      expect((await look(person, asked)).groups).to.deep.equal([outer.toUpperCase(), inner]);
    });

    it("finds a locked account, which is no obstacle", async () => {
      const { people } = setup();
      const person = await people.add();
      await people.lock(person);

      expect(await look(person)).to.include({ obstacle: null, locked: true });
    });

    const obstacles: readonly [string, (people: People, person: Person) => Promise<unknown>][] = [
      ["ACCOUNT_PROTECTED", (people, person) => people.protect(person)],
      ["ACCOUNT_DISABLED", (people, person) => people.disable(person)],
      ["ACCOUNT_EXPIRED", (people, person) => people.expire(person)],
      ["ACCOUNT_OUT_OF_SCOPE", (people, person) => people.moveOut(person)],
      ["DIRECTORY_USER_NOT_FOUND", (people, person) => people.remove(person)],
    ];
    for (const [obstacle, change] of obstacles)
      it(`finds what a writeback would be refused for: ${obstacle}`, async () => {
        const { people } = setup();
        const person = await people.add();
        await change(people, person);

        expect(await look(person)).to.include({ obstacle, protected: obstacle === "ACCOUNT_PROTECTED" });
      });
  });

  describe("a sign-in", () => {
    it("succeeds with the right password, in any letters, and with no other", async () => {
      const person = await setup().people.add();

      expect(await signIn(person, person.password)).to.deep.equal({ ok: true, mustChange: false });
      expect(await signIn(person, `${person.password} `)).to.deep.equal({ ok: false, reason: "wrong" });
      expect(await signIn(person, "")).to.deep.equal({ ok: false, reason: "wrong" });
    });

    it("succeeds when the password must be changed, and says so", async () => {
      const person = await setup().people.add();
      await setup().mustChange(person);

      expect(await signIn(person, person.password)).to.deep.equal({ ok: true, mustChange: true });
    });

    it("fails on a locked account without a try", async () => {
      const { people } = setup();
      const person = await people.add();
      await people.lock(person);

      expect(await signIn(person, person.password)).to.deep.equal({ ok: false, reason: "locked" });
    });

    const untried: readonly [string, string, (people: People, person: Person) => Promise<unknown>][] = [
      ["a privileged account", "not_permitted", (people, person) => people.protect(person)],
      ["an account out of scope", "not_permitted", (people, person) => people.moveOut(person)],
      ["a disabled account", "disabled", (people, person) => people.disable(person)],
      ["an expired account", "expired", (people, person) => people.expire(person)],
    ];
    for (const [name, reason, change] of untried)
      it(`fails on ${name} without a try, whatever the password`, async () => {
        const { people } = setup();
        const person = await people.add();
        await change(people, person);

        expect(await signIn(person, "Guess-1")).to.deep.equal({ ok: false, reason });
        expect(await signIn(person, person.password)).to.deep.equal({ ok: false, reason });
      });

    it("fails for an unknown name, in about the time of a wrong password", async () => {
      const known = await setup().people.add();
      const timed = async (person: { readonly id: string }): Promise<number> => {
        const started = performance.now();
        await signIn(person, "Guess-1");
        return performance.now() - started;
      };
      await signIn(UNKNOWN, "warm");
      const [wrong, unknown] = [await timed(known), await timed(UNKNOWN)];

      expect(await signIn({ id: "f".repeat(32) }, "Guess")).to.deep.equal({ ok: false, reason: "not_found" });
      // Not the proof that nothing leaks (the portal answers after a fixed time): only that a bind is made for both.
      expect(unknown).to.be.above(wrong / 10);
    });

    it("guessing fifty times does not lock the account, and its owner signs in elsewhere (T-11)", async () => {
      const { people } = setup();
      const person = await people.add();

      const verdicts: SignInVerdict[] = [];
      for (let guess = 0; guess < 50; guess++) verdicts.push(await signIn(person, `Guess-${guess}`));

      expect(verdicts.filter((verdict) => !verdict.ok && verdict.reason === "wrong")).to.have.length(2);
      expect(await signIn(person, person.password)).to.deep.equal({ ok: false, reason: "too_many" });
      expect(await look(person)).to.include({ locked: false });
      expect(await people.opens(person, person.password)).to.equal(true);
    });

    it("leaves the owner two mistakes more, when they have made some already (T-11)", async () => {
      const { people } = setup();
      const person = await people.add();
      for (let mistake = 0; mistake < 2; mistake++) await people.opens(person, "My-0wn-Mistake");

      await Promise.all(Array.from({ length: 10 }, (_, guess) => signIn(person, `Guess-${guess}`)));
      await people.opens(person, "My-0wn-Mistake");

      expect(await look(person)).to.include({ locked: false });
      expect(await people.opens(person, person.password)).to.equal(true);
    });
  });
}
